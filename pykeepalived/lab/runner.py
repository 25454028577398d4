"""Conducts one run: makes things happen on a stage, and keeps what is observed in a :class:`Record`.

The methods are what a scenario is written in; each returns when its time or its condition has come, and
reading goes on all the while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pykeepalived.lab import examples
from pykeepalived.lab.director import DaemonFiles, Program, Reading
from pykeepalived.lab.disk import DiskState
from pykeepalived.lab.stage import CONT, HUP, KILL, STOP, TERM, NamespaceStage, Seen, Stage
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

DISK_MARKS = {
    DiskState.FULL: MarkKind.DISK_FULL,
    DiskState.HUNG: MarkKind.DISK_HUNG,
    DiskState.SLOW: MarkKind.DISK_SLOW,
    DiskState.FINE: MarkKind.DISK_FINE,
}
LOG_MARKS = {
    Reading.STUCK: MarkKind.LOG_STUCK,
    Reading.SLOW: MarkKind.LOG_SLOW,
    Reading.FINE: MarkKind.LOG_FINE,
}
Listener = Callable[[Record, Seen | Mark], None]


class Runner:
    """A running site. Use as a context manager."""

    def __init__(
        self,
        stage: Stage,
        out: Path,
        *,
        programs: dict[str, Program] | None = None,
        rate: float = 50.0,
        timeout_s: float = 0.5,
        listener: Listener = lambda record, event: None,
        each_second: Callable[[Record], None] = lambda record: None,
    ) -> None:
        self.stage = stage
        self.layout = layout = stage.layout
        self.programs = dict.fromkeys(layout.directors, Program.PYKEEPALIVED) | (programs or {})
        self._out = out
        self._rate, self._timeout_s = rate, timeout_s
        self._listener, self._each_second = listener, each_second
        self._expected_to_run: set[str] = set()
        self._without_power: set[str] = set()
        self._unread: set[str] = set()
        self.record = Record(
            vip=layout.vip,
            directors=layout.directors,
            servers=layout.servers,
            began_at=time.monotonic_ns(),
            title=layout.title,
            daemons={name: str(program) for name, program in self.programs.items()},
            watched=layout.watched,
            targets=layout.targets,
        )
        self._next_second = self.record.began_at + SECOND_NS

    @classmethod
    def of_example(
        cls, name: str, out: Path, programs: dict[str, Program] | None = None, rate: float = 50.0
    ) -> Runner:
        """An example of conf.examples on namespaces of this kernel."""
        return cls(namespace_stage(name, out), out, programs=programs, rate=rate)

    # ------------------------------------------------------------------ beginning and end

    def __enter__(self) -> Runner:
        self._out.mkdir(parents=True, exist_ok=True)
        for old in self._out.glob("*.log"):
            if not old.name.endswith("-scripts.log"):
                old.unlink()
        try:
            self.stage.open(self.hear)
            self.record.began_at = time.monotonic_ns()
            self._next_second = self.record.began_at + SECOND_NS
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.stage.close()

    # ------------------------------------------------------------------ daemons

    def start_director(self, name: str) -> None:
        now, carried = time.monotonic_ns(), self.layout.carried
        # Without VRRP there is nothing to become.
        self.hear(StateChange(now, name, State.MASTER if carried else State.STARTING))
        for address in carried:
            self.hear(Holding(now, name, address, present=True))
        self._unread.discard(name)
        self.stage.start_daemon(name, self.programs[name])
        self._expected_to_run.add(name)

    def launch(self, name: str) -> None:
        """Start a daemon that was stopped or killed before."""
        self.mark(MarkKind.LAUNCHED, name)
        self.start_director(name)

    def stop_director(self, name: str, patience_s: float = 15.0) -> bool:
        """SIGTERM, and wait until it has ended; False when it did not."""
        self._expected_to_run.discard(name)
        at = self.stage.signal(name, TERM)
        self.mark(MarkKind.STOPPED, name, at=at)
        ended = self.until(lambda: not self.stage.running(name), patience_s)
        self.hear(StateChange(time.monotonic_ns(), name, State.OFF))
        return ended

    def crash(self, name: str) -> None:
        """SIGKILL to all processes of the daemon; the machine and its addresses stay."""
        self._expected_to_run.discard(name)
        at = self.stage.signal(name, KILL, everyone=True)
        self.mark(MarkKind.CRASHED, name, at=at)
        self.until(lambda: not self.stage.running(name), 5.0)
        self.hear(StateChange(at, name, State.OFF))

    def reload(self, name: str, changed: Path | None = None) -> None:
        """SIGHUP; ``changed`` is the file that it finds from now on."""
        if changed is not None:
            self.stage.replace_configuration(name, changed)
        self.mark(MarkKind.RELOADED, name, at=self.stage.signal(name, HUP))

    def stall(self, name: str) -> None:
        """SIGSTOP to all processes of the daemon: what a hung disk or a frozen VM does to it."""
        self.mark(MarkKind.STALLED, name, at=self.stage.signal(name, STOP, everyone=True))

    def resume(self, name: str) -> None:
        self.mark(MarkKind.RESUMED, name, at=self.stage.signal(name, CONT, everyone=True))

    def switch(self, name: str, program: Program, patience_s: float = 15.0) -> bool:
        """Another daemon takes over the same file on that machine, as a package upgrade does it."""
        self._expected_to_run.discard(name)
        at = self.stage.signal(name, TERM)
        self.mark(MarkKind.SWITCHED, name, f"from {self.programs[name]} to {program}", at=at)
        if not self.until(lambda: not self.stage.running(name), patience_s):
            return False
        self.hear(StateChange(time.monotonic_ns(), name, State.OFF))
        self.programs[name] = program
        self.record.daemons[name] += f", then {program}"
        self.start_director(name)
        return True

    # ------------------------------------------------------------------ what ails a machine

    def suspend(self, name: str) -> None:
        self.mark(MarkKind.SUSPENDED, name, at=self.stage.suspend(name))

    def wake(self, name: str) -> None:
        self.mark(MarkKind.WOKEN, name, at=self.stage.wake(name))

    def disk(self, name: str, state: DiskState) -> None:
        self.stage.set_disk(name, state)
        self.mark(DISK_MARKS[state], name)

    def log(self, name: str, reading: Reading) -> None:
        """While its log is not read as it comes, its state is concluded from what it sends and holds."""
        self.stage.set_log(name, reading)
        (self._unread.discard if reading is Reading.FINE else self._unread.add)(name)
        self.mark(LOG_MARKS[reading], name)

    def clock(self, seconds: float) -> None:
        self.mark(MarkKind.CLOCK_SET, text=f"{seconds:+g} s")
        self.stage.set_clock(seconds)

    def ended(self) -> list[str]:
        """Directors whose daemon should be there and is not."""
        return [name for name in sorted(self._expected_to_run) if not self.stage.running(name)]

    # ------------------------------------------------------------------ machines, cables, servers

    def start_client(self) -> None:
        self.stage.start_client(self._rate, self._timeout_s)

    def power_off(self, name: str) -> None:
        """SIGKILL to everything on the machine, and its cables cut: what a power failure looks like."""
        self._expected_to_run.discard(name)
        at = self.stage.power_off(name)
        self._without_power.add(name)
        self.mark(MarkKind.KILLED, name, at=at)
        held = [h.address for h in self.record.holdings if h.director == name and h.present]
        for address in dict.fromkeys(held):
            self.hear(Holding(at, name, address, present=False))
        self.hear(StateChange(at, name, State.OFF))

    def power_on(self, name: str) -> None:
        self.mark(MarkKind.RETURNED, name)
        self.stage.power_on(name)
        self._without_power.discard(name)
        if name in self.layout.directors:
            self.start_director(name)

    def link(self, name: str, interface: str | None, *, up: bool) -> None:
        self.mark(MarkKind.LINK_UP if up else MarkKind.LINK_DOWN, name, interface or "all interfaces")
        self.stage.set_link(name, interface, up=up)

    def partition(self, names: Iterable[str]) -> None:
        """These directors and the others no longer hear each other; clients and servers notice nothing."""
        apart = set(names)
        others = set(self.layout.directors) - apart
        pairs = [(one, other) for one in sorted(apart) for other in sorted(others)]
        self.stage.forbid([*pairs, *((other, one) for one, other in pairs)])
        # Afterwards: on machines of their own it takes a while, in which adverts still arrive.
        self.mark(MarkKind.CUT_OFF, ",".join(sorted(apart)), "from the other directors")

    def deafen(self, sender: str, receiver: str) -> None:
        """What the one sends does not reach the other any more; the other way round it does."""
        self.stage.forbid([(sender, receiver)])
        self.mark(MarkKind.DEAFENED, receiver, f"to what {sender} sends")

    def heal(self) -> None:
        self.mark(MarkKind.HEALED)
        self.stage.forbid([])

    def stop_server(self, name: str) -> None:
        self.mark(MarkKind.SERVER_DIED, name)
        self.stage.stop_server(name)

    def start_server(self, name: str) -> None:
        self.mark(MarkKind.SERVER_BACK, name)
        self.stage.start_server(name)

    # ------------------------------------------------------------------ time

    def mark(self, kind: MarkKind, director: str = "", text: str = "", at: int | None = None) -> None:
        self.hear(Mark(time.monotonic_ns() if at is None else at, kind, director, text))

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
            self.stage.poll(max(0.0, min(deadline - now, second, 0.1)))
            late_ns = time.monotonic_ns() - self._next_second
            if late_ns >= 0:  # a machine that stood still for seconds gets one line for all of them
                self._next_second += SECOND_NS * (1 + late_ns // SECOND_NS)
                self._each_second(self.record)
        return True

    # ------------------------------------------------------------------ questions

    @property
    def timeout_ns(self) -> int:
        """How long the client waits for an answer."""
        return int(self._timeout_s * SECOND_NS)

    def served_by(self, seconds: float = 1.0) -> set[str]:
        """Servers whose answers came in the last seconds; empty when any request failed meanwhile."""
        since = time.monotonic_ns() - int(seconds * SECOND_NS)
        servers = {asked.server for asked in self._recent(since)}
        return set() if None in servers else {server for server in servers if server}

    def all_serve(self) -> bool:
        """No request of the last second failed, and of each target every server answered that should."""
        recent = self._recent(time.monotonic_ns() - SECOND_NS)
        return all(asked.server is not None for asked in recent) and not any(self._unserved(recent))

    def unserved(self) -> list[str]:
        """What is still missing for that, in words."""
        return list(self._unserved(self._recent(time.monotonic_ns() - SECOND_NS)))

    def _unserved(self, recent: list[Asked]) -> Iterator[str]:
        for index, target in enumerate(self.layout.targets):
            served = {asked.server for asked in recent if asked.target == index and asked.server is not None}
            wanted = (
                {name for name, _ in target.shares if name in self.servers_up()}
                if target.all_serve
                else set()
            )
            if wanted - served:
                yield f"{target.label}: no answer from {', '.join(sorted(wanted - served))}"
            elif not served:
                yield f"{target.label}: no answer"

    def servers_up(self) -> set[str]:
        down: set[str] = set()
        for mark in self.record.marks:
            if mark.kind is MarkKind.SERVER_DIED:
                down.add(mark.director)
            elif mark.kind is MarkKind.SERVER_BACK:
                down.discard(mark.director)
        return set(self.record.servers) - down

    def _recent(self, since: int) -> list[Asked]:
        """Requests that ended since then; the list grows by the end of requests, so look from its end."""
        found = []
        for asked in reversed(self.record.asked):
            if asked.ended_at < since - SECOND_NS:
                break
            if asked.ended_at >= since:
                found.append(asked)
        return found

    # ------------------------------------------------------------------ listening

    def hear(self, event: Seen | Mark) -> None:
        match event:
            case Asked():
                self.record.asked.append(event)
            case Advert(director=name):
                self.record.adverts.append(event)
                if name in self._unread and event.priority and self.record.state(name) is not State.MASTER:
                    self.record.note_state(StateChange(event.at, name, State.MASTER))
            case Announcement():
                self.record.announcements.append(event)
            case Holding(director=name):
                self.record.holdings.append(event)
                if name in self._unread and event.address == self.record.vip and not event.present:
                    self.record.note_state(StateChange(event.at, name, State.BACKUP))
            case StateChange(director=name, state=state):
                if name in self._without_power and state is not State.OFF:
                    return  # the end of its log, read when it was dead already
                self.record.note_state(event)
            case Mark():
                self.record.marks.append(event)
        self._listener(self.record, event)


def namespace_stage(name: str, out: Path) -> NamespaceStage:
    """The stage of an example."""
    files = {
        director: DaemonFiles(path.resolve()) for director, path in examples.configuration_files(name).items()
    }
    out.mkdir(parents=True, exist_ok=True)
    return NamespaceStage(examples.find(name), out, files, {})
