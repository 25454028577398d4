"""All sessions of a process: by name, with discriminators that no other session of this host has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from pykeepalived.bfd.actions import Action
from pykeepalived.bfd.events import ConfigChanged, Event, Shutdown, Standing, Startup
from pykeepalived.bfd.session import Session
from pykeepalived.bfd.settings import SessionSettings

Step = tuple[Session, Action]
"""Who wants what done.  The session, because one that was removed still has its farewell to send."""


class Sessions:
    """``chance`` gives numbers in [0, 1), ``draw`` numbers from 1 to 2^32 - 1 that nobody can guess."""

    def __init__(self, chance: Callable[[], float], draw: Callable[[], int]) -> None:
        self._chance = chance
        self._draw = draw
        self._by_name: dict[str, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(self._by_name.values())

    def __contains__(self, session: object) -> bool:
        return session in self._by_name.values()

    def __len__(self) -> int:
        return len(self._by_name)

    def get(self, name: str) -> Session | None:
        """The session of this name."""
        return self._by_name.get(name)

    def configure(
        self, wanted: Iterable[SessionSettings], now: int, resumed: Mapping[str, Standing] | None = None
    ) -> list[Step]:
        """Have exactly these sessions.  Those that stay go on as they are, with their new timers.

        A session to another neighbour, or by another way, is a new one even under an old name.
        ``resumed`` is what the supervisor remembers of sessions whose process died.
        """
        known = resumed or {}
        settings = {one.name: one for one in wanted}
        steps: list[Step] = []
        for name, session in list(self._by_name.items()):
            if name not in settings or settings[name].path != session.settings.path:
                del self._by_name[name]
                steps += _steps(session, Shutdown(), now)
        before = self._by_name
        self._by_name = {}
        for name, one in settings.items():
            session = before.get(name) or Session(one, 0, self._chance)
            self._by_name[name] = session
            if name in before:
                if session.settings != one:
                    steps += _steps(session, ConfigChanged(one), now)
                continue
            standing = known.get(name)
            taken = {other.discriminator for other in self}
            if standing is not None and standing.discriminator in taken:
                standing = None
            if standing is None:
                session.discriminator = self._unused(taken)
            steps += _steps(session, Startup(standing), now)
        return steps

    def stop(self, now: int) -> list[Step]:
        """End every session in good order."""
        return [step for session in self for step in _steps(session, Shutdown(), now)]

    def _unused(self, taken: set[int]) -> int:
        while True:
            number = self._draw()
            if number and number not in taken:
                return number


def _steps(session: Session, event: Event, now: int) -> list[Step]:
    return [(session, action) for action in session.handle(event, now)]
