"""What ``status`` answers: the state of everything as a document of plain values (docs/status.md).  Pure.

Names end in their unit: ``_s`` is a duration in seconds.  A point in time is seconds of the epoch.  Null
means "not known" or "does not apply".  Fields may be added; one that changes its meaning raises ``schema``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from pykeepalived import __version__
from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon.control_command import Answers, Situation
from pykeepalived.daemon.reload_record import ReloadRecord
from pykeepalived.ipc.details import (
    ClaimReport,
    InstanceDetail,
    PeerReport,
    ServiceReport,
    TrackerReport,
    TransitionReport,
)
from pykeepalived.ipc.messages import (
    BfdSnapshots,
    InstanceSnapshot,
    InstanceSnapshots,
    Restored,
    RouterState,
    SubjectKind,
    VerdictSnapshots,
)
from pykeepalived.vrrp.actions import Reason
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.timers import master_down_interval_ns

SCHEMA = 1

Document = dict[str, Any]


def status_document(situation: Situation, answers: Answers, now: int, realtime_ns: int) -> Document:
    """The document; ``now`` (monotonic) and ``realtime_ns`` are when the last answer came."""
    configured = situation.configured
    _, settings, groups = configured.instances()
    instances: list[InstanceSnapshot] = []
    services: list[ServiceReport] = []
    sessions: list[Document] = []
    for message in answers.messages:
        match message:
            case InstanceSnapshots():
                instances += message.instances
            case VerdictSnapshots():
                services += message.details
            case BfdSnapshots():
                sessions += _sessions(message)
            case _:
                pass
    memory = situation.memory.restored(0)
    changed = {(one.kind, one.name): one.changed_at for one in memory.states}
    return {
        "schema": SCHEMA,
        "time": _seconds(realtime_ns),
        "daemon": {
            "version": __version__,
            "started": _seconds(situation.started_realtime_ns),
            "pid_file": situation.pid_file,
            "config_file": situation.config_file or None,
            "reload": _reload(situation.last_reload),
            "net_namespace": configured.fixed.net_namespace,
            "processes": {process.ident: pid for process, pid in situation.pids.items()},
            "silent": sorted(process.ident for process in answers.silent),
        },
        "last_known": [
            {
                "kind": one.kind.value.lower(),
                "name": one.name,
                "state": one.state.value,
                "for_s": _seconds(now - one.changed_at),
            }
            for one in memory.states
        ],
        "instances": [
            _instance(
                settings[one.name],
                groups.get(one.name),
                one,
                changed.get((SubjectKind.INSTANCE, one.name)),
                now,
            )
            for one in instances
            if one.name in settings
        ],
        "sync_groups": [
            {
                "name": group.name,
                "members": list(group.members),
                "state": next(
                    (
                        one.state.value
                        for one in memory.states
                        if one.kind is SubjectKind.GROUP and one.name == group.name
                    ),
                    RouterState.INIT.value,
                ),
            }
            for group in configured.sync_groups()
        ],
        "services": [_service(one, memory) for one in services],
        "bfd": sessions,
    }


def _reload(last: ReloadRecord) -> Document | None:
    if not last.realtime_ns:
        return None
    return {"at": _seconds(last.realtime_ns), "refused": list(last.refused)}


def _instance(
    settings: RouterSettings, group: str | None, one: InstanceSnapshot, changed_at: int | None, now: int
) -> Document:
    detail = one.detail or InstanceDetail()
    interval = one.master_adver_interval_ns or settings.advertisement_interval_ns
    backup = one.state is RouterState.BACKUP
    transitions = [_transition(each) for each in detail.transitions]
    return {
        "name": one.name,
        "state": one.state.value,
        "for_s": None if changed_at is None else _seconds(now - changed_at),
        "since": _seconds(one.last_transition_ns) if one.last_transition_ns else None,
        "interface": settings.speaking_interface,
        "needs_interfaces": _needed_interfaces(settings),
        "vrid": settings.vrid,
        "version": settings.version,
        "family": settings.family,
        "sync_group": group,
        "priority": {
            "base": settings.priority,
            "effective": one.effective_priority,
            "trackers": [_tracker(each) for each in detail.trackers],
        },
        "last_transition": transitions[-1] if transitions else None,
        "transitions": transitions,
        "faults": list(detail.faults),
        "waits_for": list(detail.awaited),
        "preempt": settings.preempt_mode,
        "preempt_delay_s": _seconds(settings.preempt_delay_ns),
        "preempt_in_s": _until(detail.preempt_at, now),
        "waits_for_sync_group": detail.wants_master,
        "strict": settings.strict_mode,
        "authentication": _authentication(settings),
        "advert_interval_s": _seconds(settings.advertisement_interval_ns),
        "master_down_interval_s": _seconds(
            master_down_interval_ns(
                settings.version, one.effective_priority, interval, settings.down_timer_adverts
            )
        ),
        "master_down_in_s": _until(detail.master_down_at, now),
        "source": one.source_address or None,
        "unicast_peers": [str(peer.address) for peer in settings.peers],
        "master": _master(settings, one, detail.peers, now) if backup and one.master_address else None,
        "addresses": [_address(each, excluded=False) for each in settings.addresses]
        + [_address(each, excluded=True) for each in settings.excluded_addresses],
        "addresses_taken": one.addresses_set,
        "addresses_put_back": detail.put_back,
        "put_back_s": _seconds(now - detail.put_back_at) if detail.put_back_at else None,
        "kernel_refuses": [{"what": what, "reason": reason} for what, reason in detail.refused],
        "kernel_refuses_in_all": detail.refused_in_all,
        "claims": [_claim(each, now) for each in detail.claims],
        "counters": dataclasses.asdict(one.counters),
        "discards": dict(detail.discards),
        "peers": [_peer(each, now) for each in detail.peers],
        "peers_left_out": detail.peers_left_out,
    }


def _master(
    settings: RouterSettings, one: InstanceSnapshot, peers: Iterable[PeerReport], now: int
) -> Document:
    """The Master that a Backup follows."""
    heard = next((peer for peer in peers if peer.source == one.master_address and peer.adverts), None)
    return {
        "address": one.master_address,
        "priority": one.master_priority,
        "interval_s": _seconds(one.master_adver_interval_ns or settings.advertisement_interval_ns),
        "silent_s": None if heard is None else _seconds(now - heard.last_at),
    }


def _needed_interfaces(settings: RouterSettings) -> list[str]:
    """The router is in Fault while one of these is down (see ``daemon.vrrp_links``)."""
    needed = {held.interface for held in settings.all_addresses if not held.no_track}
    needed.update(settings.needed_interfaces)
    needed -= {link.name for link in settings.links}
    if settings.track_interface:
        needed.add(settings.interface)
    else:
        needed.discard(settings.interface)
    return sorted(needed - {""})


def _authentication(settings: RouterSettings) -> str | None:
    """The configured kind in keepalived's word; None without."""
    if settings.hmac is not None:
        return "HMAC"
    kind = settings.authentication.kind.name
    return None if kind == "NONE" else kind


