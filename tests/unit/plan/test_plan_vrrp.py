"""Configuration text -> settings of the core."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import ProcessSettings, VrrpPlan
from pykeepalived.vrrp.settings import (
    IFA_F_NODAD,
    AnnounceSettings,
    Authentication,
    AuthenticationKind,
    InitialState,
    RouterSettings,
    SyncGroupSettings,
    UnicastPeer,
    VirtualAddress,
)

SECOND = 1_000_000_000
EXAMPLES = Path(__file__).parents[3] / "conf.examples"
MINIMAL = """
    interface eth0
    virtual_router_id 51
"""
VIP = """
    virtual_ipaddress {
        192.0.2.100/24
    }
"""


def plan(text: str) -> VrrpPlan:
    return plan_vrrp(load_text(text).config)


def router(body: str, *, before: str = "", addresses: str = VIP) -> RouterSettings:
    (only,) = plan(f"{before}\nvrrp_instance VI_1 {{{MINIMAL}{body}\n{addresses}}}\n").routers
    return only


def test_the_defaults_are_those_of_keepalived() -> None:
    """[TM-1]"""
    assert router("") == RouterSettings(
        "VI_1", "eth0", 51, addresses=(VirtualAddress(IPv4Address("192.0.2.100"), 24, "eth0"),)
    )


@pytest.mark.parametrize(
    ("body", "attribute", "wanted"),
    [
        ("priority 150", "priority", 150),
        ("state MASTER\npriority 150", "initial_state", InitialState.MASTER),
        ("state MASTER", "priority", 255),
        ("priority 255", "initial_state", InitialState.MASTER),
        ("advert_int 5", "advertisement_interval_ns", 5 * SECOND),
        ("version 3\nadvert_int 0.25", "advertisement_interval_ns", SECOND // 4),
        ("version 3\nadvert_int 0.01", "advertisement_interval_ns", SECOND // 100),
        ("advert_int 1.5", "advertisement_interval_ns", 2 * SECOND),
        ("version 3\nadvert_int 100", "advertisement_interval_ns", 4095 * SECOND // 100),
        ("nopreempt", "preempt_mode", False),
        ("state MASTER\npriority 150\nnopreempt", "preempt_mode", True),
        ("preempt_delay 30", "preempt_delay_ns", 30 * SECOND),
        ("state MASTER\npriority 9\npreempt_delay 30", "preempt_delay_ns", 0),
        ("no_accept", "accept_mode", False),
        ("strict_mode", "accept_mode", False),
        ("strict_mode\naccept", "accept_mode", False),  # RFC 3768 has no Accept_Mode
        ("strict_mode\nversion 3\naccept", "accept_mode", True),
        ("strict_mode", "lower_prio_no_advert", True),
        ("lower_prio_no_advert", "lower_prio_no_advert", True),
        ("higher_prio_send_advert", "higher_prio_send_advert", True),
        ("down_timer_adverts 5", "down_timer_adverts", 5),
        ("v3_checksum_as_v2", "checksum_without_pseudo_header", True),
        ("mcast_src_ip 192.0.2.7", "source_address", IPv4Address("192.0.2.7")),
        ("mcast_dst_ip 224.0.0.99", "multicast_group", IPv4Address("224.0.0.99")),
        ("dont_track_primary", "track_interface", False),
        ("skip_check_adv_addr", "skip_check_adv_addr", True),
    ],
)
def test_a_keyword_of_an_instance_arrives(body: str, attribute: str, wanted: object) -> None:
    assert wanted == getattr(router(body), attribute)


@pytest.mark.parametrize(
    ("line", "attribute", "wanted"),
    [
        ("vrrp_version 3", "version", 3),
        ("vrrp_lower_prio_no_advert", "lower_prio_no_advert", True),
        ("vrrp_higher_prio_send_advert", "higher_prio_send_advert", True),
        ("vrrp_down_timer_adverts 4", "down_timer_adverts", 4),
        ("vrrp_mcast_group4 224.0.0.77", "multicast_group", IPv4Address("224.0.0.77")),
        ("v3_checksum_as_v2", "checksum_without_pseudo_header", True),
        ("vrrp_skip_check_adv_addr", "skip_check_adv_addr", True),
    ],
)
def test_an_instance_inherits_from_global_defs(line: str, attribute: str, wanted: object) -> None:
    assert wanted == getattr(router("", before=f"global_defs {{\n{line}\n}}"), attribute)


def test_pass_authentication_is_for_version_2() -> None:
    """[RX-10] [TX-15]"""
    words = "authentication {\nauth_type PASS\nauth_pass verylongsecret\n}"
    assert Authentication(AuthenticationKind.PASS, b"verylong") == router(words).authentication
    assert Authentication() == router(words + "\nversion 3").authentication


def test_ipv6_means_version_3_and_its_own_group() -> None:
    """[TX-2]"""
    addresses = "virtual_ipaddress {\nfe80::100\n2001:db8::100/64\n}"
    settings = router("", addresses=addresses)
    assert (6, 3) == (settings.family, settings.version)
    assert IPv6Address("ff02::12") == settings.multicast_group
    no_dad = 2
    assert (
        VirtualAddress(IPv6Address("fe80::100"), 128, "eth0", flags=no_dad, preferred_lifetime=0),
        VirtualAddress(IPv6Address("2001:db8::100"), 64, "eth0", flags=no_dad),
    ) == settings.addresses


def test_an_address_line_in_full() -> None:
    lines = (
        "virtual_ipaddress {\n192.0.2.100/24 brd + dev eth1 label eth1:v scope link no_track\n}\n"
        "virtual_ipaddress_excluded {\n2001:db8::1/64 -nodad preferred_lft 7\n198.51.100.1\n"
        "2001:db8::2 preferred_lft forever\n2001:db8::3\n}"
    )
    settings = router("", addresses=lines)
    broadcast = IPv4Address("192.0.2.255")
    assert (
        VirtualAddress(
            IPv4Address("192.0.2.100"), 24, "eth1", "eth1:v", scope=253, broadcast=broadcast, no_track=True
        ),
    ) == settings.addresses
    assert (
        VirtualAddress(IPv6Address("2001:db8::1"), 64, "eth0", preferred_lifetime=7),
        VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0"),
        VirtualAddress(IPv6Address("2001:db8::2"), 128, "eth0", flags=IFA_F_NODAD),
        VirtualAddress(IPv6Address("2001:db8::3"), 128, "eth0", flags=IFA_F_NODAD, preferred_lifetime=0),
    ) == settings.excluded_addresses


def test_more_than_255_addresses_are_not_advertised() -> None:
    """[TX-17]"""
    many = "\n".join(f"198.51.{number // 250}.{number % 250 + 1}" for number in range(300))
    settings = router("", addresses=f"virtual_ipaddress {{\n{many}\n}}")
    assert len(settings.addresses) <= 255
    assert 300 == len(settings.all_addresses)


def test_unicast_peers() -> None:
    """[TX-18] [RX-17]"""
    words = (
        "unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2\n192.0.2.3 min_ttl 254 max_ttl 255\n}\n"
        "unicast_ttl 5\ncheck_unicast_src"
    )
    settings = router(words)
    assert (
        UnicastPeer(IPv4Address("192.0.2.2")),
        UnicastPeer(IPv4Address("192.0.2.3"), 254, 255),
    ) == settings.peers
    assert (True, 5, True, IPv4Address("192.0.2.1")) == (
        settings.unicast,
        settings.hop_limit,
        settings.check_unicast_source,
        settings.source_address,
    )


@pytest.mark.parametrize(
    ("before", "body", "wanted"),
    [
        ("", "", AnnounceSettings()),
        (
            "global_defs {\nvrrp_garp_master_delay 2\nvrrp_garp_master_repeat 3\n}",
            "",
            AnnounceSettings(2 * SECOND, 3, lower_priority_delay_ns=2 * SECOND, lower_priority_repeat=3),
        ),
        (
            "global_defs {\nvrrp_garp_lower_prio_repeat 0\n}",
            "garp_master_delay 1\ngarp_master_refresh 60\ngarp_master_refresh_repeat 2",
            AnnounceSettings(
                SECOND, 5, 60 * SECOND, 2, lower_priority_delay_ns=5 * SECOND, lower_priority_repeat=0
            ),
        ),
        (
            "global_defs {\nvrrp_min_garp\n}",
            "",
            AnnounceSettings(0, 1, lower_priority_delay_ns=0, lower_priority_repeat=1),
        ),
        (
            "global_defs {\nvrrp_garp_interval 0.001\nvrrp_gna_interval 0.0005\n}",
            "",
            AnnounceSettings(garp_interval_ns=1_000_000, gna_interval_ns=500_000),
        ),
        (
            "garp_group {\ngarp_interval 0.5\ngna_interval 0.25\ninterface eth0\n}",
            "",
            AnnounceSettings(garp_interval_ns=SECOND // 2, gna_interval_ns=SECOND // 4),
        ),
    ],
)
def test_announcements(before: str, body: str, wanted: AnnounceSettings) -> None:
    """[AR-2]"""
    assert wanted == router(body, before=before).announce


def test_one_virtual_router_per_interface_family_and_vrid() -> None:
    """[XC-1] [XC-2]"""

    def instance(name: str, address: str, vrid: int = 51, more: str = "") -> str:
        return (
            f"vrrp_instance {name} {{\ninterface eth0\nvirtual_router_id {vrid}\n{more}\n"
            f"virtual_ipaddress {{\n{address}\n}}\n}}\n"
        )

    text = instance("A", "192.0.2.1") + instance("B", "192.0.2.2") + instance("C", "fe80::3")
    assert ["A", "C"] == [settings.name for settings in plan(text).routers]


def test_groups_hold_members_that_exist_once() -> None:
    """[XC-13]"""
    instances = "".join(
        f"vrrp_instance VI_{number} {{\ninterface eth0\nvirtual_router_id {number}\n{VIP}}}\n"
        for number in (1, 2)
    )
    groups = (
        "vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\nVI_9\n}\n}\nvrrp_sync_group H {\ngroup {\nVI_1\n}\n}\n"
    )
    assert (SyncGroupSettings("G", ("VI_1", "VI_2")),) == plan(instances + groups).groups


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ("", ProcessSettings(1)),
        ("max_auto_priority -1", ProcessSettings(None)),
        ("vrrp_priority -5", ProcessSettings(None, -5)),
        ("vrrp_rt_priority 40", ProcessSettings(40, runtime_limit_us=10_000)),
        ("vrrp_rt_priority 40\nvrrp_rlimit_rttime 7000", ProcessSettings(40, runtime_limit_us=7000)),
        ("vrrp_rlimit_rttime 7000", ProcessSettings(1)),
        ("log_unknown_vrids", ProcessSettings(1, log_unknown_vrids=True)),
    ],
)
def test_how_the_process_runs(words: str, settings: ProcessSettings) -> None:
    assert settings == plan(f"global_defs {{\n{words}\n}}\n").process


def test_a_router_follows_its_virtual_servers_unless_told_otherwise() -> None:
    server = (
        "virtual_server 192.0.2.100 80 {\nlb_algo rr\nlb_kind DR\nprotocol TCP\n{more}\n"
        "real_server 192.0.2.11 80 {\n}\n}\n"
    )
    assert router("", before=server.replace("{more}", "")).follows_services
    unfollowed = server.replace("{more}", "# pykeepalived: ipvs_follows_vrrp false")
    assert not router("", before=unfollowed).follows_services
    elsewhere = server.replace("{more}", "").replace("192.0.2.100 80", "192.0.2.101 80")
    assert not router("", before=elsewhere).follows_services


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.conf")), ids=lambda path: path.stem)
def test_every_example_makes_routers(path: Path) -> None:
    found = plan(path.read_text())
    assert () == found.notes
    if "vrrp_instance" in path.read_text():
        assert found.routers


@pytest.mark.parametrize("body", ["interface eth0", "virtual_router_id 51"])
def test_an_instance_without_vrid_or_interface_is_left_out(body: str) -> None:
    """[TM-1] Neither has a default."""
    assert () == plan(f"vrrp_instance VI_1 {{\n{body}\n{VIP}}}\n").routers


def test_a_vrf_stands_for_the_interface_of_unicast_that_names_none() -> None:
    def interfaces(words: str) -> list[str]:
        addresses = "virtual_ipaddress {\n192.0.2.9 dev lo\n}"
        text = f"vrrp_instance V {{\nvirtual_router_id 1\n{words}\n{addresses}\n}}"
        return [router.interface for router in plan_vrrp(load_text(text).config).routers]

    peers = "unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2\n}"
    assert ["red"] == interfaces(f"vrf red\n{peers}")
    assert ["lo"] == interfaces(f"vrf red\ninterface lo\n{peers}")
    assert "red" not in interfaces("vrf red")
