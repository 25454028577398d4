"""Configuration -> what the BFD process is told: sessions with every default applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pykeepalived.base.units import NANOSECONDS_PER_MICROSECOND, NANOSECONDS_PER_MILLISECOND
from pykeepalived.bfd.settings import SessionSettings

if TYPE_CHECKING:
    from pykeepalived.config.blocks.bfd_instance import BfdInstance
    from pykeepalived.config.blocks.global_defs import GlobalDefs
    from pykeepalived.config.blocks.root import Config

SENT_HOP_LIMIT = 255
"""RFC 5881 section 5.  keepalived sends IPv6 packets with 64, which other implementations refuse."""
EXPECTED_HOP_LIMIT = {4: 255, 6: 64}
"""What keepalived's sessions without ``ttl`` or ``hoplimit`` send, and so what must be let in."""
_NO_CHECK = frozenset({-1, 255})


@dataclass(frozen=True, slots=True)
class BfdProcessSettings:
    """How the BFD process is to run.

    ``realtime_priority`` is for SCHED_RR; None is ordinary scheduling with ``nice``.  As the VRRP process it
    starts with the lowest one unless told otherwise.  ``runtime_limit_us`` is the processor time it may use
    in a row under real-time scheduling before that is logged; None: no limit.  ``cpus`` empty: any.
    """

    realtime_priority: int | None = 1
    nice: int = 0
    cpus: tuple[int, ...] = ()
    runtime_limit_us: int | None = None


@dataclass(frozen=True, slots=True)
class BfdPlan:
    """First argument of the BFD process and payload of its Reload, in the order of the file."""

    sessions: tuple[SessionSettings, ...] = ()
    notes: tuple[str, ...] = ()
    process: BfdProcessSettings = BfdProcessSettings()


def plan_bfd(config: Config) -> BfdPlan:
    """The sessions of ``config``; ``notes`` says what could not become one."""
    sessions: dict[str, SessionSettings] = {}
    notes: list[str] = []
    taken: dict[object, str] = {}
    for block in config.bfd_instances:
        if block.neighbor_ip is None or block.name in sessions:
            continue  # both have been reported as errors of the file
        session = _session(block)
        other = taken.setdefault(session.path, block.name)
        if other != block.name:
            # RFC 5881 section 3: one session per path; packets could not be told apart.
            notes.append(f"({block.name}) left out: {other} has the same neighbor_ip and source_ip")
            continue
        sessions[block.name] = session
    return BfdPlan(tuple(sessions.values()), tuple(notes), _process(config.global_defs))


def _process(defaults: GlobalDefs) -> BfdProcessSettings:
    priority = defaults.bfd_rt_priority
    limit = defaults.bfd_rlimit_rttime if priority is not None else None
    if priority is None and defaults.max_auto_priority != -1 and not defaults.bfd_priority:
        priority = 1
    return BfdProcessSettings(priority, defaults.bfd_priority, defaults.bfd_cpu_affinity or (), limit)


def _session(block: BfdInstance) -> SessionSettings:
    assert block.neighbor_ip is not None
    chosen = block.ttl or block.hoplimit
    expected = chosen or EXPECTED_HOP_LIMIT[block.neighbor_ip.version]
    # Both words together mean the same as none of them.
    only_one = block.vrrp != block.checker
    return SessionSettings(
        name=block.name,
        neighbor=block.neighbor_ip,
        source=block.source_ip,
        desired_min_tx_ns=_milliseconds(block.min_tx),
        required_min_rx_ns=_milliseconds(block.min_rx),
        idle_tx_ns=_milliseconds(block.idle_tx),
        multiplier=block.multiplier,
        passive=block.passive,
        multihop=block.multihop,
        hop_limit=chosen or SENT_HOP_LIMIT,
        lowest_hop_limit=0 if block.max_hops in _NO_CHECK else max(0, expected - block.max_hops),
        for_vrrp=block.vrrp or not only_one,
        for_checker=block.checker or not only_one,
    )


def _milliseconds(duration_ms: float) -> int:
    """Nanoseconds of a duration with at most three decimals: whole microseconds."""
    us = round(duration_ms * NANOSECONDS_PER_MILLISECOND / NANOSECONDS_PER_MICROSECOND)
    return us * NANOSECONDS_PER_MICROSECOND
