"""A setting that SNMP changed, in everything that is kept of the running configuration.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from pykeepalived.daemon.configured import Configured
from pykeepalived.ipc.management import Adjustable, SettingChange
from pykeepalived.ipc.messages import Process
from pykeepalived.plan.adjusting import with_preemption, with_priority, with_weight
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.vrrp_plan import VrrpPlan


@dataclass(frozen=True, slots=True)
class Adjusted:
    """``process`` is who has to be told; ``sentence`` is for the log."""

    configured: Configured
    process: Process
    sentence: str


@dataclass(frozen=True, slots=True)
class Together:
    """What several changes make of a configuration: whom to tell, what to log, and what could not be."""

    configured: Configured
    processes: tuple[Process, ...]
    sentences: tuple[str, ...]
    refused: tuple[str, ...]


def adjusted_together(configured: Configured, changes: Sequence[SettingChange]) -> Together:
    """All changes in their order, so that every process is told once."""
    found: list[Adjusted] = []
    refused: list[str] = []
    for change in changes:
        one = adjusted(configured, change)
        if one is not None:
            found.append(one)
            configured = one.configured
        elif not _has(configured, change):
            subject = f"{change.server} of {change.name}" if change.server else change.name
            refused.append(f"{subject}: {change.what} not changed via SNMP, it is no longer configured")
    processes = tuple(dict.fromkeys(one.process for one in found))
    return Together(configured, processes, tuple(one.sentence for one in found), tuple(refused))


def _has(configured: Configured, change: SettingChange) -> bool:
    vrrp, checker = configured.plans.get(Process.VRRP), configured.plans.get(Process.CHECKER)
    if change.what is not Adjustable.WEIGHT:
        return isinstance(vrrp, VrrpPlan) and any(one.name == change.name for one in vrrp.routers)
    pools = checker.pools if isinstance(checker, CheckerPlan) else ()
    return any(
        pool.label == change.name and any(s.label == change.server for s in pool.servers) for pool in pools
    )


def adjusted(configured: Configured, change: SettingChange) -> Adjusted | None:
    """None when nothing is different afterwards: it has the value already, or a reload took it away."""
    plans = configured.plans
    vrrp, checker = plans.get(Process.VRRP), plans.get(Process.CHECKER)
    if change.what is Adjustable.WEIGHT:
        if not isinstance(checker, CheckerPlan):
            return None
        weighed = with_weight(checker, change.name, change.server, change.value)
        if weighed is checker:
            return None
        sentence = f"weight of {change.server} of {change.name} changed to {change.value} via SNMP"
        return _with(configured, {Process.CHECKER: weighed}, Process.CHECKER, sentence)
    if not isinstance(vrrp, VrrpPlan):
        return None
    if change.what is Adjustable.PRIORITY:
        new = with_priority(vrrp, change.name, change.value)
        before = next((one.priority for one in vrrp.routers if one.name == change.name), 0)
        words = f"base priority changed from {before} to {change.value} via SNMP"
    else:
        new = with_preemption(vrrp, change.name, bool(change.value))
        words = f"preemption {'enabled' if change.value else 'disabled'} with SNMP"
    if new is vrrp:
        return None
    changed: dict[Process, object] = {Process.VRRP: new}
    if Process.SNMP in plans:
        from pykeepalived.snmp.plan import SnmpPlan  # only where there is one

        changed[Process.SNMP] = replace(cast(SnmpPlan, plans[Process.SNMP]), vrrp=new)
    return _with(configured, changed, Process.VRRP, f"({change.name}) {words}")


def _with(
    configured: Configured, changed: Mapping[Process, object], process: Process, sentence: str
) -> Adjusted:
    return Adjusted(replace(configured, plans={**configured.plans, **changed}), process, sentence)
