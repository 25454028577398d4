"""Running commands for others: as their user, and never longer than we live."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from pykeepalived.ipc.process_end import open_end
from pykeepalived.notify.plan import Command
from pykeepalived.programs.starting import START_ERRORS, start

KILL_AFTER_SECONDS = 0.3
"""Between SIGTERM and SIGKILL."""
MOST_AT_ONCE = 8
"""Runs of one script: who never ends must not fill the machine with every change of state.

Ours (keepalived has no limit): a script may take as long as it wants, and even several times over.
"""

Report = Callable[[str, str], None]
"""``report(level, text)`` writes a line to the log; level is ``debug`` or ``warning``."""


def spawn(command: Command, umask: int) -> subprocess.Popen[bytes]:
    """Start a command as its user; raises one of START_ERRORS."""
    return start(command.argv, command.user, umask, by_symlink=command.by_symlink)


@dataclass(slots=True)
class _Running:
    """A command that was started and has not been reaped."""

    name: str
    process: subprocess.Popen[bytes]
    end: int
    ending: bool = False


class ScriptRunner:
    """Starts commands and notices their end.

    The ninth run of one name ends the first: the latest change of state is what has to be heard.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, report: Report, umask: int) -> None:
        self._loop = loop
        self._report = report
        self._running: dict[int, _Running] = {}
        self._runs: collections.Counter[str] = collections.Counter()
        self.umask = umask
        self.changed: Callable[[], None] = lambda: None
        """Called whenever a command has ended."""

    @property
    def running(self) -> int:
        """How many commands have not ended yet."""
        return len(self._running)

    def start(self, command: Command, name: str) -> int | None:
        """Start a command; its pid, or None when that failed (which is logged)."""
        if self._runs[name] >= MOST_AT_ONCE:
            self._end_oldest(name)
        try:
            process = spawn(command, self.umask)
        except START_ERRORS as problem:
            self._report("warning", f"{name}: cannot run {' '.join(command.argv)}: {problem}")
            return None
        end = open_end(process.pid)
        self._running[process.pid] = _Running(name, process, end)
        self._runs[name] += 1
        self._loop.add_reader(end, self._ended, process.pid)
        self._report("debug", f"{name}: running {' '.join(command.argv)}, pid={process.pid}")
        return int(process.pid)

    def stop(self, pid: int) -> None:
        """End one command: SIGTERM now, SIGKILL a moment later if it is still there."""
        if pid in self._running:
            self._running[pid].ending = True
        self._signal(pid, signal.SIGTERM)
        self._loop.call_later(KILL_AFTER_SECONDS, self._signal, pid, signal.SIGKILL)

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to the process group of every command."""
        for pid in self.pids():
            self._signal(pid, number)

    def pids(self) -> list[int]:
        """What is running, the oldest first."""
        return list(self._running)

    def names(self) -> list[str]:
        """What is running, for the log."""
        return [running.name for running in self._running.values()]

    def _end_oldest(self, name: str) -> None:
        """Of those with this name that are not ending already."""
        oldest = next((p for p, one in self._running.items() if one.name == name and not one.ending), None)
        if oldest is not None:
            self._report(
                "warning",
                f"{name}: {MOST_AT_ONCE} runs of this script have not ended; ending the oldest, pid={oldest}",
            )
            self.stop(oldest)

    def _signal(self, pid: int, number: signal.Signals) -> None:
        if pid in self._running:  # not reaped yet, so the number is still theirs
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)

    def _ended(self, pid: int) -> None:
        running = self._running.pop(pid)
        self._runs[running.name] -= 1
        if not self._runs[running.name]:
            del self._runs[running.name]
        self._loop.remove_reader(running.end)
        os.close(running.end)
        status = running.process.wait()
        if status > 0:
            self._report("warning", f"{running.name}: script exited with status {status}")
        elif status < 0:
            self._report("warning", f"{running.name}: script ended by {signal.Signals(-status).name}")
        self.changed()
