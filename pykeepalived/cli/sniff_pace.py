"""How much of a flood is written line by line: as much as somebody can look at."""

from __future__ import annotations

from pykeepalived.base.units import NANOSECONDS_PER_SECOND

LINES_PER_SECOND = 100
"""A terminal that is written to faster shows nothing and makes the listener miss packets."""


class LinePace:
    """Admits so many lines in each second of the packets' own time.  Pure."""

    __slots__ = ("_begun_at", "_lines", "swallowed")

    def __init__(self) -> None:
        self._begun_at = 0
        self._lines = 0
        self.swallowed = 0
        """Since :meth:`taken` was last asked."""

    def admits(self, at_ns: int) -> bool:
        """Whether the line of a packet of this time is to be written."""
        if not 0 <= at_ns - self._begun_at < NANOSECONDS_PER_SECOND:
            self._begun_at, self._lines = at_ns, 0
        self._lines += 1
        if self._lines <= LINES_PER_SECOND:
            return True
        self.swallowed += 1
        return False

    def taken(self) -> int:
        """How many were not, up to now; begins anew."""
        swallowed, self.swallowed = self.swallowed, 0
        return swallowed
