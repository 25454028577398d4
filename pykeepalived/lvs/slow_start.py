"""Slow start: a server that returns gets its weight in steps, so that cold caches are not overrun.  Pure.

Schedulers that count connections (wlc, wrr by weight) send a server whose weight is small next to the others'
little; weights of 1 leave nothing to step through, which is why :meth:`SlowStart.limit` is None for those at
once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pykeepalived.lvs.director import Identity
from pykeepalived.lvs.events import Limited
from pykeepalived.lvs.service import DestinationKey

MOST_STEPS = 50
"""Each step is a visit to the kernel."""

Name = tuple[Identity, DestinationKey]
FullWeight = Callable[[Name], int | None]
"""The weight a server has without limit now; None for one that a reload removed."""


@dataclass(frozen=True, slots=True)
class SlowStart:
    """From weight 1 at ``began_at`` to the full one ``length_ns`` later, evenly."""

    began_at: int
    length_ns: int

    def limit(self, full: int, now: int) -> int | None:
        """The most that the weight may be now; None when the full weight is reached."""
        steps = min(full - 1, MOST_STEPS)
        if steps <= 0 or now >= self.began_at + self.length_ns:
            return None
        return 1 + (full - 1) * self._step(steps, now) // steps

    def next_at(self, full: int, now: int) -> int:
        """When ``limit`` says something else than now."""
        steps = min(full - 1, MOST_STEPS)
        if steps <= 0:
            return now
        following = self._step(steps, now) + 1
        return self.began_at + -(-self.length_ns * following // steps)

    def _step(self, steps: int, now: int) -> int:
        return max(0, now - self.began_at) * steps // self.length_ns


class SlowStarts:
    """Every slow start under way.  The owner calls ``due`` at ``next_at`` and carries out what it returns."""

    def __init__(self, full_weight: FullWeight) -> None:
        self._full_weight = full_weight
        self._running: dict[Name, SlowStart] = {}
        self.next_at: int | None = None

    def begin(self, server: Name, length_ns: int, now: int) -> Limited:
        """Start one (anew); the limit that holds from now on.  A length of 0 is none at all."""
        self._running.pop(server, None)
        limit = None
        full = self._full_weight(server)
        if length_ns > 0 and full is not None:
            start = SlowStart(now, length_ns)
            limit = start.limit(full, now)
            if limit is not None:
                self._running[server] = start
        self._plan(now)
        return Limited(server[1], limit)

    def cancel(self, server: Name, now: int) -> None:
        """It has been drained, or has failed."""
        if self._running.pop(server, None) is not None:
            self._plan(now)

    def due(self, now: int) -> list[tuple[Identity, Limited]]:
        """The limits that hold now, of every server that starts slowly."""
        limits: list[tuple[Identity, Limited]] = []
        for server, start in list(self._running.items()):
            full = self._full_weight(server)
            limit = start.limit(full, now) if full is not None else None
            if limit is None:
                del self._running[server]
            limits.append((server[0], Limited(server[1], limit)))
        self._plan(now)
        return limits

    def _plan(self, now: int) -> None:
        times = [
            start.next_at(full, now) if (full := self._full_weight(server)) is not None else now
            for server, start in self._running.items()
        ]
        self.next_at = min(times, default=None)
