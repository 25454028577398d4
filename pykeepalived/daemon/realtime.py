"""Keeping a process ready to run: scheduling class, locked memory, no surprise from the garbage collector.

Nothing here is fatal.  Each measure says how it went in an :class:`Outcome`, which the process logs: a
router whose adverts may come late under load should say so before it happens.
"""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Iterable
from dataclasses import dataclass

_MCL_CURRENT = 1
_MCL_FUTURE = 2
_MCL_ONFAULT = 4
"""Lock a page when it is first used.  Without it every writable page that is still shared with the supervisor
is copied at once: 29 MiB of private memory instead of 6 (measured)."""
_SCHED_RESET_ON_FORK = 0x40000000
_BEST_NICE = -20


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one measure went; ``detail`` is a sentence for the log."""

    measure: str
    done: bool
    detail: str


def schedule(realtime_priority: int | None = 1, nice: int = 0) -> Outcome:
    """Round-robin real-time scheduling, else the best nice level that is allowed.

    ``realtime_priority`` None asks for ordinary scheduling at ``nice``.  Children of this process do not
    inherit real-time scheduling (SCHED_RESET_ON_FORK): a script must not outrun an advert.
    """
    if realtime_priority is None:
        return _schedule_nice(nice, f"nice {nice}, as configured")
    try:
        os.sched_setscheduler(0, os.SCHED_RR | _SCHED_RESET_ON_FORK, os.sched_param(realtime_priority))
    except OSError as refused:
        why = f"real-time priority {realtime_priority} was refused ({refused.strerror})"
        fallback = _schedule_nice(_BEST_NICE, f"nice {_BEST_NICE}: {why}")
        if fallback.done:
            return Outcome("scheduling", False, fallback.detail)
        return Outcome("scheduling", False, f"{fallback.detail}; {why}; adverts may be late under load")
    return Outcome("scheduling", True, f"SCHED_RR priority {realtime_priority}")


def _schedule_nice(nice: int, detail: str) -> Outcome:
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except OSError as refused:
        return Outcome("scheduling", False, f"nice {nice} was refused ({refused.strerror})")
    return Outcome("scheduling", True, detail)


def run_on(cpus: Iterable[int]) -> Outcome:
    """Run on these processors only."""
    wanted = sorted(set(cpus))
    try:
        os.sched_setaffinity(0, wanted)
    except OSError as refused:
        return Outcome("processors", False, f"{wanted} were refused ({refused.strerror})")
    return Outcome("processors", True, f"{wanted} only")


def lock_memory() -> Outcome:
    """Keep every page of the process, present and future, in memory (mlockall)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0:
        reason = os.strerror(ctypes.get_errno())
        return Outcome(
            "memory", False, f"memory is not locked ({reason}); adverts may wait for swapped pages"
        )
    return Outcome("memory", True, "memory locked")


def freeze_garbage() -> Outcome:
    """Collect what is young, then take every live object out of the collector's sight.

    Without it one full collection takes longer than a 10 ms router's master down interval.  What was frozen
    before (by the supervisor before the fork, at the last reload) stays so: only a cycle among such objects
    could leak, and plans and settings are trees.
    """
    gc.collect()
    gc.freeze()
    return Outcome("garbage collector", True, "everything that is there now stays out of its sight")
