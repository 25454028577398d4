"""The nft tables around IPVS in a real kernel: what ``nft`` makes of them, and that they go."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from pykeepalived.daemon.service_tables import ServiceTables
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.lvs.service import Protocol
from pykeepalived.plan.group_marks import GroupMarks, MarkedRange
from pykeepalived.plan.source_nat import NattedService, SourceNat, SourcePool
from tests.support.kernel_can import needs_nftables

pytestmark = [
    pytest.mark.netns,
    needs_nftables,
]

MARKS = GroupMarks(
    "keepalived_ipvs",
    -1,
    True,
    (
        MarkedRange(Protocol.TCP, ip_address("192.0.2.1"), ip_address("192.0.2.9"), 80, 80, 1000),
        MarkedRange(Protocol.UDP, ip_address("2001:db8::1"), ip_address("2001:db8::1"), 0, 65535, 1001),
    ),
)
NAT = SourceNat(
    (
        SourcePool(
            2,
            None,
            None,
            (
                NattedService(2, Protocol.TCP, ip_address("192.0.2.1"), 80, 80),
                NattedService(2, None, None, 0, 0, 7),
            ),
        ),
        SourcePool(
            10,
            ip_address("2001:db8:f::5"),
            ip_address("2001:db8:f::9"),
            (NattedService(10, Protocol.UDP, ip_address("2001:db8::3"), 0, 65535),),
        ),
    )
)


@pytest.fixture
def namespace() -> Iterator[str]:
    name = f"svctab-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "del", name], check=True)


def ruleset(namespace: str) -> str:
    argv = ["ip", "netns", "exec", namespace, "nft", "list", "ruleset"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_groups_are_marked_at_input(namespace: str) -> None:
    tables = ServiceTables()
    tables.configure(MARKS, None, namespace)
    found = ruleset(namespace)

    assert "meta mark set ip daddr . tcp dport map @tcp_map counter" in found
    assert "192.0.2.1-192.0.2.9 . 80 counter packets 0 bytes 0 : 0x000003e8" in found
    assert "2001:db8::1 . 0-65535 counter packets 0 bytes 0 : 0x000003e9" in found
    assert "type filter hook input priority filter - 1" in found


def test_source_addresses_are_chosen_by_the_original_tuple(namespace: str) -> None:
    tables = ServiceTables()
    tables.configure(None, NAT, namespace)
    found = ruleset(namespace)

    for line in (
        "type nat hook postrouting priority srcnat",
        "ct original ip daddr . meta l4proto . ct original proto-dst @services0 counter",
        "meta mark @marks0 ct direction original counter packets 0 bytes 0 masquerade",
        "elements = { 192.0.2.1 . tcp . 80 }",
        "snat to 2001:db8:f::5-2001:db8:f::9 persistent",
        "ip6 daddr 2001:db8:f::5-2001:db8:f::9 tcp flags ! syn ct state invalid,new counter",
    ):
        assert line in found


def test_a_reload_changes_what_changed(namespace: str) -> None:
    tables = ServiceTables()
    tables.configure(MARKS, NAT, namespace)
    smaller = SourceNat(NAT.pools[1:])
    tables.configure(MARKS, smaller, namespace)
    found = ruleset(namespace)

    assert "table ip pykeepalived_source_nat" not in found
    assert "table ip6 pykeepalived_source_nat" in found
    assert "table ip keepalived_ipvs" in found


def test_the_tables_go_with_the_process(namespace: str) -> None:
    tables = ServiceTables()
    tables.configure(MARKS, NAT, namespace)
    tables.close()

    assert "" == ruleset(namespace)


def test_a_table_that_keepalived_left_is_replaced(namespace: str) -> None:
    with network_namespace(namespace):
        subprocess.run(["nft", "add", "table", "ip", "keepalived_ipvs"], check=True)
        subprocess.run(["nft", "add", "chain", "ip", "keepalived_ipvs", "old"], check=True)
    tables = ServiceTables()
    tables.configure(MARKS, None, namespace)

    assert "chain old" not in ruleset(namespace)
    assert "tcp_map" in ruleset(namespace)


def test_a_table_of_another_process_is_left_and_told_of(
    namespace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = ServiceTables(), ServiceTables()
    first.configure(MARKS, None, namespace)
    second.configure(MARKS, NAT, namespace)

    assert "nft table ip keepalived_ipvs belongs to another process" in capsys.readouterr().out
    assert "table ip pykeepalived_source_nat" in ruleset(namespace)
