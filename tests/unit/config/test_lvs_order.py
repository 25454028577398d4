"""What of a virtual_server depends on the order of its lines, as in keepalived."""

from __future__ import annotations

from typing import Any

import pytest

from pykeepalived.config.load import load_text


def service(lines: str) -> Any:
    (found,) = load_text(
        f"virtual_server 192.0.2.1 80 {{\nlb_algo rr\nprotocol TCP\n{lines}\n}}\n"
    ).config.virtual_servers
    return found


def server(number: int, inside: str = "") -> str:
    return f"real_server 198.51.100.{number} 80 {{\n{inside}\n}}"


def methods(found: Any) -> list[str]:
    return [(one.lvs_method or found.lb_kind).method for one in found.real_servers]


def test_servers_take_the_method_that_stands_above_them() -> None:
    found = service(f"lb_kind DR\n{server(1)}\n{server(2, 'lvs_method NAT')}\nlb_kind TUN\n{server(3)}")
    assert ["DR", "NAT", "TUN"] == methods(found)


def test_those_with_none_above_take_the_one_below() -> None:
    found = service(f"{server(1)}\nsorry_server 198.51.100.9 80\nlb_kind DR")
    assert ["DR"] == methods(found)
    assert None is found.sorry_server_lvs_method


def test_a_sorry_server_takes_the_method_that_stands_above_it() -> None:
    found = service(f"lb_kind DR\nsorry_server 198.51.100.9 80\nlb_kind TUN\n{server(1)}")
    assert "DR" == found.sorry_server_lvs_method.method


def test_a_server_that_is_left_out_shifts_nothing() -> None:
    found = service(f"lb_kind DR\nreal_server 2001:db8::1 80 {{\n}}\nlb_kind NAT\n{server(1)}")
    assert ["NAT"] == methods(found)


@pytest.mark.parametrize(
    ("text", "kept"), [("-9", 1), ("/24", 1), ("-5/2", 1), ("/24/3", 1), ("/", 1), ("/-1", 0), ("/2-3", 0)]
)
def test_a_range_or_a_mask_behind_an_address_is_read_over(text: str, kept: int) -> None:
    file = f"virtual_server 192.0.2.1{text} 80 {{\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n{server(1)}\n}}\n"
    assert kept == len(load_text(file).config.virtual_servers)
