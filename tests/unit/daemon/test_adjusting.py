"""What SNMP changes in a running configuration, and what it leaves alone."""

from __future__ import annotations

from typing import cast

import pytest

from pykeepalived.config.load import load_text
from pykeepalived.daemon.adjusting import adjusted, adjusted_together
from pykeepalived.daemon.configured import Configured
from pykeepalived.ipc.management import Adjustable, SettingChange
from pykeepalived.ipc.messages import Process
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.health import plan_checks
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.snmp.plan import SnmpPlan, plan_snmp

FILE = """
global_defs { enable_snmp_vrrp }
vrrp_script ok { script /bin/true }
vrrp_instance A { interface eth0
 virtual_router_id 1
 priority 100
 track_script { ok weight 10 }
 virtual_ipaddress { 192.0.2.1 } }
vrrp_instance B { interface eth0
 virtual_router_id 2
 priority 100
 virtual_ipaddress { 192.0.2.2 } }
virtual_server 192.0.2.1 80 {
 protocol TCP
 real_server 10.0.0.1 80 { weight 3 }
 real_server 10.0.0.2 80 { weight 3 } }
"""
SERVICE, SERVER = "[192.0.2.1]:tcp:80", "[10.0.0.2]:tcp:80"


@pytest.fixture(scope="module")
def running() -> Configured:
    config = load_text(FILE).config
    vrrp = plan_vrrp(config)
    plans = {
        Process.VRRP: vrrp,
        Process.CHECKER: plan_checks(config, lambda account: None),
        Process.SNMP: plan_snmp(config, vrrp, None),
    }
    return Configured(plans, config=config)


def vrrp_of(configured: Configured) -> VrrpPlan:
    return cast(VrrpPlan, configured.plans[Process.VRRP])


def test_a_priority_changes_for_one_instance_and_for_what_it_tracks(running: Configured) -> None:
    found = adjusted(running, SettingChange(Adjustable.PRIORITY, "A", 50))
    assert found is not None
    assert (Process.VRRP, "(A) base priority changed from 100 to 50 via SNMP") == (
        found.process,
        found.sentence,
    )
    plan = vrrp_of(found.configured)
    assert [("A", 50), ("B", 100)] == [(one.name, one.priority) for one in plan.routers]
    (tracks,) = [one for one in plan.tracking.routers if one.name == "A"]
    assert 50 == tracks.priority
    assert plan is cast(SnmpPlan, found.configured.plans[Process.SNMP]).vrrp
    assert vrrp_of(running).routers[1] is plan.routers[1]


@pytest.mark.parametrize(("value", "word"), [(0, "disabled"), (1, "enabled")])
def test_preemption_changes(running: Configured, value: int, word: str) -> None:
    other = adjusted(running, SettingChange(Adjustable.PREEMPTION, "A", 0))
    assert other is not None
    found = adjusted(other.configured if value else running, SettingChange(Adjustable.PREEMPTION, "A", value))
    assert found is not None and f"(A) preemption {word} with SNMP" == found.sentence
    assert bool(value) is vrrp_of(found.configured).routers[0].preempt_mode


def test_a_weight_changes_for_one_server(running: Configured) -> None:
    found = adjusted(running, SettingChange(Adjustable.WEIGHT, SERVICE, 7, SERVER))
    assert found is not None and Process.CHECKER is found.process
    plan = cast(CheckerPlan, found.configured.plans[Process.CHECKER])
    (pool,) = plan.pools
    assert [3, 7] == [server.destination.weight for server in pool.servers]
    assert {(SERVER, 7)} == {(one.server, one.weight) for one in plan.checks} - {("[10.0.0.1]:tcp:80", 3)}
    assert found.configured.plans[Process.VRRP] is running.plans[Process.VRRP]


@pytest.mark.parametrize(
    "change",
    [
        SettingChange(Adjustable.PRIORITY, "A", 100),
        SettingChange(Adjustable.PRIORITY, "gone", 50),
        SettingChange(Adjustable.PREEMPTION, "A", 1),
        SettingChange(Adjustable.WEIGHT, SERVICE, 3, SERVER),
        SettingChange(Adjustable.WEIGHT, SERVICE, 7, "gone"),
    ],
)
def test_what_is_so_already_or_gone_changes_nothing(running: Configured, change: SettingChange) -> None:
    assert adjusted(running, change) is None
    assert adjusted(Configured({}), change) is None


def test_what_one_request_sets_is_one_change_for_each_process(running: Configured) -> None:
    found = adjusted_together(
        running,
        (
            SettingChange(Adjustable.PRIORITY, "A", 50),
            SettingChange(Adjustable.PREEMPTION, "B", 0),
            SettingChange(Adjustable.WEIGHT, SERVICE, 7, SERVER),
            SettingChange(Adjustable.PRIORITY, "B", 100),
        ),
    )
    assert (Process.VRRP, Process.CHECKER) == found.processes
    assert 3 == len(found.sentences)
    assert () == found.refused
    assert [(50, True), (100, False)] == [
        (one.priority, one.preempt_mode) for one in vrrp_of(found.configured).routers
    ]


def test_what_a_reload_took_away_is_named(running: Configured) -> None:
    found = adjusted_together(
        running,
        (
            SettingChange(Adjustable.PRIORITY, "gone", 50),
            SettingChange(Adjustable.WEIGHT, SERVICE, 7, "[10.0.0.9]:tcp:80"),
        ),
    )
    assert found.configured is running
    assert (
        "gone: priority not changed via SNMP, it is no longer configured",
        f"[10.0.0.9]:tcp:80 of {SERVICE}: weight not changed via SNMP, it is no longer configured",
    ) == found.refused
    assert () == found.processes == found.sentences
