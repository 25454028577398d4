"""What a router lets in."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.plan.vrrp_wire import receive_policy
from pykeepalived.vrrp.settings import RouterSettings, UnicastPeer, VirtualAddress

ONE = RouterSettings("VI_1", "eth0", 51, addresses=(VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0"),))
PEER = UnicastPeer(IPv4Address("192.0.2.2"), 1, 64)


def test_multicast_wants_ttl_255_and_unicast_what_its_peers_may_have() -> None:
    multicast = receive_policy(ONE, only_peers=False)
    unicast = receive_policy(replace(ONE, peers=(PEER,)), only_peers=False)

    assert multicast.multicast
    assert not unicast.multicast
    assert {PEER.address.packed: (1, 64)} == unicast.peers
    assert not unicast.only_peers


def test_strangers_are_refused_when_asked_for_or_when_the_vrid_is_shared() -> None:
    checked = replace(ONE, peers=(PEER,), check_unicast_source=True)

    assert receive_policy(checked, only_peers=False).only_peers
    assert receive_policy(replace(ONE, peers=(PEER,)), only_peers=True).only_peers
