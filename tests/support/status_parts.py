"""Parts of a status document for tests of the texts about it, made by the code that makes them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.control_command import Answers, Situation
from pykeepalived.daemon.memory import Memory
from pykeepalived.daemon.reload_record import ReloadRecord
from pykeepalived.daemon.status_document import status_document
from pykeepalived.ipc.details import InstanceDetail, PeerReport, ServiceReport, TrackerReport
from pykeepalived.ipc.messages import (
    InstanceCounters,
    InstanceSnapshot,
    InstanceSnapshots,
    Message,
    Process,
    RouterState,
    RouterStateChanged,
    SubjectKind,
    VerdictChanged,
    VerdictSnapshots,
)
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.tracking.settings import TrackerKind
from pykeepalived.vrrp.settings import RouterSettings, SyncGroupSettings, VirtualAddress

SECOND = 10**9
NOW = 1000 * SECOND
REALTIME = 1_800_000_000 * SECOND
MASTER_ADDRESS = "192.0.2.1"


def settings(name: str = "VI_1", **changes: Any) -> RouterSettings:
    virtual = VirtualAddress(IPv4Address("198.51.100.1"), 32, "eth0")
    return replace(RouterSettings(name, "eth0", 51, version=3, addresses=(virtual,)), **changes)


def peer(source: str = MASTER_ADDRESS, priority: int = 150, ago: float = 0.4, **changes: Any) -> PeerReport:
    """A router whose adverts are good; ``ago`` is in seconds."""
    forms = (("pseudo-header", 7),)
    heard = PeerReport(source, 7, NOW - int(ago * SECOND), SECOND, priority, forms)
    return replace(heard, **changes)


def stranger(source: str = "192.0.2.9", ago: float = 0.4, **discards: int) -> PeerReport:
    """One whose packets are refused."""
    refused = tuple((discards or {"auth_failure": 3}).items())
    return PeerReport(source, 0, 0, 0, 0, (), refused, NOW - int(ago * SECOND), "authentication failed")


def script(name: str = "chk", weight: int = 20, status: int | None = 1, **changes: Any) -> TrackerReport:
    """A tracked script; ``points`` follow from the rest."""
    good = bool(status)
    points = weight if status is not None and good is (weight > 0) else 0
    text = f"script {name} {'not known yet' if status is None else 'succeeded' if good else 'failed'}"
    fault = weight == 0 and status == 0
    made = TrackerReport(TrackerKind.SCRIPT, name, weight, False, status, points, fault, text)
    return replace(made, **changes)


def instance(name: str = "VI_1", state: RouterState = RouterState.BACKUP, **changes: Any) -> InstanceSnapshot:
    """An instance of priority 100; a Backup heard a Master of 150.  ``detail`` is for InstanceDetail."""
    backup = state is RouterState.BACKUP
    detail = InstanceDetail(master_down_at=NOW + 3 * SECOND, peers=(peer(),)) if backup else InstanceDetail()
    made = InstanceSnapshot(
        name=name,
        state=state,
        wanted_state=state,
        effective_priority=100,
        master_priority=150 if backup else 100,
        master_adver_interval_ns=SECOND,
        last_transition_ns=REALTIME - 5 * SECOND,
        addresses_set=state is RouterState.MASTER,
        counters=InstanceCounters(advert_sent=12, advert_rcvd=34, become_master=2, release_master=1),
        master_address=MASTER_ADDRESS if backup else "",
        source_address="192.0.2.2",
        detail=replace(detail, **changes.pop("detail", {})),
    )
    return replace(made, **changes)


def document(
    *instances: InstanceSnapshot,
    routers: tuple[RouterSettings, ...] = (),
    groups: tuple[SyncGroupSettings, ...] = (),
    services: tuple[ServiceReport, ...] = (),
    verdicts: tuple[VerdictChanged, ...] = (),
    other: tuple[Message, ...] = (),
    silent: frozenset[Process] = frozenset(),
    held: set[str] | None = None,
    removed: set[str] | None = None,
    last_reload: ReloadRecord | None = None,
) -> dict[str, Any]:
    """The document about these instances; ``held`` are the addresses that the kernel has (None: unknown).

    ``removed`` are instances that are no longer configured.
    """
    named = {router.name: router for router in routers}
    plan = VrrpPlan(
        routers=tuple(
            named.get(one.name) or settings(one.name) for one in instances if one.name not in (removed or ())
        ),
        groups=groups,
    )
    memory = Memory()
    for one in instances:
        changed = RouterStateChanged(one.name, SubjectKind.INSTANCE, one.state, 100, NOW - 5 * SECOND)
        memory.note(changed)
    for verdict in verdicts:
        memory.note(verdict)
    situation = Situation(
        _Plain({Process.VRRP: plan}),
        memory,
        {Process.VRRP: 42},
        "/run/keepalived.pid",
        REALTIME - 60 * SECOND,
        "/etc/keepalived/keepalived.conf",
        last_reload=last_reload or ReloadRecord(),
    )
    answers: list[Message] = [InstanceSnapshots(1, tuple(instances)), *other]
    if services:
        answers.append(VerdictSnapshots(1, (), (), details=services))
    made = status_document(situation, Answers(tuple(answers), silent), NOW, REALTIME)
    for told in made["instances"]:
        for address in told["addresses"]:
            address["in_kernel"] = None if held is None else address["address"] in held
    return made


class _Plain(Configured):
    """A configuration without a file."""

    def instances(self) -> Any:
        vrrp = self._vrrp()
        routers = {router.name: router for router in vrrp.routers} if vrrp is not None else {}
        groups = {name: group.name for group in self.sync_groups() for name in group.members}
        return {}, routers, groups
