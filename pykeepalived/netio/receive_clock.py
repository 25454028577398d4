"""When a packet arrived, on the monotonic clock, from the kernel's wall-clock time stamp.

A process that got the processor late must not count its own lateness as silence of the Master, and must
not start the master down interval late either.  The kernel stamps packets with CLOCK_REALTIME only; the
stamp is converted through the present difference of the two clocks.  Whenever that difference has moved
(somebody set the clock), or the stamp is old (a stall, a suspend), the stamp is not believed and the time
of reading is taken: that can only make a takeover later, never too early.
"""

from __future__ import annotations

import time

_TRUSTED_DRIFT_NS = 2_000_000
_TRUSTED_AGE_NS = 250_000_000


class ReceiveClock:
    """Converts receive stamps.  Call :meth:`synchronize` before each batch of packets is read."""

    __slots__ = ("_now", "_offset", "_trusted")

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()
        self._now = 0
        self._trusted = False

    def synchronize(self, realtime_ns: int | None = None, monotonic_ns: int | None = None) -> int:
        """Compare the clocks; returns the monotonic time."""
        self._now = time.monotonic_ns() if monotonic_ns is None else monotonic_ns
        offset = (time.time_ns() if realtime_ns is None else realtime_ns) - self._now
        self._trusted = abs(offset - self._offset) <= _TRUSTED_DRIFT_NS
        self._offset = offset
        return self._now

    def arrived_at(self, stamp_ns: int) -> int:
        """The monotonic time for a wall-clock stamp (0: no stamp)."""
        age = self._now + self._offset - stamp_ns
        # A packet that came after synchronize() has a small negative age.
        if not self._trusted or not -_TRUSTED_AGE_NS <= age <= _TRUSTED_AGE_NS:
            return self._now
        return self._now - age
