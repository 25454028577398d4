"""``checker_priority`` and its like: how the checker process is scheduled.  What is refused is said."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal

from pykeepalived.daemon import realtime
from pykeepalived.daemon.log import get_logger
from pykeepalived.plan.lvs_support import CheckerProcessSettings

_RESET_ON_FORK = 0x40000000

log = get_logger()


def prepare(settings: CheckerProcessSettings, loop: asyncio.AbstractEventLoop) -> None:
    """Carry out what is configured; nothing when nothing is."""
    if settings.realtime_priority is not None:
        _report("scheduling", _realtime(settings.realtime_priority))
        _limit_running_time(settings.rlimit_rttime_us, loop)
    elif settings.nice:
        _report("scheduling", _nice(settings.nice))
    if settings.cpus:
        _tell(realtime.run_on(settings.cpus))
    if settings.lock_memory:
        _tell(realtime.lock_memory())


def _realtime(priority: int) -> str:
    try:
        os.sched_setscheduler(0, os.SCHED_RR | _RESET_ON_FORK, os.sched_param(priority))
    except OSError as refused:
        return f"real-time priority {priority} was refused ({refused.strerror})"
    return ""


def _nice(nice: int) -> str:
    try:
        # The programs of MISC_CHECK don't inherit it, as in keepalived.
        os.sched_setscheduler(0, os.SCHED_OTHER | _RESET_ON_FORK, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except OSError as refused:
        return f"nice {nice} was refused ({refused.strerror})"
    return ""


def _limit_running_time(microseconds: int, loop: asyncio.AbstractEventLoop) -> None:
    """The kernel tells a real-time process that does not pause; nothing of ours is killed for it."""

    def told() -> None:
        log.warning(f"the checker process ran for more than {microseconds} microseconds without a pause")

    with contextlib.suppress(ValueError, OSError):
        loop.add_signal_handler(signal.SIGXCPU, told)
        resource.setrlimit(resource.RLIMIT_RTTIME, (microseconds, resource.RLIM_INFINITY))


def _report(measure: str, problem: str) -> None:
    if problem:
        log.warning(f"{measure} of the checker process: {problem}")


def _tell(outcome: realtime.Outcome) -> None:
    if not outcome.done:
        log.warning(f"{outcome.measure} of the checker process: {outcome.detail}")
