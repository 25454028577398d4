"""A router that tracks things, ours or keepalived, on its own LAN, with what it tracks under our hands."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.daemon_argv import daemon_argv
from tests.support.vrrp_lab import Lan, Listener, eventually

ROOT = Path(__file__).parents[2]
KEEPALIVED = shutil.which("keepalived", path="/usr/sbin:/sbin:/usr/local/sbin")

CHECK = """#!/bin/sh
exec test ! -e {folder}/{name}.bad
"""


class Site:
    """Namespace ``a`` of a LAN with a second link ``eth1``, whose other end ``eth1p`` can be taken down.

    The daemon is started outside of the namespace and goes there by ``net_namespace``: process events exist
    only in the first one.
    """

    def __init__(self, lan: Lan, folder: Path, program: str) -> None:
        self.lan = lan
        self.folder = folder
        self.program = program
        self.namespace = lan.names["a"]
        self.listener = Listener(lan, "a")
        self.daemon: subprocess.Popen[bytes] | None = None
        self._tracked: list[subprocess.Popen[bytes]] = []
        lan.ip("a", "link", "add", "eth1", "type", "veth", "peer", "name", "eth1p")
        for name in ("eth1", "eth1p"):
            lan.ip("a", "link", "set", name, "up")
        for name in ("first", "second"):
            script = folder / name
            script.write_text(CHECK.format(folder=folder, name=name))
            script.chmod(0o755)

    @property
    def config(self) -> Path:
        return self.folder / "keepalived.conf"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def write(self, text: str) -> None:
        """A configuration in which @DIR@ is our folder and @PROCESS@ a process that we can start."""
        head = f"net_namespace {self.namespace}\n"
        marker = f"sleep 86{os.getpid()}"
        self.config.write_text(head + text.replace("@DIR@", str(self.folder)).replace("@PROCESS@", marker))

    def start(self, text: str) -> None:
        self.write(text)
        if self.program == "keepalived":
            run = self.folder / "run"
            (run / "netns").mkdir(parents=True)
            words = daemon_argv(self.config, program=(KEEPALIVED or "", "-P"))
            command = (
                f"mount --rbind /run/netns {run}/netns && mount --rbind {run} /run && "
                f"mount --bind /dev/null /dev/console; exec {' '.join(words)}"
            )
            words = ["unshare", "-m", "sh", "-c", command]
        else:
            words = daemon_argv(self.config)
        with open(self.folder / "log", "ab") as log:
            self.daemon = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    def reload(self, text: str) -> None:
        assert self.daemon is not None
        self.write(text)
        self.daemon.send_signal(signal.SIGHUP)

    def end(self) -> None:
        for one in self._tracked:
            one.kill()
            one.wait()
        self._tracked.clear()
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.terminate()
            try:
                self.daemon.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.daemon.pid, signal.SIGKILL)
                self.daemon.wait()
        self.listener.close()

    # ------------------------------------------------------------ what is tracked

    def script(self, name: str, good: bool) -> None:
        mark = self.folder / f"{name}.bad"
        if good:
            mark.unlink(missing_ok=True)
        else:
            mark.touch()

    def number(self, value: int | None) -> None:
        """Write the tracked file in one step, or take it away."""
        path = self.folder / "number"
        if value is None:
            path.unlink()
        else:
            (self.folder / "number.new").write_text(f"{value}\n")
            (self.folder / "number.new").rename(path)

    def link(self, up: bool) -> None:
        self.lan.ip("a", "link", "set", "eth1p", "up" if up else "down")

    def process(self, running: bool) -> None:
        if running:
            self._tracked.append(subprocess.Popen(["sleep", f"86{os.getpid()}"]))
        else:
            with contextlib.suppress(IndexError):
                one = self._tracked.pop()
                one.kill()
                one.wait()

    # ------------------------------------------------------------ what is seen

    def priorities(self) -> list[int]:
        """Priorities of the adverts so far, each change once."""
        seen: list[int] = []
        for _, priority, _ in self.listener.adverts():
            if not seen or seen[-1] != priority:
                seen.append(priority)
        return seen

    def until(self, priority: int, seconds: float = 15.0) -> None:
        """Adverts come with this priority."""
        eventually(
            lambda: (self.priorities() or [-1])[-1] == priority,
            lambda: f"priority {priority} ({self.program}); seen {self.priorities()}; log:\n{self.log}",
            seconds,
        )


@contextmanager
def site(name: str, folder: Path, program: str = "ours") -> Iterator[Site]:
    """For the length of a block."""
    folder.mkdir(parents=True, exist_ok=True)
    with Lan(name) as lan:
        made = Site(lan, folder, program)
        try:
            yield made
        finally:
            made.end()
