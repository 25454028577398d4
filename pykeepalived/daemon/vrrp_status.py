"""What ``status`` and ``explain`` want to know of the virtual routers, told between adverts.

An answer about a thousand routers takes a while.  It is sent in portions, each in a turn of its own of the
event loop, so that whatever is due meanwhile (an advert, a takeover) comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from pykeepalived.daemon.vrrp_actions import PUT_BACK, Runtime
from pykeepalived.daemon.vrrp_peers import Peer
from pykeepalived.daemon.vrrp_snapshots import snapshots
from pykeepalived.ipc.details import HostReport, InstanceDetail, PeerReport, TrackerReport, TransitionReport
from pykeepalived.ipc.messages import InstanceSnapshots
from pykeepalived.tracking.contributions import Contribution
from pykeepalived.tracking.tracker import Tracking
from pykeepalived.vrrp.actions import StateChanged
from pykeepalived.vrrp.states import Backup, Master, State
from pykeepalived.wire.vrrp_receive import DiscardReason

Refused = Callable[[Runtime], Sequence[tuple[str, str]]]
"""What the kernel does not take from a router, and its reasons."""
MOST_REFUSED = 8
MOST_PEERS = 16
"""Peers told per router, those heard last: a flood of strangers must not make long answers."""

_REASONS = [reason.label for reason in DiscardReason]


class StatusAnswers:
    """``later`` runs a function in the next turn of the loop, ``send`` tells the supervisor."""

    def __init__(
        self,
        tracking: Tracking,
        refused: Refused,
        later: Callable[[Callable[[], None]], object],
        send: Callable[[InstanceSnapshots], None],
    ) -> None:
        self._tracking = tracking
        self._refused = refused
        self._later = later
        self._send = send

    def answer(
        self, request_id: int, routers: Iterable[Runtime], host: Callable[[], HostReport] | None = None
    ) -> None:
        """Begin to tell of these routers; ``host`` is asked when the last of them was told."""
        self._next(snapshots(request_id, routers, self._detail), host)

    def _next(self, portions: Iterator[InstanceSnapshots], host: Callable[[], HostReport] | None) -> None:
        portion = next(portions, None)
        if portion is not None:
            if portion.last and host is not None:
                portion = replace(portion, host=host())
            self._send(portion)
            self._later(lambda: self._next(portions, host))

    def _detail(self, runtime: Runtime) -> InstanceDetail:
        return instance_detail(runtime, self._tracking, self._refused(runtime))


def instance_detail(
    runtime: Runtime, tracking: Tracking, refused: Sequence[tuple[str, str]] = ()
) -> InstanceDetail:
    """Everything about one router that a dump does not tell."""
    name, state, counters = runtime.settings.name, runtime.core.state, runtime.counters
    peers = sorted(runtime.peers, key=_latest, reverse=True)
    backup = state if isinstance(state, Backup) else None
    return InstanceDetail(
        transitions=tuple(_transition(*each) for each in runtime.transitions),
        trackers=tuple(_tracker(one) for one in tracking.contributions(name)),
        faults=tuple(runtime.core.faults),
        awaited=tracking.awaited(name),
        peers=tuple(_peer(peer) for peer in peers[:MOST_PEERS]),
        peers_left_out=max(0, len(peers) - MOST_PEERS),
        discards=tuple((reason, counters[reason]) for reason in _REASONS if counters[reason]),
        master_down_at=None if backup is None else backup.master_down_at,
        preempt_at=None if backup is None else backup.preempt_at,
        put_back=counters[PUT_BACK],
        put_back_at=runtime.put_back_at,
        refused=tuple(refused[:MOST_REFUSED]),
        refused_in_all=len(refused),
        claims=tuple(runtime.claims.values()),
        wants_master=backup is not None and backup.wants_master,
        deadline_at=runtime.core.deadline,
        advertised_at=state.advertised_at if isinstance(state, Master) else 0,
    )


def _latest(peer: Peer) -> int:
    return max(peer.last_at, peer.refused_at)


def _transition(at: int, one: StateChanged, state: State, priority: int) -> TransitionReport:
    detail = one.detail
    if not detail and isinstance(state, Backup) and state.master is not None:
        detail = f"{state.master} has priority {state.master_priority}, ours is {priority}"
    return TransitionReport(at, one.old.value, one.new.value, one.reason.value, priority, detail)


def _tracker(one: Contribution) -> TrackerReport:
    follow = one.follow
    return TrackerReport(
        follow.kind,
        follow.name,
        follow.factor,
        follow.reverse,
        one.status,
        one.points,
        one.is_fault,
        one.text,
        follow.group,
    )


def _peer(peer: Peer) -> PeerReport:
    return PeerReport(
        str(peer.source),
        peer.adverts,
        peer.last_at,
        peer.interval_ns,
        peer.priority,
        tuple((form.value, count) for form, count in peer.forms.items()),
        tuple((reason.label, count) for reason, count in peer.discards.items()),
        peer.refused_at,
        "" if peer.refusal is None else peer.refusal.detail,
    )
