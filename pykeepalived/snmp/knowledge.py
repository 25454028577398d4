"""What the SNMP process has heard, put together into views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from pykeepalived.ipc.details import ServiceReport
from pykeepalived.ipc.management import Adjustable, SettingChange
from pykeepalived.ipc.messages import (
    BfdSnapshots,
    InstanceSnapshot,
    InstanceSnapshots,
    Message,
    Restored,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
    VerdictSnapshots,
)
from pykeepalived.lvs.statistics import ServiceStatistics
from pykeepalived.plan.adjusting import with_preemption, with_priority
from pykeepalived.snmp.plan import SnmpPlan
from pykeepalived.snmp.view import Link, View, virtual_link_locals
from pykeepalived.tracking.settings import Key

K = TypeVar("K")
V = TypeVar("V")


class Knowledge:
    """Changes come at once, everything else when it was asked for (InstanceSnapshots and its like)."""

    def __init__(self, plan: SnmpPlan, restored: Restored | None = None) -> None:
        self._plan = plan
        self._virtual_link_locals = virtual_link_locals(plan.vrrp)
        self._snapshots: dict[str, InstanceSnapshot] = {}
        self._states: dict[str, RouterState] = {}
        self._groups: dict[str, RouterState] = {}
        self._trackers: dict[Key, int] = {}
        self._bfd: dict[str, bool] = {}
        self._services: dict[str, ServiceReport] = {}
        self._alive: dict[tuple[str, str], bool] = {}
        self._quorums: dict[str, bool] = {}
        for group in (restored.states, restored.verdicts, restored.services) if restored is not None else ():
            for message in group:
                self.note(message)

    def note(self, message: Message) -> bool:
        """Keep what a message says; whether it says anything new."""
        match message:
            case RouterStateChanged(name=name, kind=kind, state=state):
                states = self._states if kind is SubjectKind.INSTANCE else self._groups
                return _put(states, name, state)
            case VerdictChanged(service=service, server=server, up=up):
                return _put(self._alive, (service, server), up)
            case ServiceStateChanged(service=service, up=up):
                return _put(self._quorums, service, up)
            case InstanceSnapshots(instances=snapshots):
                for snapshot in snapshots:
                    self._note_instance(snapshot)
            case VerdictSnapshots(details=details):
                for report in details:
                    self._note_service(report)
            case BfdSnapshots(sessions=sessions):
                self._bfd = {session.name: session.reported_up for session in sessions}
            case _:
                return False
        return True

    def adjust(self, change: SettingChange) -> None:
        """A manager set this; whoever runs it tells the rest when asked."""
        vrrp = self._plan.vrrp
        if vrrp is None:
            return
        if change.what is Adjustable.PRIORITY:
            vrrp = with_priority(vrrp, change.name, change.value)
        elif change.what is Adjustable.PREEMPTION:
            vrrp = with_preemption(vrrp, change.name, bool(change.value))
        self._plan = replace(self._plan, vrrp=vrrp)

    def _note_instance(self, snapshot: InstanceSnapshot) -> None:
        self._snapshots[snapshot.name] = snapshot
        self._states[snapshot.name] = snapshot.state
        for tracker in snapshot.detail.trackers if snapshot.detail is not None else ():
            if tracker.status is not None:
                self._trackers[tracker.kind, tracker.name] = tracker.status

    def _note_service(self, report: ServiceReport) -> None:
        self._services[report.service] = report
        self._quorums[report.service] = report.quorum_up
        for server in report.servers:
            self._alive[report.service, server.server] = server.up

    def view(
        self,
        links: Mapping[str, Link],
        realtime_ns: int,
        statistics: Mapping[str, ServiceStatistics] | None = None,
    ) -> View:
        """How things are now; does not change with what is heard later."""
        plan = self._plan
        return View(
            plan.config,
            plan.served,
            plan.vrrp,
            plan.lvs,
            dict(self._snapshots),
            dict(self._states),
            dict(self._groups),
            dict(self._trackers),
            dict(self._bfd),
            dict(self._services),
            dict(self._alive),
            dict(self._quorums),
            dict(statistics or {}),
            dict(links),
            self._virtual_link_locals,
            realtime_ns,
        )


def _put(into: dict[K, V], key: K, value: V) -> bool:
    changed = into.get(key) != value
    into[key] = value
    return changed
