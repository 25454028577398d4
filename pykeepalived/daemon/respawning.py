"""What becomes of a child that died unasked: it is started again, and when, or everything ends.  Pure."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.ipc.messages import Process

EXIT_FATAL = 1
PERMANENT = frozenset({1, 2, 4})
"""Exit statuses of a child that starting it again cannot mend, as in keepalived."""
QUICK_DEATH_NS = 10 * NANOSECONDS_PER_SECOND
"""A process that lived longer than this did not fail because of how it was started."""
MAX_DELAY_NS = 60 * NANOSECONDS_PER_SECOND
TERMINATED_PATIENCE_NS = 200 * NANOSECONDS_PER_MILLISECOND
"""So long after a child that was terminated our own turn would have come."""


@dataclass(slots=True)
class RestartPolicy:
    """When a process that died may start again: at once, then after 1, 2, 4 … 60 seconds."""

    quick_deaths: int = 0

    def delay_ns(self, lived_ns: int) -> int:
        """How long to wait after a process that lived this long."""
        if lived_ns >= QUICK_DEATH_NS:
            self.quick_deaths = 0
        self.quick_deaths += 1
        if self.quick_deaths == 1:
            return 0
        return int(min(MAX_DELAY_NS, NANOSECONDS_PER_SECOND << min(self.quick_deaths - 2, 16)))


@dataclass(frozen=True, slots=True)
class StartAgain:
    """``words`` say what happened and what follows."""

    words: str
    delay_ns: int


@dataclass(frozen=True, slots=True)
class EndAll:
    """The daemon ends with ``exit_status``."""

    words: str
    exit_status: int


class Respawning:
    """One policy per process.  ``wanted`` False (``-R``): the first death ends all."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._policies = {process: RestartPolicy() for process in Process}

    def after(self, process: Process, status: int, lived_ns: int) -> StartAgain | EndAll:
        """``status`` as of ``Child.reap``, after a life of ``lived_ns``."""
        if status in PERMANENT:
            return EndAll(f"ended with permanent error {status}. Terminating", status)
        if not self._wanted:
            return EndAll(f"{how_it_ended(status)}. Terminating", EXIT_FATAL)
        delay = self._policies[process].delay_ns(lived_ns)
        if status == 0:
            # It was terminated and released everything.  If that was a service manager, we are next.
            delay = max(delay, TERMINATED_PATIENCE_NS)
        later = f" in {delay // NANOSECONDS_PER_SECOND}s" if delay >= NANOSECONDS_PER_SECOND else ""
        return StartAgain(f"{how_it_ended(status)}: Respawning{later}", delay)


def how_it_ended(status: int) -> str:
    """``status`` in words, as what a process did."""
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"
