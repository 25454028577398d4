"""Where a scenario is played: what it can do to machines, and the same done with network namespaces.

A stage reports everything it observes to one listener; the points in time are those of this machine's
CLOCK_MONOTONIC.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Protocol

from pykeepalived.lab import hostpackages
from pykeepalived.lab.director import DaemonFiles, Director, Program
from pykeepalived.lab.layout import Layout
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.site import Site
from pykeepalived.lab.standins import StandIns
from pykeepalived.lab.timeline import Advert, Announcement, Holding, StateChange
from pykeepalived.lab.traffic import Asked
from pykeepalived.lab.watch import AddressWatch, WireTap

Seen = Advert | Announcement | Holding | StateChange | Asked
Hear = Callable[[Seen], None]


class Stage(Protocol):
    """Machines of a layout, and what can befall them. Methods return when it is done, but for ``stop``."""

    layout: Layout

    @property
    def doubt_ns(self) -> int:
        """How far the times of observations may be off from each other."""

    def has_keepalived(self) -> bool:
        """Whether its directors have the real one, as far as that is known before the site is built."""

    def open(self, hear: Hear) -> None:
        """Build the site; real servers serve, no director runs a daemon yet."""

    def close(self) -> None: ...

    def poll(self, patience_s: float) -> None:
        """Report what happened; wait for something that long."""

    def start_daemon(self, name: str, program: Program) -> None: ...

    def signal(self, name: str, number: int, *, everyone: bool = False) -> int:
        """To the director's daemon, or to all its processes; return when it was sent."""

    def running(self, name: str) -> bool:
        """Whether its daemon is there."""

    def start_server(self, name: str) -> None: ...

    def stop_server(self, name: str) -> None:
        """The server of that machine dies; the machine stays."""

    def start_client(self, rate: float, timeout_s: float) -> None: ...

    def power_off(self, name: str) -> int:
        """What a power failure looks like; return when the cables went dead."""

    def power_on(self, name: str) -> None:
        """It boots; what serves there serves again, its daemon is not started."""

    def set_link(self, name: str, interface: str | None, *, up: bool) -> None: ...

    def forbid(self, pairs: Iterable[tuple[str, str]]) -> None:
        """From the first of a pair nothing reaches the second; all other ways are open again."""

    def log_end(self, name: str) -> str:
        """The last lines of a director's log."""


def serving_argv(layout: Layout, name: str) -> list[str]:
    """The server of a machine, without the interpreter."""
    machine = layout.machine(name)
    statuses = [f"{path}={status}" for path, status in machine.statuses if " " not in path]
    return ["-m", "pykeepalived.lab.traffic", "serve", name, *map(str, machine.listens), *statuses]


def asking_argv(layout: Layout, rate: float, timeout_s: float) -> list[str]:
    words = [f"{target.protocol}/{target.port}/{target.address}" for target in layout.targets]
    return ["-m", "pykeepalived.lab.traffic", "ask", str(rate), str(timeout_s), *words]


