"""A folder with a configuration, and the daemon of :mod:`tests.support.toy_daemon` that runs from it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.eventually import PATIENCE_SECONDS, eventually
from tests.support.left_over import processes_of

ROOT = Path(__file__).parents[2]


class Toy:
    """A folder with a configuration, and the daemon that runs from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "toy.json"
        self.journal_file = folder / "journal"
        self.output = folder / "output"
        self.pid_files = {name: folder / f"{name}.pid" for name in ("keepalived", "vrrp", "checkers")}
        self.process: subprocess.Popen[bytes] | None = None
        self.data: dict[str, object] = {"children": {"vrrp": {}, "checker": {}}}

    def write(self, **changes: object) -> None:
        self.data = {"journal": str(self.journal_file), **self.data, **changes}
        self.config.write_text(json.dumps(self.data))

    def command(self, *options: str) -> list[str]:
        pids = [f"-p{self.pid_files['keepalived']}", f"-r{self.pid_files['vrrp']}"]
        pids.append(f"-c{self.pid_files['checkers']}")
        return [sys.executable, "-m", "tests.support.toy_daemon", f"-f{self.config}", "-G", *pids, *options]

    def start(self, *options: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
        self.write()
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                self.command("-n", "-l", "-D", *options),
                stdout=output if stdout is None else stdout,
                stderr=output,
                cwd=ROOT,
                start_new_session=True,
            )
        return self.process

    def started(self, *options: str) -> subprocess.Popen[bytes]:
        process = self.start(*options)
        eventually(lambda: "Startup complete" in self.log(), f"start: {self.log()}")
        return process

    def log(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def journal(self) -> list[str]:
        return self.journal_file.read_text().splitlines() if self.journal_file.exists() else []

    def said(self, name: str) -> list[str]:
        """What one child noted, without its pid."""
        return [line.split(" ", 2)[2] for line in self.journal() if line.startswith(f"{name} ")]

    def pid(self, name: str) -> int:
        return int(self.pid_files[name].read_text())

    def vips(self) -> list[str]:
        return [path.name for path in self.folder.glob("journal.vip.*")]

    def left(self) -> list[int]:
        """Processes that still run from this folder."""
        return processes_of(self.config)

    def assert_gone(self) -> None:
        """No process and no "VIP" of a child that was asked to stop."""
        eventually(lambda: not self.left(), f"processes left: {self.left()}")
        assert [] == self.vips()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    daemon = Toy(tmp_path)
    yield daemon
    for pid in daemon.left():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if daemon.process is not None:
        daemon.process.wait()
