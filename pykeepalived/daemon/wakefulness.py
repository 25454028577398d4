"""Notices that this process did not run for a while: SIGSTOP, a starved guest, a suspended machine.

A process that waits for its timer has nothing to do, and that is no sleep.  Two things prove one: the timer
was due and nobody came (everything but a suspend), or the clock that goes on while the machine is suspended
(CLOCK_BOOTTIME) has gained on the one that does not (CLOCK_MONOTONIC).
"""

from __future__ import annotations

import time

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND

TOLERATED_NS = 50 * NANOSECONDS_PER_MILLISECOND
"""What every busy machine does now and then; the routers tolerate no less."""


def suspended_ns(now: int) -> int:
    """How long the machine has been suspended since it was booted; ``now`` is monotonic, read a moment ago.

    Up to :data:`TOLERATED_NS` more is the time in between, in which we may have lost the processor.
    """
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - now


class Wakefulness:
    """Remembers up to when the process is known to have been awake.  Pure but for its first reading."""

    __slots__ = ("_noticed_at", "_suspended_ns")

    def __init__(self, suspended: int | None = None) -> None:
        self._suspended_ns = suspended_ns(time.monotonic_ns()) if suspended is None else suspended
        self._noticed_at = 0

    def asleep_since(self, now: int, due_at: int | None, suspended: int) -> int | None:
        """Since when it has slept until ``now`` (monotonic ns); None: it has not.

        ``due_at`` is when the timer was to wake it, ``suspended`` what :func:`suspended_ns` says.  A suspend
        has taken no time of the monotonic clock, so that it is laid before ``now``.  Each sleep is told once.
        """
        gained_ns = suspended - self._suspended_ns
        if gained_ns <= TOLERATED_NS and (due_at is None or now - due_at <= TOLERATED_NS):
            return None  # as nearly always
        late_ns = 0 if due_at is None else now - max(due_at, self._noticed_at)
        slept_ns = max(late_ns, 0) + max(gained_ns, 0)
        if slept_ns <= TOLERATED_NS:
            return None
        self._suspended_ns = suspended
        self._noticed_at = now
        return now - slept_ns
