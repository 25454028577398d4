"""A whole daemon in a namespace, and what it says when it is asked."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pykeepalived.cli.asking import NoAnswerError, ask
from tests.support.daemon_argv import OURS, daemon_argv, pid_file
from tests.support.eventually import eventually
from tests.support.vrrp_lab import Lan

ROOT = Path(__file__).parents[2]


class WholeDaemon:
    """Runs from ``keepalived.conf`` in ``folder``, which takes its log and pid files.  Stop it at the end.

    ``through`` is the beginning of a command that runs what follows it.
    """

    def __init__(
        self, namespace: str, folder: Path, text: str, *options: str, through: Sequence[str] = ()
    ) -> None:
        self._folder = folder
        self._inside = ["ip", "netns", "exec", namespace]
        self._through = through
        self._options = options
        self.pid_file = str(pid_file(folder))
        self.config = folder / "keepalived.conf"
        self.config.write_text(text)
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Once more, after an end."""
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._inside, *self._through, *daemon_argv(self.config, *self._options)],
                cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        return self.process

    def reload(self, text: str) -> None:
        self.config.write_text(text)
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> float:
        """In good order, unless it has ended; how many seconds that took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.terminate()
            assert 0 == self.process.wait(20)
        return time.monotonic() - began

    def pid(self, process: str) -> int:
        """The number of one of its processes (:data:`tests.support.daemon_argv.PID_FILES`)."""
        return int(pid_file(self._folder, process).read_text())

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def wait_for(self, words: str, times: int = 1) -> None:
        eventually(lambda: self.log().count(words) >= times, f"'{words}' in the log", 40)

    def instance(self, name: str) -> dict[str, Any]:
        """Its part of the status document; empty while nobody answers."""
        try:
            document = ask(self.pid_file, "status")
        except NoAnswerError:
            return {}
        return next((one for one in document["instances"] if one["name"] == name), {})

    def state(self, name: str) -> str:
        """Of an instance; empty while nobody answers."""
        return str(self.instance(name).get("state", ""))

    def until(self, name: str, state: str) -> None:
        eventually(lambda: self.state(name) == state, lambda: f"{name} {state}; log:\n{self.log()}")

    def say(self, *words: str, asked: bool = True) -> tuple[int, str]:
        """Exit status and output of a command beside it; ``asked``: with its pid file."""
        command = [*self._inside, *OURS, *words, *(("-p", self.pid_file) if asked else ())]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr


class LanDaemon(WholeDaemon):
    """In the namespace of a LAN that ``letter`` names, with a folder of this name below ``folder``."""

    def __init__(
        self, lan: Lan, letter: str, folder: Path, text: str, *options: str, through: Sequence[str] = ()
    ) -> None:
        (folder / letter).mkdir()
        super().__init__(lan.names[letter], folder / letter, text, *options, through=through)
