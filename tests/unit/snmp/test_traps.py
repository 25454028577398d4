"""Which notifications follow from which message, variable by variable as keepalived 2.4.3 sends them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pykeepalived.ipc.messages import (
    Message,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)
from pykeepalived.snmp.traps import traps
from pykeepalived.snmp.view import View
from pykeepalived.wire.agentx import Oid
from tests.unit.snmp.golden_site import printed, view

KEEPALIVED = ".1.3.6.1.4.1.9586.100.5"


def dotted(oid: Oid) -> str:
    return ("." + ".".join(map(str, oid))).replace(KEEPALIVED, "KA")


def shown(message: Message, of: View) -> list[str]:
    """As snmptrapd prints them, without the uptime."""
    return [
        "  ".join([dotted(trap.name), *(f"{dotted(one.name)} = {printed(one)}" for one in trap.bindings)])
        for trap in traps(message, of)
    ]


def entered(name: str, state: RouterState, kind: SubjectKind = SubjectKind.INSTANCE) -> RouterStateChanged:
    return RouterStateChanged(name, kind, state, 0, 0)


def test_a_new_master_is_told_in_every_mib() -> None:
    assert [
        'KA.2.10.0.2  KA.2.3.1.2 = STRING: "VI_2"  KA.2.3.1.4 = INTEGER: 2  KA.2.3.1.5 = INTEGER: 2'
        '  KA.1.2.0 = STRING: "GOLDEN"',
        ".1.3.6.1.2.1.68.0.1  .1.3.6.1.2.1.68.1.3.1.7.3.52 = IpAddress: 198.51.100.1",
        ".1.3.6.1.2.1.207.0.1  .1.3.6.1.2.1.207.1.1.1.1.3.3.52.1 = Hex-STRING: C6 33 64 01"
        "  .1.3.6.1.2.1.207.1.2.5.1.2.3.52.1 = INTEGER: 3",
    ] == shown(entered("VI_2", RouterState.MASTER), view("vrrp"))


@pytest.mark.parametrize(
    ("state", "number"),
    [(RouterState.BACKUP, 1), (RouterState.FAULT, 3), (RouterState.STOP, 5), (RouterState.DELETED, 6)],
)
def test_other_states_are_told_in_keepalived_mib_alone(state: RouterState, number: int) -> None:
    (trap,) = shown(entered("VI_1", state), view("vrrp"))
    assert f'"VI_1"  KA.2.3.1.4 = INTEGER: {number}  KA.2.3.1.5 = INTEGER: 1' in trap


def test_an_instance_that_a_reload_removed_is_told() -> None:
    (trap,) = shown(entered("GONE", RouterState.DELETED), view("vrrp"))
    assert '"GONE"  KA.2.3.1.4 = INTEGER: 6' in trap


def test_groups_are_told_but_for_their_end() -> None:
    site = view("vrrp")
    assert [
        'KA.2.10.0.1  KA.2.1.1.2 = STRING: "SG"  KA.2.1.1.3 = INTEGER: 3  KA.1.2.0 = STRING: "GOLDEN"'
    ] == shown(entered("SG", RouterState.FAULT, SubjectKind.GROUP), site)
    assert [] == shown(entered("SG", RouterState.STOP, SubjectKind.GROUP), site)


def test_a_router_of_version_3_is_not_in_the_older_mib() -> None:
    assert ["KA.2.10.0.2", ".1.3.6.1.2.1.207.0.1"] == [
        trap.split("  ")[0] for trap in shown(entered("V6", RouterState.MASTER), view("v3"))
    ]


SERVICE, SERVER = "[203.0.113.20]:tcp:80", "[192.0.2.19]:tcp:80"


def test_a_real_server_that_went_down() -> None:
    site = view("lvs_snmp")
    alive = {(SERVICE, f"[192.0.2.{host}]:tcp:80"): host == 13 for host in range(13, 20)}
    assert [
        "KA.3.5.0.1  KA.3.4.1.3 = INTEGER: 1  KA.3.4.1.4 = Hex-STRING: C0 00 02 13  KA.3.4.1.5 = Gauge32: 80"
        "  KA.3.4.1.6 = INTEGER: 2  KA.3.3.1.2 = INTEGER: 2  KA.3.3.1.5 = INTEGER: 1"
        "  KA.3.3.1.6 = Hex-STRING: CB 00 71 14  KA.3.3.1.7 = Gauge32: 80  KA.3.3.1.8 = INTEGER: 1"
        "  KA.3.3.1.21 = Gauge32: 1  KA.3.3.1.20 = Gauge32: 7"
        '  KA.1.2.0 = STRING: "GOLDEN_SNMP"'
    ] == shown(VerdictChanged(SERVICE, SERVER, False), replace(site, alive=alive))


def test_the_quorum_of_a_firewall_mark() -> None:
    site = replace(
        view("lvs_snmp"), quorums={"FWM 9": False}, alive={("FWM 9", "[192.0.2.11]:none:0"): False}
    )
    assert [
        "KA.3.5.0.2  KA.3.3.1.2 = INTEGER: 1  KA.3.3.1.4 = Gauge32: 9  KA.3.3.1.8 = INTEGER: 2"
        "  KA.3.3.1.23 = INTEGER: 2  KA.3.3.1.22 = Gauge32: 1  KA.3.3.1.21 = Gauge32: 0"
        '  KA.3.3.1.20 = Gauge32: 1  KA.1.2.0 = STRING: "GOLDEN_SNMP"'
    ] == shown(ServiceStateChanged("FWM 9", False), site)


def test_nothing_is_told_without_enable_traps() -> None:
    site = view("vrrp")
    quiet = replace(site, served=replace(site.served, traps=False))
    assert [] == shown(entered("VI_2", RouterState.MASTER), quiet)
