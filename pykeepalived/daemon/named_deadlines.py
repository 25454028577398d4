"""What the supervisor does later: a few actions, each under a name that sets it anew or forgets it."""

from __future__ import annotations

import time
from collections.abc import Callable


class NamedDeadlines:
    """Points in time of CLOCK_MONOTONIC, in nanoseconds."""

    def __init__(self) -> None:
        self._actions: dict[str, tuple[int, Callable[[], None]]] = {}

    def after(self, name: str, delay_ns: int, action: Callable[[], None]) -> None:
        """Do it in ``delay_ns``, instead of what was to be done under this name."""
        self._actions[name] = (time.monotonic_ns() + delay_ns, action)

    def forget(self, name: str) -> None:
        """Do not do it."""
        self._actions.pop(name, None)

    def clear(self) -> None:
        """Do nothing of it."""
        self._actions.clear()

    def __contains__(self, name: str) -> bool:
        return name in self._actions

    @property
    def earliest(self) -> int | None:
        """When ``expire`` has something to do."""
        return min((at for at, _ in self._actions.values()), default=None)

    def expire(self, now: int) -> None:
        """Do what is due; an action may set and forget others."""
        for name, (at, action) in list(self._actions.items()):
            if at <= now and self._actions.get(name) == (at, action):
                del self._actions[name]
                action()
