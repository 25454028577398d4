"""Conducts one run on a site: starts what belongs on the machines, listens to it, makes things happen.

Everything observed lands in a :class:`Record`. The methods are what a scenario is written in; each
returns when its time or its condition has come, and reading goes on all the while.
"""

from __future__ import annotations

import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pykeepalived.lab.director import Director, Program
from pykeepalived.lab.examples import Example, configuration_folder
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.site import Site
from pykeepalived.lab.timeline import (
    SECOND_NS,
    Advert,
    Announcement,
    Holding,
    Mark,
    MarkKind,
    Record,
    State,
    StateChange,
)
from pykeepalived.lab.traffic import Asked
from pykeepalived.lab.watch import AddressWatch, WireTap

Event = Advert | Announcement | Holding | StateChange | Mark
Listener = Callable[[Record, Event], None]


class Runner:
    """A running site. Use as a context manager."""

    def __init__(
        self,
        example: Example,
        out: Path,
        *,
        programs: dict[str, Program] | None = None,
        configurations: Path | None = None,
        rate: float = 50.0,
        timeout_s: float = 0.25,
        listener: Listener = lambda record, event: None,
        each_second: Callable[[Record], None] = lambda record: None,
    ) -> None:
        self.example = example
        self.site = Site(example, out)
        self._out = out
        self._programs = dict.fromkeys(example.directors, Program.PYKEEPALIVED) | (programs or {})
        self._configurations = configurations or configuration_folder(example)
        self._rate, self._timeout_s = rate, timeout_s
        self._listener, self._each_second = listener, each_second
        self._selector = selectors.DefaultSelector()
        self._directors: dict[str, Director] = {}
        self._watches: dict[str, AddressWatch] = {}
        self._helpers: dict[str, subprocess.Popen[bytes]] = {}
        self._client_rest = b""
        self.record = Record(
            vip=example.vip,
            directors=example.directors,
            servers=example.servers,
            began_at=time.monotonic_ns(),
            title=example.title,
            daemons={name: str(program) for name, program in self._programs.items()},
        )
        self._next_second = self.record.began_at + SECOND_NS

    # ------------------------------------------------------------------ beginning and end

    def __enter__(self) -> Runner:
        self._out.mkdir(parents=True, exist_ok=True)
        for old in self._out.glob("*.log"):
            old.unlink()
        self.site.__enter__()
        try:
            self._tap = WireTap(self.site.wires)
            self._listen(self._tap, self._read_wire)
            for server in self.example.servers:
                self.start_server(server)
            self.record.began_at = time.monotonic_ns()
            self._next_second = self.record.began_at + SECOND_NS
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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

    # ------------------------------------------------------------------ what a scenario says

    def start_director(self, name: str) -> None:
        watch = AddressWatch(self.site.namespace(name), name)
        self._watches[name] = watch
        self._listen(watch, lambda: self._note_all(watch.read()))
        self._note(StateChange(time.monotonic_ns(), name, State.STARTING))
        configuration = self._configurations / f"director-{name}.conf"
        log = self._out / f"{name}.log"
        director = Director(self.site, name, self._programs[name], configuration, log)
        self._directors[name] = director
        self._listen(director, lambda: self._note_all(director.read()))

    def start_server(self, name: str) -> None:
        argv = [sys.executable, "-m", "pykeepalived.lab.traffic", "serve", name]
        log = (self._out / f"{name}.log").open("ab")
        with log:
            self._helpers[name] = self._start(name, argv, stderr=log)

    def stop_server(self, name: str) -> None:
        """The web server of that machine dies; the machine stays."""
        process = self._helpers.pop(name)
        process.kill()
        process.wait()

    def start_client(self) -> None:
        argv = [sys.executable, "-m", "pykeepalived.lab.traffic", "ask"]
        argv += [self.example.vip, str(self._rate), str(self._timeout_s)]
        client = self._start("client", argv, stdout=subprocess.PIPE)
        self._helpers["client"] = client
        assert client.stdout is not None
        self._listen(client.stdout, self._read_client)

    def power_off(self, name: str) -> None:
        """SIGKILL to everything on the machine, and its cables cut: what a power failure looks like."""
        watch, director = self._watches.pop(name), self._directors.pop(name)
        self._note_all(watch.read())
        at = time.monotonic_ns()
        self.site.cut_cables(name)
        self._note(Mark(at, MarkKind.KILLED, name))
        for source in (watch, director):
            self._selector.unregister(source)
        killed = self.site.power_off(name)
        director.close()
        watch.close()
        self._helpers.pop(name, None)
        held = [h.address for h in self.record.holdings if h.director == name and h.present]
        for address in dict.fromkeys(held):
            self._note(Holding(at, name, address, present=False))
        self._note(StateChange(at, name, State.OFF))
        if not killed:
            raise LabError(f"nothing was running on {name}")

    def power_on(self, name: str) -> None:
        self._note(Mark(time.monotonic_ns(), MarkKind.RETURNED, name))
        self.site.power_on(name)
        if self.site.machines[name].serves:
            self.start_server(name)
        self.start_director(name)

    def mark(self, kind: MarkKind, director: str = "", text: str = "") -> None:
        self._note(Mark(time.monotonic_ns(), kind, director, text))

    def stay(self, seconds: float) -> None:
        self.until(lambda: False, seconds)

    def until(self, condition: Callable[[], bool], patience_s: float) -> bool:
        """Go on reading until the condition holds; False when it did not in that time."""
        deadline = time.monotonic() + patience_s
        while not condition():
            now = time.monotonic()
            if now >= deadline:
                return False
            second = (self._next_second - time.monotonic_ns()) / 1e9
            for key, _ in self._selector.select(max(0.0, min(deadline - now, second, 0.1))):
                key.data()
            if time.monotonic_ns() >= self._next_second:
                self._next_second += SECOND_NS
                self._each_second(self.record)
        return True

    def served_by(self, seconds: float = 1.0) -> set[str]:
        """Servers whose answers came in the last seconds; empty when any request failed meanwhile."""
        since = time.monotonic_ns() - int(seconds * SECOND_NS)
        recent = [asked for asked in self.record.asked if asked.ended_at >= since]
        servers = {asked.server for asked in recent}
        return set() if None in servers else {server for server in servers if server}

    def ended(self) -> list[str]:
        """Directors that should be running a daemon and are not."""
        return [name for name, director in self._directors.items() if not director.running]

    # ------------------------------------------------------------------ reading

    def _start(self, machine: str, argv: list[str], **streams: object) -> subprocess.Popen[bytes]:
        source = str(Path(__file__).parents[2])
        command = self.site.command(machine, ["env", f"PYTHONPATH={source}", *argv])
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, **streams)  # type: ignore[call-overload, no-any-return]

    def _listen(self, source: object, read: Callable[[], object]) -> None:
        self._selector.register(source, selectors.EVENT_READ, read)  # type: ignore[arg-type]

    def _read_wire(self) -> None:
        self._note_all(self._tap.read())

    def _read_client(self) -> None:
        stream = self._helpers["client"].stdout
        assert stream is not None
        data = stream.read1(1 << 16)  # type: ignore[attr-defined]
        if not data:
            self._selector.unregister(stream)
            return
        *lines, self._client_rest = (self._client_rest + data).split(b"\n")
        self.record.asked += [Asked.from_line(line.decode()) for line in lines]

    def _note_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self._note(event)

    def _note(self, event: Event) -> None:
        match event:
            case Advert():
                self.record.adverts.append(event)
            case Announcement():
                self.record.announcements.append(event)
            case Holding():
                self.record.holdings.append(event)
            case StateChange():
                self.record.states.append(event)
            case Mark():
                self.record.marks.append(event)
        self._listener(self.record, event)