class AskedStream:
    """The client's output as observations."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        os.set_blocking(stream.fileno(), False)
        self._rest = b""

    def fileno(self) -> int:
        return self._stream.fileno()

    def read(self) -> list[Asked]:
        *lines, self._rest = (self._rest + (self._stream.read() or b"")).split(b"\n")
        return [Asked.from_line(line.decode()) for line in lines]


class NamespaceStage:
    """A :class:`Stage` of network namespaces on this kernel, which has one clock."""

    doubt_ns = 0

    def __init__(
        self, layout: Layout, out: Path, files: dict[str, DaemonFiles], stand_ins: dict[str, StandIns]
    ) -> None:
        self.layout = layout
        self.site = Site(layout, out)
        self._out = out
        self._files = files
        self._stand_ins = stand_ins
        self._selector = selectors.DefaultSelector()
        self._directors: dict[str, Director] = {}
        self._watches: dict[str, AddressWatch] = {}
        self._helpers: dict[str, subprocess.Popen[bytes]] = {}

    def has_keepalived(self) -> bool:
        return hostpackages.find("keepalived") is not None

    def open(self, hear: Hear) -> None:
        self._hear = hear
        self.site.__enter__()
        self._tap = WireTap(self.site.wires)
        self._listen(self._tap)
        for name in self.layout.directors:
            self._watch(name)
        for name in self.layout.servers:
            self.start_server(name)

    def close(self) -> None:
        for process in self._helpers.values():
            process.kill()
        for director in self._directors.values():
            director.stop(patience_s=5.0)
        for process in self._helpers.values():
            process.wait()
        for watch in self._watches.values():
            watch.close()
        self.site.close()
        self._selector.close()

    def poll(self, patience_s: float) -> None:
        for key, _ in self._selector.select(patience_s):
            for seen in key.data():
                self._hear(seen)

    # ------------------------------------------------------------------ daemons

    def start_daemon(self, name: str, program: Program) -> None:
        if name in self._directors:
            if self._directors[name].running:
                raise LabError(f"{name} already runs a daemon")
            self._forget_daemon(name)
        stand_ins = self._stand_ins.get(name)
        argv = self.site.command(
            name,
            self._files[name].argv(program),
            own_run=True,
            mounts=stand_ins.shell() if stand_ins else "",
        )
        director = Director(name, program, argv, self._out / f"{name}.log")
        self._directors[name] = director
        self._listen(director)

    def _forget_daemon(self, name: str) -> None:
        director = self._directors.pop(name)
        for seen in director.read():
            self._hear(seen)
        self._selector.unregister(director)
        director.close()

    def signal(self, name: str, number: int, *, everyone: bool = False) -> int:
        if not self.running(name):
            raise LabError(f"no daemon is running on {name}")
        director = self._directors[name]
        at = time.monotonic_ns()
        if everyone:
            director.signal_all(number)
        else:
            director.signal_main(number)
        return at

    def running(self, name: str) -> bool:
        return name in self._directors and self._directors[name].running

    def log_end(self, name: str) -> str:
        path = self._out / f"{name}.log"
        return path.read_text(errors="replace").rstrip()[-1500:] if path.exists() else ""

    # ------------------------------------------------------------------ servers and client

    def start_server(self, name: str) -> None:
        with (self._out / f"{name}-server.log").open("ab") as log:
            self._helpers[name] = self._start(name, serving_argv(self.layout, name), stderr=log)

    def stop_server(self, name: str) -> None:
        process = self._helpers.pop(name, None)
        if process is None:
            raise LabError(f"no server is running on {name}")
        process.kill()
        process.wait()

    def start_client(self, rate: float, timeout_s: float) -> None:
        if not self.layout.targets:
            return
        client = self._start("client", asking_argv(self.layout, rate, timeout_s), stdout=subprocess.PIPE)
        self._helpers["client"] = client
        assert client.stdout is not None
        self._listen(AskedStream(client.stdout))

    def _start(self, machine: str, argv: list[str], **streams: object) -> subprocess.Popen[bytes]:
        source = str(Path(__file__).parents[2])
        command = self.site.command(machine, ["env", f"PYTHONPATH={source}", sys.executable, *argv])
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, **streams)  # type: ignore[call-overload, no-any-return]

    # ------------------------------------------------------------------ machines and cables

    def power_off(self, name: str) -> int:
        watch, director = self._watches.pop(name, None), self._directors.pop(name, None)
        if watch is not None:
            for seen in watch.read():
                self._hear(seen)
        at = time.monotonic_ns()
        if director is not None:
            # Before the cables: it would see the first one go and say good-bye through the second.
            director.signal_all(KILL)
        self.site.cut_cables(name)
        if watch is not None:
            self._selector.unregister(watch)
        if director is not None:
            self._selector.unregister(director)
        self.site.power_off(name)
        if director is not None:
            director.close()
        if watch is not None:
            watch.close()
        helper = self._helpers.pop(name, None)
        if helper is not None:
            helper.wait()
        return at

    def power_on(self, name: str) -> None:
        self.site.power_on(name)
        if name in self.layout.directors:
            self._watch(name)
        if name in self.layout.servers:
            self.start_server(name)

    def set_link(self, name: str, interface: str | None, *, up: bool) -> None:
        self.site.cut_cables(name, up=up, interface=interface)

    def forbid(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.site.forbid(pairs)

    def _watch(self, name: str) -> None:
        watch = AddressWatch(self.site.namespace(name), name)
        self._watches[name] = watch
        self._listen(watch)

    def _listen(self, source: Director | AddressWatch | WireTap | AskedStream) -> None:
        self._selector.register(source, selectors.EVENT_READ, source.read)


TERM, HUP, STOP, CONT, KILL = (
    int(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL)
)
