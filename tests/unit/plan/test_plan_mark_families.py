"""Which family a firewall mark or a group has, as keepalived takes it."""

from __future__ import annotations

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.plan.lvs import plan_lvs

V4, V6 = "198.51.100.1", "2001:db8::1"


def families(text: str) -> list[int]:
    pools = plan_lvs(load_text(text).config).pools
    return [{2: 4, 10: 6}[service.key.family] for pool in pools for service in pool.settings.services]


def servers(*addresses: str) -> str:
    return "\n".join(f"real_server {one} 0 {{\n}}" for one in addresses)


@pytest.mark.parametrize(
    ("lines", "family"),
    [
        (f"lb_kind NAT\n{servers(V6)}", 6),
        (f"lb_kind TUN\n{servers(V6)}", 6),
        (f"lb_kind TUN\n{servers(V6, V4)}", 4),  # of both: IPv4
        (f"lb_kind TUN\nsorry_server {V4}\n{servers(V6)}", 4),
        (f"lb_kind TUN\nip_family inet6\n{servers(V4)}", 6),
        (f"lb_kind TUN\npersistence_granularity 64\n{servers(V4)}", 6),
        (f"lb_kind TUN\nsorry_server {V6}\nsorry_server_lvs_method DR\n{servers(V4)}", 6),
    ],
)
def test_the_family_of_a_mark(lines: str, family: int) -> None:
    assert [family] == families(f"virtual_server fwmark 7 {{\nlb_algo rr\n{lines}\n}}\n")


GROUPS = {
    "4": "192.0.2.1 80",
    "6": "2001:db8::9 80",
    "both": "192.0.2.1 80\n2001:db8::9 80",
    "mark": "fwmark 7",
}


@pytest.mark.parametrize(
    ("group", "lines", "wanted"),
    [
        ("4", f"lb_kind NAT\n{servers(V4)}", [4]),
        ("4", f"lb_kind NAT\n{servers(V6)}\nreal_server {V4} 0 {{\nlvs_method TUN\n}}", []),
        ("4", f"lb_kind TUN\n{servers(V6)}", [4]),
        ("both", f"lb_kind TUN\n{servers(V6, V4)}", [4, 6]),
        ("both", f"lb_kind DR\n{servers(V4)}", []),
        ("both", f"lb_kind TUN\npersistence_granularity 255.255.0.0\n{servers(V4)}", []),
        ("mark", f"lb_kind TUN\n{servers(V6)}", [4]),
        ("mark", f"lb_kind NAT\n{servers(V6)}", [6]),
    ],
)
def test_a_group_and_its_service_agree_or_the_service_is_left_out(
    group: str, lines: str, wanted: list[int]
) -> None:
    text = f"virtual_server_group g {{\n{GROUPS[group]}\n}}\n"
    text += f"virtual_server group g {{\nlb_algo rr\nprotocol TCP\n{lines}\n}}\n"
    assert wanted == families(text)


@pytest.mark.parametrize(
    ("head", "mask"), [("192.0.2.1 80", 0xFFFF0000), ("fwmark 7", 0xFFFF0000), ("group g", None)]
)
def test_a_mask_of_clients_is_for_services_of_their_own(head: str, mask: int | None) -> None:
    text = (
        f"virtual_server_group g {{\n{GROUPS['4']}\n}}\nvirtual_server {head} {{\nlb_algo rr\nlb_kind NAT\n"
    )
    text += f"protocol TCP\npersistence_granularity 255.255.0.0\n{servers(V4)}\n}}\n"
    (pool,) = plan_lvs(load_text(text).config).pools
    assert [(mask, 360)] == [(one.netmask, one.persistence_timeout) for one in pool.settings.services]
