"""The pace of announcements per interface: from defaults, groups and parents."""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.config.load import load
from pykeepalived.plan.pacing import InterfacePace, plan_pacing
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.syntax.source import DictLoader
from pykeepalived.vrrp.virtual_link import VirtualLink

INSTANCE = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress { 192.0.2.100\n 192.0.2.101 dev eth1 }
    virtual_ipaddress_excluded { 2001:db8::1 dev eth2\n 192.0.2.102 dev eth3 }
}
"""


def paces(before: str, *links: VirtualLink) -> list[InterfacePace]:
    config = load("/k.conf", DictLoader({"/k.conf": before + INSTANCE}), host=None).config
    routers = [replace(one, links=links) for one in plan_vrrp(config).routers]
    return list(plan_pacing(config, routers))


def test_without_a_word_nothing_waits() -> None:
    assert [] == paces("")


def test_a_default_holds_for_every_interface_of_an_address() -> None:
    found = paces("global_defs {\nvrrp_garp_interval 0.5\nvrrp_gna_interval 0.1\n}\n")

    assert ["eth0", "eth1", "eth2", "eth3"] == [pace.interface for pace in found]
    assert {(500_000_000, 100_000_000)} == {(pace.garp_ns, pace.gna_ns) for pace in found}
    assert 4 == len({pace.channel for pace in found})


def test_a_group_shares_its_pace_and_leaves_the_others_alone() -> None:
    found = paces("garp_group {\ngarp_interval 1\ninterfaces { eth1\neth3 }\n}\n")

    assert ["eth1", "eth3"] == [pace.interface for pace in found]
    assert 1 == len({pace.channel for pace in found})
    assert {(1_000_000_000, 0)} == {(pace.garp_ns, pace.gna_ns) for pace in found}


def test_an_interface_on_top_of_another_waits_with_it() -> None:
    found = paces(
        "garp_group {\ngarp_interval 1\ninterface eth9\n}\n",
        VirtualLink("eth1", "eth9", 4),
        VirtualLink("eth3", "eth9", 4),
    )

    assert [("eth1", "garp_group 1"), ("eth3", "garp_group 1")] == [(p.interface, p.channel) for p in found]
