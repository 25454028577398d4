"""A VRRP daemon on a director of the lab: ours or the real keepalived, from the same file."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from pykeepalived.lab import hostpackages, netns
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.timeline import State, StateChange

# "(outside) Entering MASTER STATE": both daemons log it in these words.
FILLING = re.compile(rb"\n{2,}")
ENTERING = re.compile(r"\((?P<instance>[^)]+)\) Entering (?P<state>MASTER|BACKUP|FAULT) STATE")


class Program(StrEnum):
    PYKEEPALIVED = "pykeepalived"
    KEEPALIVED = "keepalived"

    def argv(self) -> list[str]:
        if self is Program.PYKEEPALIVED:
            return [sys.executable, "-m", "pykeepalived"]
        found = hostpackages.find("keepalived")
        if found is None:
            raise LabError("keepalived is not installed (Debian package keepalived)")
        return [found]


@dataclass(frozen=True, slots=True)
class DaemonFiles:
    """What a daemon is started with."""

    configuration: Path
    config_id: str = ""
    log_file: str = ""
    """Beside its standard output it logs to this file."""

    def argv(self, program: Program) -> list[str]:
        chosen = ["-i", self.config_id] if self.config_id else []
        if self.log_file:
            chosen.append(f"--log-file={self.log_file}")
        return [*program.argv(), "-n", "-l", "-D", *chosen, "-f", str(self.configuration)]


def environment() -> dict[str, str]:
    """That of a daemon: our package is found wherever it was started from."""
    source = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
    # Nor does a director of one run begin with what one of another left (pykeepalived.daemon.kept_start).
    return dict(os.environ) | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "CACHE_DIRECTORY": ""}


class Reading(StrEnum):
    """How the reader of a daemon's log goes on."""

    FINE = "fine"
    SLOW = "slow"
    STUCK = "stuck"


# A slow reader takes so much, so often.
SLOW_BYTES, SLOW_EVERY_S = 256, 0.1
# What a late reader finds is old: states that it tells are of then, not of now.
STALE_S = 1.0


class StateLog:
    """A daemon's log as it comes: kept in a file, and read for changes of state."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[StateChange]:
        at = time.monotonic_ns()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if found := ENTERING.search(line.decode(errors="replace")):
                yield StateChange(at, self._name, State(found["state"].lower()), found["instance"])


class Director:
    """One daemon process. Its log goes to a file, and its state changes are read from it."""

    def __init__(self, name: str, program: Program, argv: list[str], log: Path) -> None:
        self.name = name
        self.program = program
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment(), bufsize=0,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._pipe: IO[bytes] = self._process.stdout
        os.set_blocking(self._pipe.fileno(), False)
        self._states = StateLog(name)
        self.reading = Reading.FINE
        self._stale_until = 0.0
        self._read_at = 0.0

    def fileno(self) -> int:
        return self._pipe.fileno()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self) -> Iterator[StateChange]:
        """Changes of state that the log tells. Ends when there is no more for now."""
        now = time.monotonic()
        if self.reading is not Reading.FINE:
            self._stale_until = now + STALE_S
            if self.reading is Reading.STUCK or now < self._read_at + SLOW_EVERY_S:
                return
        self._read_at = now
        data = self._pipe.read(SLOW_BYTES if self.reading is Reading.SLOW else -1)
        if not data:
            return
        if now <= self._stale_until:
            data = FILLING.sub(b"\n", data)
        self._log.write(data)
        self._log.flush()
        changes = list(self._states.feed(data))
        if now > self._stale_until:
            yield from changes

    def read_log(self, reading: Reading) -> None:
        """Read its log so from now on; a bad reader begins with a pipe that is full of blank lines."""
        self.reading = reading
        self._stale_until = time.monotonic() + STALE_S
        if reading is not Reading.FINE:
            writer = os.open(f"/proc/self/fd/{self.fileno()}", os.O_WRONLY | os.O_NONBLOCK)
            try:
                for size in (4096, 1):
                    with contextlib.suppress(BlockingIOError):
                        while True:
                            os.write(writer, b"\n" * size)
            finally:
                os.close(writer)

    def signal_main(self, number: int) -> None:
        self._process.send_signal(number)

    def signal_all(self, number: int) -> None:
        """To the daemon and all its children, children first: none of them can react to another's."""
        for pid in [*netns.descendants(self.pid)[::-1], self.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self, patience_s: float = 10.0) -> None:
        """In good order; by force when that takes too long."""
        if self.running:
            self.signal_all(signal.SIGCONT)
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self.close()

    def close(self) -> None:
        self._process.wait(5)
        self._pipe.close()
        self._log.close()
