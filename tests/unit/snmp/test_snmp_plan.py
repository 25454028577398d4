"""What is served, and where the master agent is."""

from __future__ import annotations

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.plan.lvs import plan_lvs
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.snmp.address import AddressError, TcpAddress, UnixAddress, parse
from pykeepalived.snmp.plan import SnmpPlan, plan_snmp
from pykeepalived.snmp.served import Served

ROUTER = "vrrp_instance V { interface eth0\nvirtual_router_id 1\nvirtual_ipaddress { 192.0.2.9/24 } }"


def planned(
    words: str = "", *, lvs: bool = False, everything: bool = False, address: str | None = None
) -> SnmpPlan | None:
    config = load_text(f"global_defs {{\n{words}\n}}\n{ROUTER}\n").config
    return plan_snmp(
        config,
        plan_vrrp(config),
        plan_lvs(config) if lvs else None,
        everything=everything,
        address=address,
    )


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("unix:/run/x", UnixAddress("/run/x")),
        ("/run/x", UnixAddress("/run/x")),
        ("tcp:192.0.2.1:1705", TcpAddress("192.0.2.1", 1705)),
        ("tcp:192.0.2.1", TcpAddress("192.0.2.1", 705)),
        ("tcp6:[2001:db8::1]:1705", TcpAddress("2001:db8::1", 1705)),
        ("tcp6:[2001:db8::1]", TcpAddress("2001:db8::1", 705)),
        ("localhost:705", TcpAddress("localhost", 705)),
        ("tcp:1705", TcpAddress("localhost", 1705)),
    ],
)
def test_addresses_are_written_as_for_net_snmp(written: str, address: UnixAddress | TcpAddress) -> None:
    assert address == parse(written)


@pytest.mark.parametrize(
    "written", ["udp:192.0.2.1:705", "unix:x", "tcp:192.0.2.1:0", "tcp:h:99999", "tcp:[::1"]
)
def test_other_addresses_are_refused_by_name(written: str) -> None:
    with pytest.raises(AddressError, match=r"snmp_socket .*; there is no SNMP"):
        parse(written)


@pytest.mark.parametrize(
    ("words", "served"),
    [
        ("enable_snmp_vrrp", Served(vrrp=True)),
        ("enable_snmp_keepalived\nenable_traps", Served(vrrp=True, traps=True)),
        ("enable_snmp_rfc", Served(rfc2787=True, rfc6527=True)),
        ("enable_snmp_rfcv2", Served(rfc2787=True)),
        ("enable_snmp_rfcv3", Served(rfc6527=True)),
    ],
)
def test_each_keyword_serves_its_part(words: str, served: Served) -> None:
    plan = planned(words)
    assert plan is not None and served == plan.served


@pytest.mark.parametrize("words", ["", "enable_traps", "enable_snmp_checker"])
def test_there_is_no_process_for_nothing(words: str) -> None:
    assert planned(words) is None


def test_the_command_line_serves_everything_that_runs() -> None:
    plan = planned("snmp_socket unix:/a", lvs=True, everything=True, address="unix:/b")
    assert plan is not None
    assert Served(vrrp=True, checker=True, rfc2787=True, rfc6527=True) == plan.served
    assert UnixAddress("/b") == plan.address


def test_servers_are_read_as_often_as_services_unless_it_is_written() -> None:
    plan = planned("enable_snmp_vrrp\nsnmp_vs_stats_update_interval 2.5")
    assert plan is not None and (2_500_000_000,) * 2 == (plan.service_interval_ns, plan.server_interval_ns)
    plan = planned("enable_snmp_vrrp\nsnmp_rs_stats_update_interval 1")
    assert plan is not None and (5_000_000_000, 1_000_000_000) == (
        plan.service_interval_ns,
        plan.server_interval_ns,
    )
