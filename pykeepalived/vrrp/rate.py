"""Limits that keep a flood of valid packets from becoming a flood of answers or log lines."""

from __future__ import annotations

from collections.abc import Hashable

from pykeepalived.base.units import NANOSECONDS_PER_SECOND


class TokenBucket:
    """``capacity`` at once, then one per ``period_ns``."""

    __slots__ = ("capacity", "full_at", "period_ns")

    def __init__(self, capacity: int, period_ns: int) -> None:
        self.capacity = capacity
        self.period_ns = period_ns
        self.full_at = 0
        """When the bucket would be full again if nobody took anything (monotonic ns)."""

    def take(self, now: int) -> bool:
        """Take one token if there is one."""
        full_at = max(self.full_at, now) + self.period_ns
        if full_at - now > self.capacity * self.period_ns:
            return False
        self.full_at = full_at
        return True


class Quietener:
    """Lets the first of each kind through and then one per ``period_ns``, counting what it held back.

    Kinds are few and fixed (enum members), so that the table is bounded.
    """

    __slots__ = ("_kinds", "period_ns")

    def __init__(self, period_ns: int = 10 * NANOSECONDS_PER_SECOND) -> None:
        self.period_ns = period_ns
        self._kinds: dict[Hashable, tuple[int, int]] = {}

    def allow(self, kind: Hashable, now: int) -> int | None:
        """None: keep quiet.  Otherwise speak, and say that this many were held back before."""
        entry = self._kinds.get(kind)
        if entry is None:
            self._kinds[kind] = (now + self.period_ns, 0)
            return 0
        open_at, held_back = entry
        if now < open_at:
            self._kinds[kind] = (open_at, held_back + 1)
            return None
        self._kinds[kind] = (now + self.period_ns, 0)
        return held_back
