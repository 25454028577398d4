"""Running tracked scripts on the clock that :mod:`pykeepalived.tracking.scripts` sets.

They run here, in the notifier process, because starting a program costs about a millisecond: two hundred of
them every second must not stand between the vrrp process and its advertisements.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pykeepalived.base.umask import DEFAULT_UMASK
from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.ipc.messages import ScriptUser
from pykeepalived.ipc.process_end import open_end
from pykeepalived.notify.plan import Command
from pykeepalived.notify.scripts import Report, spawn
from pykeepalived.programs.starting import START_ERRORS
from pykeepalived.tracking.scripts import Answer, Run, Say, ScriptAction, ScriptRuns, Signal
from pykeepalived.tracking.settings import ScriptSettings


class Verdict(Protocol):
    """Whom a script's state is told: 1 good, 0 bad, None for a line without news."""

    def __call__(self, name: str, status: int | None, line: str) -> None: ...


@dataclass(slots=True)
class _Running:
    """A run that has not been reaped."""

    process: subprocess.Popen[bytes]
    end: int


class TrackScripts:
    """Performs what :class:`ScriptRuns` decides."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        verdict: Verdict,
        report: Report,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._loop = loop
        self._verdict = verdict
        self._report = report
        self._clock = clock
        self._runs = ScriptRuns((), 0)
        self._running: dict[str, _Running] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._refused: set[str] = set()
        self.umask = DEFAULT_UMASK

    def start(self, settings: Iterable[ScriptSettings], known: Mapping[str, bool]) -> None:
        """Begin; ``known`` are verdicts from before this process died."""
        self._runs = ScriptRuns(settings, self._clock(), known)
        for name, good in self._runs.verdicts().items():
            self._verdict(name, int(good), "")
        self._arm()

    def configure(self, settings: Iterable[ScriptSettings]) -> None:
        """A reload."""
        for action in self._runs.configure(settings, self._clock()):
            if isinstance(action, Signal):
                self._abandon(action.name, action.number)
        self._arm()

    def running(self) -> tuple[str, ...]:
        """Scripts that run now."""
        return tuple(self._running)

    def close(self) -> None:
        """Kill what runs: nobody wants the answers any more."""
        if self._timer is not None:
            self._timer.cancel()
        for name in list(self._running):
            self._signal(name, signal.SIGKILL)
            self._reap(name)

    # ------------------------------------------------------------ clock

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        at = self._runs.deadline
        self._timer = None
        if at is not None:
            delay = max(0, at - self._clock()) / NANOSECONDS_PER_SECOND
            self._timer = self._loop.call_later(delay, self._due)

    def _due(self) -> None:
        self._perform(self._runs.due(self._clock()))
        self._arm()

    # ------------------------------------------------------------ actions

    def _perform(self, actions: Iterable[ScriptAction]) -> None:
        for action in actions:
            match action:
                case Run(name=name):
                    self._run(name)
                case Signal(name=name, number=number):
                    self._signal(name, number)
                case Answer(name=name, good=good, line=line):
                    self._verdict(name, int(good), line)
                case Say(name=name, text=text):
                    self._verdict(name, None, text)

    def _run(self, name: str) -> None:
        settings = self._runs.settings(name)
        user = ScriptUser(settings.uid, settings.gid, settings.groups)
        try:
            process = spawn(Command(settings.argv, user, settings.by_symlink), self.umask)
        except START_ERRORS as problem:
            if name not in self._refused:
                self._refused.add(name)
                words = " ".join(settings.argv)
                self._report("warning", f"track script {name}: cannot run {words}: {problem}")
            self._perform(self._runs.not_started(name))
            return
        self._refused.discard(name)
        end = open_end(process.pid)
        self._running[name] = _Running(process, end)
        self._loop.add_reader(end, self._ended, name)

    def _signal(self, name: str, number: signal.Signals) -> None:
        running = self._running.get(name)
        if running is not None:
            # Its process group, of which it is not reaped yet: the number is still theirs.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(running.process.pid, number)

    def _ended(self, name: str) -> None:
        pid = self._running[name].process.pid
        # What it left behind in its group goes only when it was ended by us: a check may start a daemon.
        status = self._reap(name)
        for action in self._runs.ended(name, status):
            if isinstance(action, Signal):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, action.number)
            else:
                self._perform([action])
        self._arm()

    def _abandon(self, name: str, number: signal.Signals) -> None:
        """End a script that is no more; what it answers is no answer of another one with its name."""
        self._signal(name, number)
        running = self._running.pop(name, None)
        if running is not None:
            self._loop.remove_reader(running.end)
            self._loop.add_reader(running.end, self._bury, running)

    def _bury(self, running: _Running) -> None:
        self._loop.remove_reader(running.end)
        os.close(running.end)
        running.process.wait()

    def _reap(self, name: str) -> int:
        running = self._running.pop(name)
        self._loop.remove_reader(running.end)
        os.close(running.end)
        return running.process.wait()
