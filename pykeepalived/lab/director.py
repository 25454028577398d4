"""A VRRP daemon on a director of the lab: ours or the real keepalived, from the same file."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from pykeepalived.lab import hostpackages
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.site import Site
from pykeepalived.lab.timeline import State, StateChange

# "(outside) Entering MASTER STATE": both daemons log it in these words.
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


class Director:
    """One daemon process. Its log goes to a file, and its state changes are read from it."""

    def __init__(self, site: Site, name: str, program: Program, configuration: Path, log: Path) -> None:
        self.name = name
        self.program = program
        self._log = log.open("ab")
        source = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
        argv = [*program.argv(), "-n", "-l", "-D", "-f", str(configuration)]
        self._process = subprocess.Popen(
            site.command(name, argv, own_run=True),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert self._process.stdout is not None
        self._pipe = self._process.stdout
        os.set_blocking(self._pipe.fileno(), False)
        self._rest = b""
        self._instance: str | None = None

    def fileno(self) -> int:
        return self._pipe.fileno()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self) -> Iterator[StateChange]:
        """State changes of the instance that the log names first. Ends when there is no more for now."""
        data = self._pipe.read()
        if not data:
            return
        self._log.write(data)
        self._log.flush()
        at = time.monotonic_ns()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if found := ENTERING.search(line.decode(errors="replace")):
                self._instance = self._instance or found["instance"]
                if found["instance"] == self._instance:
                    yield StateChange(at, self.name, State(found["state"].lower()))

    def stop(self, patience_s: float = 10.0) -> None:
        """In good order; by force when that takes too long."""
        if self.running:
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
