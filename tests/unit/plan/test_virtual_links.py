"""use_vmac, use_vmac_addr, use_ipvlan -> which interfaces are made, and which address goes where."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.plan.firewall import FirewallSettings
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.vrrp.virtual_link import IpvlanMode, LinkKind, VirtualLink, virtual_mac

VIP = "virtual_ipaddress {\n192.0.2.100/24\n}"
VIP6 = "virtual_ipaddress {\nfe80::100/64\n}"


def plan(text: str) -> VrrpPlan:
    return plan_vrrp(load_text(text).config)


def router(body: str, *, before: str = "", addresses: str = VIP) -> RouterSettings:
    start = "interface eth0\nvirtual_router_id 51\n"
    (only,) = plan(f"{before}\nvrrp_instance V1 {{\n{start}{body}\n{addresses}\n}}\n").routers
    return only


def places(settings: RouterSettings) -> list[tuple[str, str]]:
    return [(str(virtual.address), virtual.interface) for virtual in settings.all_addresses]


def test_without_a_word_nothing_is_made() -> None:
    plain = router("")
    assert ((), "", "eth0") == (plain.links, plain.advert_interface, plain.speaking_interface)


def test_use_vmac_makes_a_macvlan_with_the_virtual_mac_and_speaks_through_it() -> None:
    settings = router("use_vmac")
    assert (VirtualLink("vrrp.51", "eth0", 4, mac=virtual_mac(4, 51)),) == settings.links
    assert "vrrp.51" == settings.speaking_interface
    assert settings.speaks_by_vmac
    assert [("192.0.2.100", "vrrp.51")] == places(settings)
    assert "eth0" == settings.interface


def test_ipv6_has_its_own_virtual_mac() -> None:
    (link,) = router("use_vmac", addresses=VIP6).links
    assert (6, "00:00:5e:00:02:33") == (link.family, link.mac.hex(":"))


@pytest.mark.parametrize(
    ("words", "name", "mac", "group"),
    [
        ("use_vmac my0", "my0", "00:00:5e:00:01:33", None),
        ("use_vmac 02:01:02:03:04:05", "vrrp.51", "02:01:02:03:04:05", None),
        ("use_vmac 02:01:02:03:04", "vrrp.51", "02:01:02:03:04:33", None),
        ("use_vmac name group group 7", "group", "00:00:5e:00:01:33", "7"),
        ("use_vmac 02:01:02:03:04:05\nstrict_mode", "vrrp.51", "00:00:5e:00:01:33", None),
    ],
)
def test_name_mac_and_group_can_be_chosen(words: str, name: str, mac: str, group: str | None) -> None:
    (link,) = router(words).links
    assert (name, mac, group) == (link.name, link.mac.hex(":"), link.group)


def test_vmac_xmit_base_speaks_from_the_interface_but_not_in_strict_mode() -> None:
    settings = router("use_vmac\nvmac_xmit_base")
    assert ("eth0", False) == (settings.speaking_interface, settings.speaks_by_vmac)
    assert [("192.0.2.100", "vrrp.51")] == places(settings)
    assert "vrrp.51" == router("use_vmac\nvmac_xmit_base\nstrict_mode").speaking_interface


def test_unicast_with_a_macvlan_speaks_from_the_interface() -> None:
    settings = router("use_vmac\nunicast_peer {\n192.0.2.2\n}")
    assert "eth0" == settings.speaking_interface


def test_names_are_told_apart_as_keepalived_tells_them() -> None:
    text = "".join(
        f"vrrp_instance V{number} {{\ninterface eth{number}\nvirtual_router_id 51\n"
        f"use_vmac\n{addresses}\n}}\n"
        for number, addresses in enumerate([VIP, VIP, VIP6, VIP6, VIP])
    )
    names = [settings.links[0].name for settings in plan(text).routers]
    assert ["vrrp.51", "vrrp1.51", "vrrp6.51", "vrrp2.51", "vrrp3.51"] == names


def test_a_long_prefix_is_cut_so_that_the_number_stays() -> None:
    settings = router("use_vmac", before="global_defs {\nvmac_prefix averylongprefix\n}")
    assert "averylongpre.51" == settings.links[0].name


def test_addresses_elsewhere_stay_there_unless_asked() -> None:
    addresses = "virtual_ipaddress {\n192.0.2.100/24\n198.51.100.1/24 dev eth1\n}"
    excluded = "virtual_ipaddress_excluded {\n2001:db8::1/64\n}"
    assert [
        ("192.0.2.100", "vrrp.51"),
        ("198.51.100.1", "eth1"),
        ("2001:db8::1", "eth0"),
    ] == places(router("use_vmac", addresses=addresses + excluded))
    everywhere = router(
        "use_vmac\nuse_vmac_addr",
        before="global_defs {\nvmac_addr_prefix more\n}",
        addresses=addresses + excluded,
    )
    assert [
        ("192.0.2.100", "vrrp.51"),
        ("198.51.100.1", "more.51"),
        ("2001:db8::1", "more6.51"),
    ] == places(everywhere)
    assert [("vrrp.51", "eth0", 4), ("more.51", "eth1", 4), ("more6.51", "eth0", 6)] == [
        (link.name, link.parent, link.family) for link in everywhere.links
    ]


def test_one_address_can_ask_for_a_macvlan_of_its_own() -> None:
    addresses = "virtual_ipaddress {\n192.0.2.100/24\n198.51.100.1/24 dev eth1 use_vmac\n}"
    settings = router("", addresses=addresses)
    assert [("192.0.2.100", "eth0"), ("198.51.100.1", "vrrp.51")] == places(settings)
    assert "eth0" == settings.speaking_interface
    assert ["eth1"] == [link.parent for link in settings.links]


def test_an_ipvlan_speaks_from_its_address_and_leaves_addresses_on_the_interface() -> None:
    settings = router("use_ipvlan ipv51 192.0.2.7/24 private")
    (link,) = settings.links
    assert (LinkKind.IPVLAN, IpvlanMode.PRIVATE, "ipv51", 24) == (
        link.kind,
        link.mode,
        link.name,
        link.prefix_length,
    )
    assert ("ipv51", IPv4Address("192.0.2.7")) == (settings.speaking_interface, settings.source_address)
    assert [("192.0.2.100", "eth0")] == places(settings)
    assert not settings.speaks_by_vmac


def test_the_firewall_is_keepalived_s_table_unless_named() -> None:
    assert FirewallSettings() == plan(f"vrrp_instance V {{\n{VIP}\n}}").firewall
    words = "nftables mine\nnftables_priority -7\nnftables_ifindex\nnftables_counters\ndisable_local_igmp"
    assert FirewallSettings("mine", -7, True, True, False) == plan(f"global_defs {{\n{words}\n}}").firewall


def test_iptables_words_are_told_what_happens_instead() -> None:
    notes = plan("global_defs {\nvrrp_iptables\nvrrp_ipsets a b\n}").notes
    assert (
        "vrrp_iptables and vrrp_ipsets: the rules are made with nftables instead, in table keepalived",
    ) == notes
