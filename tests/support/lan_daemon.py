"""A whole daemon in a namespace of the LAN of two, and what it says when it is asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from pykeepalived.cli.asking import NoAnswerError, ask
from tests.support.vrrp_lab import Lan, eventually

ROOT = Path(__file__).parents[2]


class LanDaemon:
    """``letter`` is the namespace.  Stop it at the end."""

    def __init__(self, lan: Lan, letter: str, folder: Path, text: str) -> None:
        self._folder = folder / letter
        self._folder.mkdir()
        self._namespace = lan.names[letter]
        self.pid_file = str(self._folder / "p.pid")
        self.file = self._folder / "keepalived.conf"
        self.file.write_text(text)
        pid_files = [word for option in "prc" for word in (f"-{option}", str(self._folder / f"{option}.pid"))]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command("-n", "-l", "-D", "-f", str(self.file), *pid_files),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def _command(self, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self._namespace, sys.executable, "-m", "pykeepalived", *words]

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def instance(self, name: str) -> dict[str, Any]:
        """Its part of the status document; empty while nobody answers."""
        try:
            document = ask(self.pid_file, "status")
        except NoAnswerError:
            return {}
        return next((one for one in document["instances"] if one["name"] == name), {})

    def until(self, name: str, state: str) -> None:
        eventually(
            lambda: self.instance(name).get("state") == state, lambda: f"{name} {state}; log:\n{self.log()}"
        )

    def say(self, *words: str, asked: bool = True) -> tuple[int, str]:
        """Exit status and output of a command beside it; ``asked``: with its pid file."""
        command = self._command(*words, *(("-p", self.pid_file) if asked else ()))
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
