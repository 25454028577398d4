"""Keeping a process ready to run: scheduling class, locked memory, no surprise from the garbage collector.

Nothing here is fatal.  Each measure says how it went in an :class:`Outcome`, which the process logs: a
router whose adverts may come late under load should say so before it happens.
"""

from __future__ import annotations

import ctypes
import gc
import os
from dataclasses import dataclass

_MCL_CURRENT = 1
_MCL_FUTURE = 2
_SCHED_RESET_ON_FORK = 0x40000000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one measure went; ``detail`` is a sentence for the log."""

    measure: str
    done: bool
    detail: str


def schedule_realtime(priority: int = 1, *, fallback_nice: int = -20) -> Outcome:
    """Round-robin real-time scheduling, else the best nice level that is allowed.

    Children of this process do not inherit it (SCHED_RESET_ON_FORK): a script must not outrun an advert.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR | _SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError as refused:
        try:
            os.setpriority(os.PRIO_PROCESS, 0, fallback_nice)
        except OSError as also_refused:
            return Outcome(
                "scheduling",
                False,
                f"ordinary scheduling: real-time priority {priority} was refused ({refused.strerror}) and so "
                f"was nice {fallback_nice} ({also_refused.strerror}); adverts may be late on a busy machine",
            )
        return Outcome(
            "scheduling",
            False,
            f"nice {fallback_nice}: real-time priority {priority} was refused ({refused.strerror})",
        )
    return Outcome("scheduling", True, f"SCHED_RR priority {priority}")


def lock_memory() -> Outcome:
    """Keep every page of the process, present and future, in memory (mlockall)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) != 0:
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
    return Outcome("garbage collector", True, f"{gc.get_freeze_count()} objects frozen")
