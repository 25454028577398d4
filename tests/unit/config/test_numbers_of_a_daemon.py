"""Numbers that are none: keepalived's daemon uses the digits they begin with, and its ``-t`` ignores them.

What the daemon of 2.4.3 makes of them is from its tables in a guest and from its state file.
"""

from __future__ import annotations

from typing import Any

import pytest

from pykeepalived.config.kinds.numbers import format_decimal
from pykeepalived.config.load import Loaded, load
from pykeepalived.syntax.source import DictLoader

FILE = "keepalived.conf"


def read(text: str, *, running: bool) -> Loaded:
    return load(FILE, DictLoader({FILE: text}), running=running)


def consequences(loaded: Loaded) -> list[str | None]:
    codes = ("not-a-number", "number-range", "bad-port", "bad-prefix", "bad-group-entry")
    return [said.consequence for said in loaded.diagnostics if said.code in codes]


def instance(lines: str, *, running: bool) -> tuple[Any, list[str | None]]:
    text = f"vrrp_instance a {{\ninterface eth0\nvirtual_router_id 7\n{lines}\n}}\n"
    if "virtual_ipaddress" not in lines:
        text = text.replace("interface eth0", "interface eth0\nvirtual_ipaddress {\n192.0.2.9\n}")
    loaded = read(text, running=running)
    return loaded.config.vrrp_instances[0], consequences(loaded)


@pytest.mark.parametrize(
    ("line", "used", "otherwise"),
    [
        ("garp_master_delay 7s", 7, 5),
        ("garp_master_delay 007;", 7, 5),
        ("garp_master_delay soon", 0, 5),
        ("garp_master_delay -0", 0, 5),
        ("garp_master_delay 5000s", 5, 5),  # out of range all the same
        ("garp_master_delay -3s", 5, 5),
    ],
)
def test_a_whole_number_ends_where_its_digits_end(line: str, used: int, otherwise: int) -> None:
    running, said = instance(line, running=True)
    tested, told = instance(line, running=False)

    assert (used, otherwise) == (
        5 if running.garp_master_delay is None else running.garp_master_delay,
        5 if tested.garp_master_delay is None else tested.garp_master_delay,
    )
    if used != otherwise:
        assert [f"{used} is used"] == said
        assert [f"this line is ignored by keepalived -t, while a daemon uses {used}"] == told
    else:
        assert ["this line is ignored"] == said == told


@pytest.mark.parametrize("line", ["priority 150;", "unicast_ttl 9x"])
def test_some_numbers_have_to_be_right(line: str) -> None:
    keyword = line.split()[0]
    running, said = instance(line, running=True)
    tested, told = instance(line, running=False)

    assert getattr(tested, keyword) == getattr(running, keyword) != int(line.split()[1][:-1])
    assert said == told


def test_an_instance_without_a_right_vrid_does_not_run() -> None:
    text = "vrrp_instance a {\ninterface eth0\nvirtual_router_id 51;\nvirtual_ipaddress {\n192.0.2.9\n}\n}\n"
    assert () == read(text, running=True).config.vrrp_instances


def test_a_prefix_length_and_a_weight() -> None:
    lines = "virtual_ipaddress {\n192.0.2.9/24,\n}\ntrack_interface {\neth1 weight 9;\n}"
    running, said = instance(lines, running=True)
    tested, _ = instance(lines, running=False)

    assert (24, 9) == (running.virtual_ipaddress[0].prefix_length, running.track_interface[0].weight)
    assert (32, None) == (tested.virtual_ipaddress[0].prefix_length, tested.track_interface[0].weight)
    assert ["24 is used", "9 is used"] == said


SERVICE = """virtual_server 192.0.2.1 80; {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    quorum 1x
    real_server 198.51.100.1 8080.0 {
        weight 10.0.9.9
    }
}
"""


def test_ports_and_weights_of_a_service() -> None:
    (service,) = read(SERVICE, running=True).config.virtual_servers
    (server,) = service.real_servers

    assert (80, 8080, 10) == (service.port, server.port, server.weight)
    assert () == read(SERVICE, running=False).config.virtual_servers


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize(
    ("text", "used"),
    [("1.1234567", 1.123457), ("1.1234564", 1.123456), ("1000.0000004", 1000), (".0000009", 1e-6)],
)
def test_too_many_decimals_are_rounded_in_any_case(text: str, used: float, running: bool) -> None:
    found, said = instance(f"preempt_delay {text}", running=running)

    assert used == found.preempt_delay
    assert [f"{format_decimal(used)} is used"] == said
