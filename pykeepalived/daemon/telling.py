"""What is only told (logged, counted, announced to other processes) and what it must not delay."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


class Telling:
    """Calls that nobody outside of this host waits for: made at once, or after everything else."""

    def __init__(self) -> None:
        self._held: list[Callable[[], object]] | None = None

    def soon(self, tell: Callable[[], object]) -> None:
        """Now, or at the end of :meth:`last`; the order stays."""
        if self._held is None:
            tell()
        else:
            self._held.append(tell)

    @contextlib.contextmanager
    def last(self) -> Iterator[None]:
        """For many routers at once: none waits for what is told of those before it."""
        held: list[Callable[[], object]] = []
        self._held = held
        try:
            yield
        finally:
            self._held = None
            for tell in held:
                tell()