def _address(virtual: VirtualAddress, *, excluded: bool) -> Document:
    return {
        "address": str(virtual.address),
        "prefix_length": virtual.prefix_length,
        "interface": virtual.interface,
        "excluded": excluded,
    }


def _claim(one: ClaimReport, now: int) -> Document:
    return {
        "address": one.address,
        "interface": one.interface,
        "mac": one.mac or None,
        "times": one.times,
        "silent_s": _seconds(now - one.last_at),
    }


def _transition(one: TransitionReport) -> Document:
    return {
        "at": _seconds(one.realtime_ns),
        "from": one.old,
        "to": one.new,
        "reason": Reason(one.reason).name.lower(),
        "priority": one.priority,
        "detail": one.detail or None,
    }


def _tracker(one: TrackerReport) -> Document:
    return {
        "kind": one.kind.value,
        "name": one.name,
        "weight": one.weight,
        "reverse": one.reverse,
        "status": one.status,
        "points": one.points,
        "fault": one.is_fault,
        "text": one.text,
        "sync_group": one.group or None,
    }


def _peer(peer: PeerReport, now: int) -> Document:
    good = peer.adverts > 0
    return {
        "source": peer.source,
        "adverts": peer.adverts,
        "silent_s": _seconds(now - peer.last_at) if good else None,
        "interval_s": _seconds(peer.interval_ns) if good else None,
        "priority": peer.priority if good else None,
        "checksum_forms": dict(peer.forms),
        "discards": dict(peer.discards),
        "refused_s": _seconds(now - peer.refused_at) if peer.refused_at else None,
        "refusal": peer.refusal or None,
    }


def _service(one: ServiceReport, memory: Restored) -> Document:
    verdicts = [each for each in memory.verdicts if each.service == one.service and not each.up]
    reasons = {each.server: each.reason for each in verdicts}
    drained = {each.server for each in memory.drained if each.service == one.service and each.drained}
    return {
        "service": one.service,
        "in_table": one.present,
        "quorum_up": one.quorum_up,
        "quorum": one.quorum,
        "hysteresis": one.hysteresis,
        "alive_weight": one.alive_weight,
        "instances": list(one.owners),
        "sorry_server": one.sorry or None,
        "servers": [
            {
                "server": server.server,
                "up": server.up,
                "drained": server.server in drained,
                "weight": server.weight,
                "configured_weight": server.configured_weight,
                "reason": None if server.up else reasons.get(server.server) or None,
            }
            for server in one.servers
        ],
    }


def _sessions(message: BfdSnapshots) -> list[Document]:
    return [
        {
            "name": one.name,
            "neighbor": one.neighbor,
            "state": one.state,
            "up": one.reported_up,
            "remote_state": one.remote_state,
            "transmit_interval_s": _seconds(one.transmit_interval_ns),
            "receive_interval_s": _seconds(one.receive_interval_ns),
            "detection_s": _seconds(one.detection_ns),
            "sent": one.sent,
            "received": one.received,
        }
        for one in message.sessions
    ]


def _until(at: int | None, now: int) -> float | None:
    return None if at is None else _seconds(max(0, at - now))


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / NANOSECONDS_PER_SECOND, 6)
