"""Who shares a socket."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.daemon.vrrp_transport import EndpointKey, assign_endpoints
from pykeepalived.vrrp.settings import (
    Authentication,
    AuthenticationKind,
    RouterSettings,
    UnicastPeer,
    VirtualAddress,
)

ONE = RouterSettings("VI_1", "eth0", 51, addresses=(VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0"),))
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
