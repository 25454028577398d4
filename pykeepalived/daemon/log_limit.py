"""At most one log line of a kind per interval, with a count of what was swallowed."""

from __future__ import annotations

from collections.abc import Hashable

_MAX_KINDS = 1024


class LogLimit:
    """Decides whether a line may be written now.

    The number of kinds that are remembered is bounded: a flood with made-up sender addresses must not grow
    the process.  Beyond it, new kinds share one.
    """

    __slots__ = ("_interval_ns", "_kinds", "_swept_at")

    def __init__(self, interval_ns: int) -> None:
        self._interval_ns = interval_ns
        self._kinds: dict[Hashable, tuple[int, int]] = {}
        self._swept_at = 0

    def admit(self, kind: Hashable, now: int, lines: int = 1) -> int | None:
        """How many lines of this kind were swallowed since the last one; None: swallow this one, too.

        This one may stand for several ``lines``.
        """
        if kind not in self._kinds and len(self._kinds) >= _MAX_KINDS:
            if now - self._swept_at >= self._interval_ns:
                self._forget_old(now)
            if len(self._kinds) >= _MAX_KINDS:
                kind = None
        known = self._kinds.get(kind)
        if known is None:
            self._kinds[kind] = (now, 0)
            return 0
        written_at, swallowed = known
        if now - written_at < self._interval_ns:
            self._kinds[kind] = (written_at, swallowed + lines)
            return None
        self._kinds[kind] = (now, 0)
        return swallowed

    def _forget_old(self, now: int) -> None:
        """At most once per interval: it looks at every kind."""
        self._swept_at = now
        self._kinds = {
            kind: known for kind, known in self._kinds.items() if now - known[0] < self._interval_ns
        }
