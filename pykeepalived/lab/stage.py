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
from dataclasses import replace
from pathlib import Path
from typing import IO, Protocol

from pykeepalived.lab import disk, guest, hostpackages, netns
from pykeepalived.lab.director import DaemonFiles, Director, Program, Reading
from pykeepalived.lab.disk import Disks, DiskState
from pykeepalived.lab.layout import Layout
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.site import Site
from pykeepalived.lab.standins import StandIns
from pykeepalived.lab.timeline import SECOND_NS, Advert, Announcement, Holding, StateChange
from pykeepalived.lab.traffic import Asked
from pykeepalived.lab.watch import AddressWatch, WireTap

# Where the directors' own disks are mounted, for as long as a lab runs; and a log file on them.
DISK_FOLDER, LOG_FILE = Path("/run/pykeepalived-lab"), "/run/keepalived.log"
Seen = Advert | Announcement | Holding | StateChange | Asked
Hear = Callable[[Seen], None]


class Stage(Protocol):
    """Machines of a layout, and what can befall them. Methods return when it is done, but for ``stop``."""

    layout: Layout

    @property
    def doubt_ns(self) -> int:
        """How far the times of observations may be off from each other."""

    @property
    def cannot(self) -> tuple[str, ...]:
        """Verbs of a scenario that are impossible here."""

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

    def suspend(self, name: str) -> int:
        """The whole machine stands still, and no packet leaves it; return since when."""

    def wake(self, name: str) -> int: ...

    def set_disk(self, name: str, state: DiskState) -> None: ...

    def set_log(self, name: str, reading: Reading) -> None: ...

    def set_clock(self, seconds: float) -> None:
        """The wall clocks of the directors jump by that much."""

    def replace_configuration(self, name: str, path: Path) -> None:
        """From now on the director's daemon finds this file's text in its own one's place."""

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
        self,
        layout: Layout,
        out: Path,
        files: dict[str, DaemonFiles],
        stand_ins: dict[str, StandIns],
        *,
        own_disks: bool = False,
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
        self._own_disks = own_disks
        self._disks: Disks | None = None
        self._asleep: dict[str, list[int]] = {}
        self._replaced: dict[str, Path] = {}

    @property
    def cannot(self) -> tuple[str, ...]:
        return () if guest.inside_guest() else ("clock",)

    def has_keepalived(self) -> bool:
        return hostpackages.find("keepalived") is not None

    def open(self, hear: Hear) -> None:
        self._hear = hear
        self.site.__enter__()
        if self._own_disks:
            if not disk.supported():
                raise LabError("this kernel has no ext4 on loop devices; --vm uml plays it in a guest")
            self._disks = Disks(DISK_FOLDER / self.site.wires)
        self._tap = WireTap(self.site.wires)
        self._listen(self._tap)
        for name in self.layout.directors:
            self._watch(name)
            self._new_disk(name)
        for name in self.layout.servers:
            self.start_server(name)

    def close(self) -> None:
        for name in list(self._asleep):
            self.wake(name)
        if self._disks is not None:
            for name in self._directors:
                self._disks.set(name, DiskState.FINE)  # else they would not end
        for process in self._helpers.values():
            process.kill()
        for director in self._directors.values():
            director.stop(patience_s=5.0)
        for process in self._helpers.values():
            process.wait()
        for watch in self._watches.values():
            watch.close()
        self.site.close()
        if self._disks is not None:
            self._disks.close()
        self._selector.close()

    def poll(self, patience_s: float) -> None:
        for key, _ in self._selector.select(patience_s):
            for seen in key.data():
                self._hear(seen)
        for director in self._directors.values():
            if director.reading is Reading.SLOW:
                for seen in director.read():
                    self._hear(seen)

    # ------------------------------------------------------------------ daemons

    def start_daemon(self, name: str, program: Program) -> None:
        if name in self._directors:
            if self._directors[name].running:
                raise LabError(f"{name} already runs a daemon")
            self._forget_daemon(name)
        stand_ins = self._stand_ins.get(name)
        files, folder, mounts = self._files[name], None, stand_ins.shell() if stand_ins else ""
        if self._own_disks:
            folder = DISK_FOLDER / self.site.wires / name
            if program is Program.PYKEEPALIVED:  # Debian's keepalived is built without
                files = replace(files, log_file=LOG_FILE)
        if name in self._replaced:
            mounts += f" && mount -n --bind '{self._replaced[name]}' '{files.configuration}'"
        argv = self.site.command(name, files.argv(program), own_run=True, run_folder=folder, mounts=mounts)
        director = Director(name, program, argv, self._out / f"{name}.log")
        self._directors[name] = director
        self._listen(director)

    def _forget_daemon(self, name: str) -> None:
        director = self._directors.pop(name)
        for seen in director.read():
            self._hear(seen)
        self._unlisten(director)
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
        if name in self._asleep:
            self.wake(name)
        watch, director = self._watches.pop(name, None), self._directors.pop(name, None)
        if watch is not None:
            for seen in watch.read():
                self._hear(seen)
        at = time.monotonic_ns()
        if director is not None:
            # Before the cables: it would see the first one go and say good-bye through the second.
            director.signal_all(KILL)
        self.site.cut_cables(name)
        if self._disks is not None:
            self._disks.set(name, DiskState.FINE)  # else they would not die
        if watch is not None:
            self._selector.unregister(watch)
        if director is not None:
            self._unlisten(director)
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
            self._new_disk(name)
        if name in self.layout.servers:
            self.start_server(name)

    def suspend(self, name: str) -> int:
        if name in self._asleep:
            raise LabError(f"{name} is suspended already")
        self.site.silence(name, silent=True)
        at = time.monotonic_ns()
        self._asleep[name] = netns.freeze_all(self.site.namespace(name))
        return at

    def wake(self, name: str) -> int:
        if name not in self._asleep:
            raise LabError(f"{name} is not suspended")
        self.site.silence(name, silent=False)
        at = time.monotonic_ns()
        netns.signal_each(self._asleep.pop(name), CONT)
        return at

    # ------------------------------------------------------------------ disks, logs, clocks, files

    def _new_disk(self, name: str) -> None:
        if self._disks is not None:
            self._disks.make(name)

    def set_disk(self, name: str, state: DiskState) -> None:
        if self._disks is None:
            raise LabError("the directors of this site have no disks of their own")
        self._disks.set(name, state)

    def set_log(self, name: str, reading: Reading) -> None:
        if name not in self._directors:
            raise LabError(f"no daemon is running on {name}")
        director = self._directors[name]
        if director.reading is Reading.FINE and reading is not Reading.FINE:
            self._unlisten(director)
        if director.reading is not Reading.FINE and reading is Reading.FINE:
            self._listen(director)
        director.read_log(reading)

    def set_clock(self, seconds: float) -> None:
        if not guest.inside_guest():
            raise LabError("this machine's clock is not set; --vm uml plays the scenario in a guest")
        self.poll(0)
        time.clock_settime_ns(time.CLOCK_REALTIME, time.time_ns() + int(seconds * SECOND_NS))

    def replace_configuration(self, name: str, path: Path) -> None:
        if not self.running(name):
            raise LabError(f"no daemon is running on {name}")
        target = str(self._files[name].configuration)
        # -r: in the guest the root of a mount namespace is not what its processes have as root.
        inside = ["nsenter", "-t", str(self._directors[name].pid), "-m", "-r"]
        netns.run([*inside, "mount", "-n", "--bind", str(path), target])
        self._replaced[name] = path

    def set_link(self, name: str, interface: str | None, *, up: bool) -> None:
        self.site.cut_cables(name, up=up, interface=interface)

    def forbid(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.site.forbid(pairs)

    def _watch(self, name: str) -> None:
        watch = AddressWatch(self.site.namespace(name), name)
        self._watches[name] = watch
        self._listen(watch)

    def _unlisten(self, director: Director) -> None:
        if director.reading is Reading.FINE:
            self._selector.unregister(director)

    def _listen(self, source: Director | AddressWatch | WireTap | AskedStream) -> None:
        self._selector.register(source, selectors.EVENT_READ, source.read)


TERM, HUP, STOP, CONT, KILL = (
    int(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL)
)
