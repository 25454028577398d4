"""Who shares a socket."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from unittest.mock import Mock

import pytest

from pykeepalived.daemon import vrrp_transport
from pykeepalived.daemon.vrrp_transport import (
    Endpoint,
    EndpointKey,
    Sender,
    Speaker,
    Transport,
    assign_endpoints,
)
from pykeepalived.plan.vrrp_wire import receive_policy
from pykeepalived.vrrp.settings import (
    Authentication,
    AuthenticationKind,
    RouterSettings,
    UnicastPeer,
    VirtualAddress,
)
from pykeepalived.wire.vrrp_receive import Receiver

ONE = RouterSettings("VI_1", "eth0", 51, addresses=(VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0"),))
KEY = Authentication(AuthenticationKind.AH, b"k")
PEER = UnicastPeer(IPv4Address("192.0.2.2"), 1, 64)


def test_routers_of_one_interface_and_family_share_a_socket() -> None:
    routers = [ONE, replace(ONE, name="VI_2", vrid=52), replace(ONE, name="VI_3", vrid=51, family=6)]

    assert {
        "VI_1": EndpointKey(4, "eth0", 112, 0),
        "VI_2": EndpointKey(4, "eth0", 112, 0),
        "VI_3": EndpointKey(6, "eth0", 112, 0),
    } == assign_endpoints(routers)


def test_authentication_headers_have_a_socket_of_their_own() -> None:
    signed = replace(ONE, name="VI_2", vrid=52, authentication=Authentication(AuthenticationKind.AH, b"k"))

    assert EndpointKey(4, "eth0", 51, 0) == assign_endpoints([ONE, signed])["VI_2"]


def test_a_vrid_that_is_used_twice_gets_a_second_socket() -> None:
    first = replace(ONE, peers=(PEER,))
    second = replace(first, name="VI_2", peers=(UnicastPeer(IPv4Address("192.0.2.3")),))

    assert [0, 1] == [key.ordinal for key in assign_endpoints([first, second]).values()]


class Wire:
    """Takes the place of a socket and keeps what was sent."""

    index = 7

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def send(self, packet: bytes, _destination: str) -> None:
        self.packets.append(packet)


def test_signed_adverts_go_on_above_what_a_peer_was_heard_to_count() -> None:
    """[TX-15] A peer that has heard both must not take ours for a replay."""
    settings = replace(ONE, authentication=KEY)
    theirs, ours = Wire(), Wire()
    receiver = Receiver(4, {51: receive_policy(settings, only_peers=False)})
    peer = Sender(settings, IPv4Address("192.0.2.2"), Endpoint(theirs, Receiver(4, {}), {}, None))  # type: ignore[arg-type]
    peer._sequence = 0xF0000000
    peer.send(200)
    receiver.receive_ipv4(theirs.packets[0])
    sender = Sender(settings, IPv4Address("192.0.2.1"), Endpoint(ours, receiver, {}, None))  # type: ignore[arg-type]

    sender.send(100)
    sender.send(100)

    assert [0xF0000002, 0xF0000003] == [int.from_bytes(packet[28:32], "big") for packet in ours.packets]


def test_priority_0_is_made_ready_after_the_first_adverts_and_with_every_source_from_then_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(vrrp_transport, "VrrpSocket", Mock(return_value=Mock(index=7)))
    monkeypatch.setattr(
        Sender, "prepare", lambda sender, *priorities: made.append((str(sender._source), priorities))
    )
    transport = Transport(watch=Mock(), unwatch=Mock())

    transport.configure([Speaker(ONE, IPv4Address("192.0.2.1"))])
    assert [("192.0.2.1", (100,))] == made
    transport.prepare_farewells()
    assert [("192.0.2.1", (0,))] == made[1:]
    transport.set_source("VI_1", IPv4Address("192.0.2.9"))

    assert [("192.0.2.9", (100,)), ("192.0.2.9", (0,))] == made[2:]


def test_what_a_router_lets_in_is_worked_out_again_when_its_settings_change_and_only_then() -> None:
    transport = Transport(watch=lambda _: None, unwatch=lambda _: None)
    settings = ONE
    first = transport._policy(settings, only_peers=False)

    assert first is transport._policy(settings, only_peers=False)
    assert transport._policy(settings, only_peers=True).only_peers
    changed = replace(settings, advertisement_interval_ns=5_000_000_000)
    assert 5 == transport._policy(changed, only_peers=False).interval_s
