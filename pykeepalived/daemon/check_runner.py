"""Runs checkers: wakes each core at its deadline, makes the probes it asks for, gives the results back.

Probes are tasks of the event loop.  At most ``limit`` run at once; what is due beyond that waits its turn,
and its time limit counts from when it really starts.
"""

from __future__ import annotations

import asyncio
import random
import resource
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

from pykeepalived.checkers.port import Check, registry
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.loop import Clock, TimerDriver
from pykeepalived.health.checker import (
    Action,
    Checker,
    Event,
    Hastened,
    ProbeFinished,
    ProbeNotRun,
    Resumed,
    Standing,
    Started,
    StartProbe,
    Suspended,
    TimerFired,
    Told,
)
from pykeepalived.health.settings import CheckerSettings
from pykeepalived.health.verdict import ProbeNotRunError, Verdict

MAX_PROBES = 4096
"""Probes at once.  10,000 hanging servers with a time limit of 5 s then still get a turn every 12 s."""
_RESERVED_DESCRIPTORS = 64

Observer = Callable[[Hashable, Action], None]
"""Gets every action but StartProbe, with the key of its checker."""

log = get_logger()


def allowed_probes(*, more: bool = False) -> int:
    """How many probes the limit of open files admits; at most MAX_PROBES.

    ``more``: raise the limit as far as permitted.  Programs that are started later inherit it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_PROBES + _RESERVED_DESCRIPTORS
    if more and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(MAX_PROBES, soft - _RESERVED_DESCRIPTORS))


class _Entry:
    """One checker on its way."""

    __slots__ = ("check", "core", "key", "queued", "settings", "task", "trouble")

    def __init__(self, key: Hashable, settings: CheckerSettings, standing: Standing | None) -> None:
        self.key = key
        self.settings = settings
        self.core = Checker(settings.schedule, len(settings.targets), standing)
        self.check: Check[Any] = registry()[settings.kind]
        self.task: asyncio.Task[None] | None = None
        self.queued = False
        self.trouble = ""


class CheckRunner:
    """All checkers of a process, by key."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        observer: Observer,
        *,
        limit: int | None = None,
        clock: Clock = time.monotonic_ns,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._loop = loop
        self._observer = observer
        self._limit = limit if limit is not None else allowed_probes()
        self._may_raise = limit is None
        self._clock = clock
        self._chance = chance
        self._entries: dict[Hashable, _Entry] = {}
        self._waiting: deque[_Entry] = deque()
        self._running = 0
        self._timer = TimerDriver(loop, before_due=lambda: None, on_due=self._on_due, clock=clock)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def running(self) -> int:
        """How many probes are under way."""
        return self._running

    def add(
        self,
        key: Hashable,
        settings: CheckerSettings,
        standing: Standing | None = None,
        *,
        suspended: bool = False,
    ) -> None:
        """Begin a checker; its first probe comes within its warm-up time.  ``key`` must be new."""
        if key in self._entries:
            raise ValueError(f"there is a checker {key!r} already")
        entry = self._entries[key] = _Entry(key, settings, standing)
        if not suspended:
            self._send(entry, Started(self._chance()))

    def remove(self, key: Hashable) -> Standing:
        """End a checker and its probe; what it had learned."""
        entry = self._entries.pop(key)
        self._stop(entry)
        return entry.core.standing

    def standing_of(self, key: Hashable) -> Standing:
        """What the checker has learned."""
        return self._entries[key].core.standing

    def tell(self, key: Hashable, verdict: Verdict) -> None:
        """Give a checker that listens the news it waits for."""
        self._send(self._entries[key], Told(verdict))

    def hasten(self, key: Hashable) -> None:
        """Probe now: what is probed has changed.  Nothing while the checker rests or probes."""
        self._send(self._entries[key], Hastened())

    def suspend(self, key: Hashable) -> None:
        """No more probes; the standing stays."""
        self._stop(self._entries[key])

    def resume(self, key: Hashable) -> None:
        """Probe again, at once; nothing when it was not suspended."""
        self._send(self._entries[key], Resumed())

    def close(self) -> None:
        """End everything.  No result is reported after this."""
        for entry in self._entries.values():
            self._stop(entry)
        self._entries.clear()
        self._waiting.clear()
        self._timer.close()

    # ------------------------------------------------------------ inside

    def _stop(self, entry: _Entry) -> None:
        entry.core.handle(Suspended(), self._clock())
        self._timer.set(entry, None)
        if entry.task is not None:
            entry.task.cancel()
            entry.task = None

    def _on_due(self, entry: Hashable, now: int) -> None:
        assert isinstance(entry, _Entry)
        self._begin(entry, now)

    def _begin(self, entry: _Entry, now: int) -> None:
        if self._running >= self._limit and self._may_raise:
            self._may_raise = False
            self._limit = allowed_probes(more=True)
        if self._running >= self._limit:
            if not entry.queued:
                entry.queued = True
                self._waiting.append(entry)
            return
        self._send(entry, TimerFired(), now)

    def _send(self, entry: _Entry, event: Event, now: int | None = None) -> None:
        for action in entry.core.handle(event, self._clock() if now is None else now):
            if isinstance(action, StartProbe):
                self._running += 1
                entry.task = self._loop.create_task(self._probe(entry, action))
                entry.task.add_done_callback(self._ended)
            else:
                self._observer(entry.key, action)
        self._timer.set(entry, entry.core.deadline)

    async def _probe(self, entry: _Entry, start: StartProbe) -> None:
        event: Event = ProbeNotRun()
        try:
            verdict = await entry.check.probe(entry.settings.targets[start.step], start.deadline_at)
            event = ProbeFinished(verdict)
            entry.trouble = ""
        except ProbeNotRunError as problem:
            self._say_trouble(entry, str(problem))
        except Exception as bug:
            # A mistake in a check must neither take a server out nor end the other checks.
            self._say_trouble(entry, f"{type(bug).__name__}: {bug}")
            log.exception(f"{entry.settings.kind} ended by an error of pykeepalived")
        # Cancelled probes never come here, so the entry is still ours.
        entry.task = None
        self._send(entry, event)

    def _ended(self, _task: asyncio.Task[None]) -> None:
        """A probe is over, or was cancelled, perhaps before its first step."""
        self._running -= 1
        while self._waiting and self._running < self._limit:
            entry = self._waiting.popleft()
            entry.queued = False
            if entry.key in self._entries:
                self._send(entry, TimerFired())

    def _say_trouble(self, entry: _Entry, problem: str) -> None:
        """Once per kind of trouble, not once per probe."""
        if problem != entry.trouble:
            entry.trouble = problem
            log.warning(
                f"{entry.settings.kind} could not be made, which says nothing about the server: {problem}"
            )
