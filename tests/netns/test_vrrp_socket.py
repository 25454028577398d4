"""Raw sockets between two namespaces: what arrives, what the filter holds back, what leaves."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

import pytest

from pykeepalived.lab import netns
from pykeepalived.netio.flood_filter import flood_filter
from pykeepalived.netio.vrrp_socket import Datagram, Route6, VrrpSocket
from pykeepalived.vrrp.settings import MULTICAST_GROUP_4, MULTICAST_GROUP_6
from pykeepalived.wire.ah import encode_ah_packet
from pykeepalived.wire.ip import PROTOCOL_AH, PROTOCOL_VRRP, Ipv4Header, decode_ipv4, encode_ipv4
from pykeepalived.wire.vrrp import AuthenticationType, encode_v2
from pykeepalived.wire.vrrp_receive import ReceivePolicy

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


BAD = 256
"""Of these about four are shown as samples; 40 is once in 10^20 runs."""


def kept(receiver: VrrpSocket, policy: ReceivePolicy) -> None:
    """The filter of a flood instead of the one by VRID."""
    family = 4 if receiver.family == socket.AF_INET else 6
    receiver.filter_by(flood_filter(family, [policy], skip_bytes=receiver.skip_bytes).program)


def with_ttl(packet: bytes, ttl: int) -> bytes:
    return packet[:8] + bytes([ttl]) + packet[9:]  # the kernel makes the header's checksum anew


@pytest.mark.parametrize("protocol", [PROTOCOL_VRRP, PROTOCOL_AH], ids=["plain", "AH"])
def test_the_filter_of_a_flood_lets_good_ipv4_adverts_through(pair: tuple[str, str], protocol: int) -> None:
    kind = AuthenticationType.AH if protocol == PROTOCOL_AH else AuthenticationType.NONE
    vips, source, group = [IPv4Address("198.51.100.1")], IPv4Address("192.0.2.1"), IPv4Address("224.0.0.18")
    message = encode_v2(vrid=51, priority=100, interval_ns=10**9, addresses=vips, authentication=kind)
    header = Ipv4Header(source, group, PROTOCOL_VRRP, 255, 20 + len(message))
    good = encode_ipv4(header) + message
    if protocol == PROTOCOL_AH:
        good = encode_ah_packet(
            source=source, destination=group, identification=1, sequence=1, key=b"key", message=message
        )
    sender = opened(pair[0], socket.AF_INET)
    with netns.inside(pair[1]):
        receiver = VrrpSocket(socket.AF_INET, "eth0", protocol=protocol)
    receiver.join([MULTICAST_GROUP_4])
    kept(receiver, ReceivePolicy(51, 2, vips[0].packed, authentication=kind, password=b"key"))
    for _ in range(BAD):
        sender.send(with_ttl(good, 64), "224.0.0.18")
    for _ in range(5):
        sender.send(good, "224.0.0.18")

    ttls = [packet.data[8] for packet in received(receiver, BAD + 5, seconds=0.5)]

    assert 5 == ttls.count(255)
    assert ttls.count(64) < 40


def test_the_filter_of_a_flood_lets_unicast_adverts_of_any_ttl_through(pair: tuple[str, str]) -> None:
    sender, receiver = opened(pair[0], socket.AF_INET), opened(pair[1], socket.AF_INET)
    kept(receiver, ReceivePolicy(51, 3, b"", multicast=False))
    good = packet4(51, destination="192.0.2.2")
    for _ in range(BAD):
        sender.send(good[:20] + b"\x21" + good[21:], "192.0.2.2")
    for ttl in (255, 64, 3):
        sender.send(with_ttl(good, ttl), "192.0.2.2")

    packets = received(receiver, BAD + 3, seconds=0.5)

    assert [255, 64, 3] == [packet.data[8] for packet in packets if packet.data[20] == 0x31]
    assert len(packets) < 40


def test_the_filter_of_a_flood_lets_good_ipv6_adverts_through(pair: tuple[str, str]) -> None:
    """It finds the hop limit in front of what the socket gets to see."""
    sender, receiver = opened(pair[0], socket.AF_INET6), opened(pair[1], socket.AF_INET6)
    kept(receiver, ReceivePolicy(51, 3, b""))
    message = bytes([0x31, 51, 100, 1, 0, 100, 0, 0]) + IPv6Address("fe80::100").packed
    source = IPv6Address("fe80::1").packed
    good, bad = (Route6(source, sender.index, hop_limit=limit) for limit in (255, 64))
    for _ in range(100):  # until the new link has IPv6
        sender.send6(message, "ff02::12", good)
        if received(receiver, 1, seconds=0.1):
            break
    for _ in range(BAD):
        sender.send6(message, "ff02::12", bad)
    for _ in range(5):
        sender.send6(message, "ff02::12", good)

    limits = [packet.hop_limit for packet in received(receiver, BAD + 5, seconds=0.5)]

    assert 5 == limits.count(255)
    assert limits.count(64) < 40
