"""What only this process knows of its routers, for state and statistics files."""

from __future__ import annotations

import dataclasses
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator

from pykeepalived.daemon.vrrp_actions import ADVERTISEMENTS_SENT, RELEASES_SENT, Runtime
from pykeepalived.ipc.details import InstanceDetail
from pykeepalived.ipc.messages import (
    InstanceCounters,
    InstanceSnapshot,
    InstanceSnapshots,
    RouterState,
)
from pykeepalived.vrrp.actions import Counter
from pykeepalived.vrrp.states import Backup, Master, public_state
from pykeepalived.vrrp.timers import master_down_interval_ns
from pykeepalived.wire.vrrp_receive import DiscardReason

_PORTION = 50
"""Routers per message: about 30 kB."""
_DETAILED_PORTION = 4
"""The same with details: a Backup that has to become Master meanwhile waits for one portion at most."""
_MOST_PEERS = 8
"""After that many peers a portion is full as well: one costs more than an instance without any."""

Detail = Callable[["Runtime"], InstanceDetail]

_COUNTER_FIELDS = frozenset(field.name for field in dataclasses.fields(InstanceCounters))


def counters_of(tally: Tally[str]) -> InstanceCounters:
    """keepalived's counters from ours: several reasons for a discard share one of its names."""
    totals: Tally[str] = Tally()
    for name in (ADVERTISEMENTS_SENT, RELEASES_SENT, *(counter.value for counter in Counter)):
        if name in _COUNTER_FIELDS:
            totals[name] += tally[name]
    for reason in DiscardReason:
        if reason.statistic in _COUNTER_FIELDS:
            totals[str(reason.statistic)] += tally[reason.label]
    return InstanceCounters(**totals)


def snapshot(runtime: Runtime) -> InstanceSnapshot:
    """One router as it is now."""
    core, settings = runtime.core, runtime.settings
    state = RouterState(public_state(core.state).value)
    master_priority, master_interval_ns, master = _last_heard(runtime), settings.advertisement_interval_ns, ""
    if isinstance(core.state, Backup):
        master_priority = core.state.master_priority
        master_interval_ns = core.state.master_adver_interval_ns
        master = "" if core.state.master is None else str(core.state.master)
    elif isinstance(core.state, Master):
        master = "" if runtime.source is None else str(runtime.source)
    return InstanceSnapshot(
        name=settings.name,
        state=state,
        wanted_state=state,
        effective_priority=core.effective_priority,
        master_priority=master_priority,
        master_adver_interval_ns=master_interval_ns,
        last_transition_ns=runtime.changed_realtime_ns,
        addresses_set=bool(runtime.taken),
        counters=counters_of(runtime.counters),
        master_address=master,
        source_address="" if runtime.source is None else str(runtime.source),
        interface_ok=not runtime.faults,
        master_down_interval_ns=master_down_interval_ns(
            settings.version, core.effective_priority, master_interval_ns, settings.down_timer_adverts
        ),
    )


def _last_heard(runtime: Runtime) -> int:
    """Priority of the router that last had a better one than ours: once it was Master; 0 when none had."""
    ours = runtime.core.effective_priority
    better = [peer for peer in runtime.peers if peer.priority > ours]
    return max(better, key=lambda peer: peer.last_at).priority if better else 0


def snapshots(
    request_id: int, routers: Iterable[Runtime], detail: Detail | None = None
) -> Iterator[InstanceSnapshots]:
    """All routers, in portions; the last one says so, and there always is one.

    ``detail`` tells what ``status`` wants to know besides.
    """
    portion: list[InstanceSnapshot] = []
    most = _PORTION if detail is None else _DETAILED_PORTION
    peers = 0
    for runtime in routers:
        if len(portion) == most or peers >= _MOST_PEERS:
            yield InstanceSnapshots(request_id, tuple(portion), last=False)
            portion.clear()
            peers = 0
        one = snapshot(runtime)
        if detail is not None:
            told = detail(runtime)
            one = dataclasses.replace(one, detail=told)
            peers += len(told.peers)
        portion.append(one)
    yield InstanceSnapshots(request_id, tuple(portion), last=True)
