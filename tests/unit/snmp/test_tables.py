"""What the golden walks do not show: groups, sorry servers, tracking by groups, routers before they begin."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pykeepalived.ipc.details import InstanceDetail, TransitionReport
from pykeepalived.ipc.messages import InstanceCounters, RouterState
from pykeepalived.lvs.service import KNOWN_SCHEDULERS
from pykeepalived.lvs.statistics import ServerStatistics, ServiceStatistics, Statistics
from pykeepalived.snmp import oids
from pykeepalived.snmp.keepalived_check import SCHEDULERS
from pykeepalived.snmp.view import View
from pykeepalived.vrrp.actions import Reason
from pykeepalived.wire.agentx import Oid
from tests.unit.snmp.golden_site import S, printed, view, walk

LVS = """
global_defs { enable_snmp_checker
lvs_timeouts tcp 7200 udp 60
lvs_sync_daemon eth0 V id 7 }
virtual_server_group G {
    203.0.113.1-2 80
    fwmark 5
    203.0.113.7 80
}
virtual_server group G { protocol TCP
lb_algo mh
lb_kind TUN
persistence_timeout 50
real_server 192.0.2.11 80 { weight 3 } }
virtual_server 203.0.113.9 80 { protocol SCTP
lb_kind NAT
snmp_name shop
sorry_server 192.0.2.19 81
quorum 2
real_server 192.0.2.11 80 { snmp_name one
uthreshold 9
inhibit_on_failure }
real_server 192.0.2.12 80 { } }
vrrp_instance V { interface eth0
virtual_router_id 1
virtual_ipaddress { 198.51.100.9/24 } }
"""

TRACKING = """
global_defs { enable_snmp_vrrp }
vrrp_script s { script /bin/true
weight 5 reverse
init_fail }
vrrp_track_process p { process sshd -D
quorum 2 }
vrrp_sync_group SG { group { V }
track_script { s weight 7 }
track_process { p }
sync_group_tracking_weight }
vrrp_instance V { interface eth0
virtual_router_id 1
track_script { s }
virtual_ipaddress { 198.51.100.9/24 } }
"""


def column(of: View, part: str, *name: int) -> dict[Oid, str]:
    """By index."""
    root = (*(oids.CHECK if part == "checker" else oids.VRRP), *name)
    found = walk(of, **{part: True})
    return {oid[len(root) :]: printed(one) for oid, one in found.items() if oid[: len(root)] == root}


def lvs(*name: int, of: View | None = None) -> dict[Oid, str]:
    return column(view("", LVS) if of is None else of, "checker", *name)


def test_groups_list_marks_before_addresses() -> None:
    assert {(1,): 'STRING: "G"'} == lvs(1, 1, 2)
    assert {(1, 1): "INTEGER: 1", (1, 2): "INTEGER: 3", (1, 3): "INTEGER: 2"} == lvs(2, 1, 2)
    assert {(1, 1): "Gauge32: 5"} == lvs(2, 1, 3)
    assert {(1, 2): "Hex-STRING: CB 00 71 01"} == lvs(2, 1, 6)
    assert {(1, 2): "Hex-STRING: CB 00 71 02"} == lvs(2, 1, 7)
    assert {(1, 3)} == set(lvs(2, 1, 5))


def test_virtual_servers() -> None:
    assert {(1,): "INTEGER: 3", (2,): "INTEGER: 2"} == lvs(3, 1, 2)
    assert {(1,): 'STRING: "G"'} == lvs(3, 1, 3)
    assert {(1,): "INTEGER: 1", (2,): "INTEGER: 3"} == lvs(3, 1, 8)
    assert {(1,): "INTEGER: 13", (2,): "INTEGER: 4"} == lvs(3, 1, 9)
    assert {(1,): "Gauge32: 50"} == lvs(3, 1, 14)
    assert {(2,): 'STRING: "shop"'} == lvs(3, 1, 71)


def test_the_sorry_server_comes_first_and_has_no_state() -> None:
    assert {(1, 1): "INTEGER: 1", (2, 1): "INTEGER: 2", (2, 2): "INTEGER: 1", (2, 3): "INTEGER: 1"} == lvs(
        4, 1, 2
    )
    assert {(1, 1), (2, 2), (2, 3)} == set(lvs(4, 1, 6))
    assert {(1, 1): "INTEGER: 3", (2, 2): "INTEGER: 1", (2, 3): "INTEGER: 1"} == lvs(4, 1, 7)
    assert {(2, 2): "Gauge32: 9"} == lvs(4, 1, 8)
    assert {(1, 1): "INTEGER: 1", (2, 2): "INTEGER: 2", (2, 3): "INTEGER: 1"} == lvs(4, 1, 10)
    assert {(2, 2): 'STRING: "one"'} == lvs(4, 1, 55)


def test_a_quorum_is_a_sum_of_weights_until_the_checker_has_spoken() -> None:
    site = view("", LVS)
    label = "[203.0.113.9]:sctp:80"
    assert "INTEGER: 1" == lvs(3, 1, 23, of=site)[2,]
    down = replace(site, alive={(label, "[192.0.2.11]:sctp:80"): False})
    assert "INTEGER: 2" == lvs(3, 1, 23, of=down)[2,]
    assert "INTEGER: 1" == lvs(3, 1, 23, of=replace(down, quorums={label: True}))[2,]


def test_rates_are_there_in_every_width() -> None:
    label, server = "[203.0.113.9]:sctp:80", "[192.0.2.12]:sctp:80"
    counted = Statistics(connections=5, byte_rate_in=(3 << 32) + 7)
    traffic = {label: ServiceStatistics(counted, {server: ServerStatistics(counted, active=4)})}
    site = replace(view("", LVS), statistics=traffic)
    assert "Gauge32: 5" == lvs(3, 1, 27, of=site)[2,]
    assert ["Gauge32: 7", "Gauge32: 3", f"Counter64: {(3 << 32) + 7}"] == [
        lvs(3, 1, number, of=site)[2,] for number in (47, 48, 77)
    ]
    assert ["Gauge32: 4", "Gauge32: 7", "Gauge32: 3", f"Counter64: {(3 << 32) + 7}"] == [
        lvs(4, 1, number, of=site)[2, 3] for number in (15, 36, 37, 61)
    ]


def test_the_sync_daemon_and_timeouts() -> None:
    assert {(0,): "INTEGER: 1"} == lvs(6, 1)
    assert {(0,): 'STRING: "eth0"'} == lvs(6, 2)
    assert {(0,): 'STRING: "V"'} == lvs(6, 3)
    assert {(0,): "INTEGER: 7"} == lvs(6, 4)
    assert {(1, 0): "INTEGER: 7200", (3, 0): "INTEGER: 60"} == lvs(7)


def test_every_scheduler_has_its_number() -> None:
    assert set(KNOWN_SCHEDULERS) == set(SCHEDULERS)


def test_lines_that_track_inherit_what_they_do_not_say() -> None:
    site = view("", TRACKING)
    assert {(1, 1): "INTEGER: 5"} == column(site, "vrrp", 5, 1, 3)
    assert {(1, 1): "INTEGER: 1"} == column(site, "vrrp", 5, 1, 4)
    assert {(1, 1): "INTEGER: 7"} == column(site, "vrrp", 15, 1, 3)
    assert {(1, 1): 'STRING: "p"'} == column(site, "vrrp", 22, 1, 2)


def test_a_script_that_has_not_run_is_failed_if_it_begins_so() -> None:
    assert {(1,): "INTEGER: 5"} == column(view("", TRACKING), "vrrp", 9, 1, 6)
    assert {(1,): "INTEGER: 1"} == column(view("", TRACKING.replace("init_fail", "")), "vrrp", 9, 1, 6)


def test_processes() -> None:
    site = view("", TRACKING)
    assert {(1,): 'STRING: "-D"'} == column(site, "vrrp", 21, 1, 4)
    assert {(1,): "Gauge32: 2"} == column(site, "vrrp", 21, 1, 8)


@pytest.mark.parametrize(
    ("old", "new", "uptime"),
    [
        ("INIT", "BACKUP", 300),
        ("FAULT", "BACKUP", 300),
        ("BACKUP", "MASTER", 300),
    ],
)
def test_uptime_counts_from_the_end_of_initialize(old: str, new: str, uptime: int) -> None:
    """The last change came 3 s ago; what was before it is not known."""
    site = view("v3")
    change = TransitionReport(8 * S, old, new, "", priority=1)
    snapshots = {
        name: replace(one, state=RouterState(new), detail=InstanceDetail(transitions=(change,)))
        for name, one in site.snapshots.items()
    }
    found = walk(replace(site, snapshots=snapshots), rfc6527=True)
    assert uptime == found[*oids.RFC6527, 1, 1, 1, 1, 12, 2, 61, 1].value.data


def test_a_router_that_has_not_begun_and_has_no_interface() -> None:
    site = replace(view("v3"), snapshots={}, links={})
    found = {oid: printed(one) for oid, one in walk(site, vrrp=True, rfc6527=True).items()}
    assert "INTEGER: 0" == found[*oids.VRRP, 3, 1, 4, 1]
    assert "INTEGER: 2" == found[*oids.VRRP, 3, 1, 9, 1]
    assert "INTEGER: 1" == found[*oids.RFC6527, 1, 1, 1, 1, 6, 0, 61, 1]
    assert "Hex-STRING: 00 00 00 00" == found[*oids.RFC6527, 1, 1, 1, 1, 3, 0, 61, 1]
    assert "Timeticks: (0)" == found[*oids.RFC6527, 1, 1, 1, 1, 12, 0, 61, 1]


@pytest.mark.parametrize(
    ("reason", "state", "number"),
    [
        (Reason.MASTER_SILENT, RouterState.MASTER, 3),
        (Reason.MASTER_RELEASED, RouterState.MASTER, 1),
        (Reason.ADDRESS_OWNER, RouterState.MASTER, 1),
        (Reason.MASTER_SILENT, RouterState.FAULT, 3),
    ],
)
def test_why_a_router_was_master_last(reason: Reason, state: RouterState, number: int) -> None:
    site = view("v3")
    change = TransitionReport(8 * S, "BACKUP", "MASTER", reason.value, priority=1)
    detail = InstanceDetail(transitions=(change,))
    snapshots = {name: replace(one, state=state, detail=detail) for name, one in site.snapshots.items()}
    found = walk(replace(site, snapshots=snapshots), rfc6527=True)
    assert number == found[*oids.RFC6527, 1, 2, 5, 1, 2, 2, 61, 1].value.data


def test_a_router_that_never_was_master_says_so() -> None:
    site = view("v3")
    snapshots = {
        name: replace(one, counters=InstanceCounters(become_master=times), detail=None)
        for (name, one), times in zip(site.snapshots.items(), (0, 1), strict=True)
    }
    found = walk(replace(site, snapshots=snapshots), rfc6527=True)
    reasons = [found[*oids.RFC6527, 1, 2, 5, 1, 2, *row].value.data for row in ((2, 61, 1), (3, 62, 2))]
    assert [0, 3] == reasons
