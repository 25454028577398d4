"""Raw sockets between two namespaces: what arrives, what the filter holds back, what leaves."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest

from pykeepalived.lab import netns
from pykeepalived.netio.vrrp_socket import Datagram, Route6, VrrpSocket
from pykeepalived.vrrp.settings import MULTICAST_GROUP_4, MULTICAST_GROUP_6
from pykeepalived.wire.ip import PROTOCOL_VRRP, Ipv4Header, decode_ipv4, encode_ipv4

pytestmark = pytest.mark.netns


@pytest.fixture
def pair() -> Iterator[tuple[str, str]]:
    """Two namespaces joined by ``eth0``; 192.0.2.1 and fe80::1 in the first, .2 and fe80::2 in the second."""
    names = (f"v2-{os.getpid()}-one", f"v2-{os.getpid()}-two")
    for name in names:
        netns.run(["ip", "netns", "add", name])
    try:
        netns.ip_batch([f"link add eth0 type veth peer name eth0 netns {names[1]}"], names[0])
        for number, name in enumerate(names, 1):
            netns.ip_batch(
                [
                    "link set eth0 addrgenmode none",
                    "link set lo up",
                    f"addr add 192.0.2.{number}/24 dev eth0",
                    f"addr add fe80::{number}/64 dev eth0 nodad",
                    "link set eth0 up",
                ],
                name,
            )
        for name in names:
            until_carrier(name)
        yield names
    finally:
        for name in names:
            netns.run(["ip", "netns", "del", name])


def until_carrier(namespace: str, seconds: float = 10.0) -> None:
    """The kernel starts a link's queue a moment after its carrier; until then it drops what is sent."""
    end = time.monotonic() + seconds
    with netns.inside(namespace):
        while "state up" not in (shown := netns.run(["ip", "link", "show", "dev", "eth0"]).lower()):
            assert time.monotonic() < end, shown
            time.sleep(0.01)


def opened(namespace: str, family: socket.AddressFamily, *vrids: int) -> VrrpSocket:
    with netns.inside(namespace):
        found = VrrpSocket(family, "eth0")
    found.join([MULTICAST_GROUP_4 if family == socket.AF_INET else MULTICAST_GROUP_6])
    found.listen_for(vrids)
    return found


def received(vrrp_socket: VrrpSocket, count: int, seconds: float = 10.0) -> list[Datagram]:
    packets: list[Datagram] = []
    end = time.monotonic() + seconds
    while len(packets) < count and time.monotonic() < end:
        packets += vrrp_socket.receive()
    return packets


def packet4(vrid: int, source: str = "192.0.2.1", destination: str = "224.0.0.18") -> bytes:
    message = bytes([0x31, vrid, 100, 1, 0, 100, 0, 0, 198, 51, 100, 1])
    header = Ipv4Header(IPv4Address(source), IPv4Address(destination), PROTOCOL_VRRP, 255, 20 + len(message))
    return encode_ipv4(header) + message


def test_ipv4_arrives_with_its_header_and_only_for_our_vrids(pair: tuple[str, str]) -> None:
    sender, receiver = opened(pair[0], socket.AF_INET), opened(pair[1], socket.AF_INET, 51, 99)
    before = time.monotonic_ns()
    for vrid in (50, 51, 52, 99):
        sender.send(packet4(vrid), "224.0.0.18")

    packets = received(receiver, 2)

    assert [51, 99] == [packet.data[21] for packet in packets]
    header = decode_ipv4(packets[0].data)
    assert header is not None
    assert (255, IPv4Address("192.0.2.1")) == (header.ttl, header.source)
    assert all(before <= packet.received_at <= time.monotonic_ns() for packet in packets)
    assert [] == sender.receive(), "own packets must not come back"


def test_unicast_arrives_on_the_same_socket(pair: tuple[str, str]) -> None:
    sender, receiver = opened(pair[0], socket.AF_INET), opened(pair[1], socket.AF_INET, 51)
    sender.send(packet4(51, destination="192.0.2.2"), "192.0.2.2")

    assert 1 == len(received(receiver, 1))


def test_a_group_that_was_left_is_not_heard(pair: tuple[str, str]) -> None:
    sender, receiver = opened(pair[0], socket.AF_INET), opened(pair[1], socket.AF_INET, 51, 52)
    receiver.join([])
    sender.send(packet4(51), "224.0.0.18")
    sender.send(packet4(52, destination="192.0.2.2"), "192.0.2.2")

    assert [52] == [packet.data[21] for packet in received(receiver, 1)]


def test_ipv6_arrives_with_addresses_and_hop_limit(pair: tuple[str, str]) -> None:
    sender, receiver = opened(pair[0], socket.AF_INET6), opened(pair[1], socket.AF_INET6, 51)
    route = Route6(IPv6Address("fe80::1").packed, sender.index, hop_limit=255)
    packets: list[Datagram] = []
    # The kernel brings IPv6 up on a new link in its own time; what is sent before is lost.
    for _ in range(100):
        for vrid in (50, 51):
            sender.send6(bytes([0x31, vrid, 100, 1, 0, 100, 0, 0]), "ff02::12", route)
        packets = received(receiver, 1, seconds=0.1)
        if packets:
            break

    (packet,) = packets

    assert 51 == packet.data[1]
    assert IPv6Address("fe80::1").packed == packet.source
    assert MULTICAST_GROUP_6.packed == packet.destination
    assert 255 == packet.hop_limit
    assert [] == sender.receive()


def test_reading_stops_at_its_budget(pair: tuple[str, str]) -> None:
    sender, receiver = opened(pair[0], socket.AF_INET), opened(pair[1], socket.AF_INET, 51)
    for _ in range(10):
        sender.send(packet4(51), "224.0.0.18")
    time.sleep(0.1)  # with one processor, a packet that was sent has not yet arrived

    assert 4 == len(receiver.receive(4))
    assert 6 == len(received(receiver, 6))


def test_a_broken_cable_is_an_error_of_the_sender_and_not_of_the_reader(pair: tuple[str, str]) -> None:
    sender = opened(pair[0], socket.AF_INET, 51)
    netns.run(["ip", "-n", pair[0], "link", "set", "eth0", "down"])

    with pytest.raises(OSError, match=r"down|unreachable"):
        sender.send(packet4(51), "224.0.0.18")
    assert [] == sender.receive()


def test_room_grows_by_bytes_and_by_the_interfaces_mtu_and_never_shrinks(pair: tuple[str, str]) -> None:
    vrrp_socket = opened(pair[0], socket.AF_INET, 51)
    with socket.socket(fileno=os.dup(vrrp_socket.fileno())) as raw:

        def room() -> int:
            return raw.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

        before = room()
        vrrp_socket.have_room(4096, 2)
        assert before == room()
        vrrp_socket.have_room(100, 6000)
        assert 2 * (100 + 6000 * 1500) == room(), "the kernel doubles what it is told"
    vrrp_socket.close()
