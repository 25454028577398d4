"""When to try again what the kernel refused: soon at first, then less and less often.  Pure."""

from __future__ import annotations

FIRST_PAUSE_NS = 1_000_000_000
LONGEST_PAUSE_NS = 32_000_000_000


class Patience:
    """Pauses of 1 s, 2 s, 4 s and so on up to 32 s; ``due_at`` (monotonic ns) is None while nothing waits."""

    __slots__ = ("_pause_ns", "due_at")

    def __init__(self) -> None:
        self._pause_ns = FIRST_PAUSE_NS
        self.due_at: int | None = None

    def refused(self, now: int) -> None:
        """Something new was refused: what waits already waits no longer for it."""
        self._pause_ns = FIRST_PAUSE_NS
        self.due_at = now + FIRST_PAUSE_NS if self.due_at is None else min(self.due_at, now + FIRST_PAUSE_NS)

    def is_due(self, now: int) -> bool:
        """Whether it is time to try."""
        return self.due_at is not None and now >= self.due_at

    def tried(self, now: int, *, left: bool) -> None:
        """It was tried again; ``left``: something is still refused."""
        if not left:
            self._pause_ns, self.due_at = FIRST_PAUSE_NS, None
        elif self.is_due(now):
            self._pause_ns = min(2 * self._pause_ns, LONGEST_PAUSE_NS)
            self.due_at = now + self._pause_ns
