"""Which processes are tracked ones, how many there are, and whether that is a quorum.

Facts about processes go in (from /proc and from the kernel's process events), changes of quorums come out.
The rules are those of keepalived 2.4.3: a fork of a tracked process counts as one more until it executes
something else; ``fork_delay`` holds back what a fork changes and ``terminate_delay`` what an end changes,
and a change that comes back within the delay is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pykeepalived.tracking.settings import ParameterMatch, ProcessSettings


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """One running process: ``comm`` is its name (at most 15 characters), ``cmdline`` its NUL-ended words.

    What nobody asks for may be None, see :attr:`ProcessCounts.wants_comm`.
    """

    pid: int
    comm: str | None = None
    cmdline: bytes | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    """All processes there are: at the start, and after events were lost."""

    processes: tuple[ProcessFacts, ...]


@dataclass(frozen=True, slots=True)
class Forked:
    """A process made a copy of itself."""

    parent: int
    child: int


@dataclass(frozen=True, slots=True)
class Executed:
    """A process runs another program now."""

    facts: ProcessFacts


@dataclass(frozen=True, slots=True)
class Renamed:
    """A process changed its name, not its program."""

    pid: int
    comm: str


@dataclass(frozen=True, slots=True)
class Exited:
    """A process ended."""

    pid: int


@dataclass(frozen=True, slots=True)
class TimerFired:
    """``deadline`` was reached."""


ProcessEvent = Scanned | Forked | Executed | Renamed | Exited | TimerFired


@dataclass(frozen=True, slots=True)
class QuorumChanged:
    """A tracked process has its quorum now, or has lost it."""

    name: str
    up: bool


def parameters_match(settings: ProcessSettings, present: bytes) -> bool:
    """Compare the arguments of a process (NUL-ended each) with the wanted ones.

    EXACT: the same ones; PARTIAL: it begins with them, word by word; INITIAL: as PARTIAL, but the last
    wanted word may be the beginning of a longer one.
    """
    wanted = settings.parameters
    match settings.match:
        case ParameterMatch.NONE:
            return True
        case ParameterMatch.EXACT:
            return present == wanted
        case ParameterMatch.PARTIAL:
            return present.startswith(wanted)
        case ParameterMatch.INITIAL:
            return len(present) >= len(wanted) and present.startswith(wanted[:-1])


@dataclass(slots=True)
class _Tracked:
    """A tracked process: how many there are, and when a change that waits for its delay counts (ns)."""

    settings: ProcessSettings
    count: int = 0
    up: bool | None = None
    fork_at: int | None = None
    end_at: int | None = None

    @property
    def quorate(self) -> bool:
        return self.settings.quorum <= self.count <= self.settings.quorum_max


@dataclass(slots=True)
class ProcessCounts:
    """The tracked processes of this host; give it ``Scanned`` first."""

    _tracked: dict[str, _Tracked] = field(default_factory=dict)
    _names: dict[int, set[str]] = field(default_factory=dict)
    """Which tracked processes a pid counts for."""

    @classmethod
    def of(cls, settings: Iterable[ProcessSettings]) -> ProcessCounts:
        return cls({one.name: _Tracked(one) for one in settings})

    @property
    def wants_comm(self) -> bool:
        return any(not one.settings.full_command for one in self._tracked.values())

    @property
    def wants_cmdline(self) -> bool:
        return any(one.settings.full_command for one in self._tracked.values())

    @property
    def deadline(self) -> int | None:
        """When ``TimerFired`` is wanted."""
        points = [at for one in self._tracked.values() for at in (one.fork_at, one.end_at) if at is not None]
        return min(points, default=None)

    def counts(self) -> dict[str, int]:
        """How many processes there are of each tracked one."""
        return {name: one.count for name, one in self._tracked.items()}

    def waiting(self) -> dict[str, tuple[bool, bool]]:
        """Whether a fork delay and a terminate delay of each tracked process runs."""
        return {
            name: (one.fork_at is not None, one.end_at is not None) for name, one in self._tracked.items()
        }

    def quorums(self) -> dict[str, bool]:
        """What was last said of each tracked process."""
        return {name: one.up for name, one in self._tracked.items() if one.up is not None}

    def configure(self, settings: Iterable[ProcessSettings]) -> None:
        """A reload: what is the same keeps its state; give it ``Scanned`` afterwards."""
        old = self._tracked
        self._tracked = {}
        for one in settings:
            known = old.get(one.name)
            self._tracked[one.name] = known if known and known.settings == one else _Tracked(one)
        self._names = {}

    def handle(self, event: ProcessEvent, now: int) -> list[QuorumChanged]:
        """Take one event at the monotonic time ``now`` (ns)."""
        out: list[QuorumChanged] = []
        match event:
            case Scanned(processes=processes):
                self._scan(out, processes)
            case Forked(parent=parent, child=child):
                for name in self._names.get(parent, ()):
                    self._add(out, name, child, now, forked=True)
            case Executed(facts=facts):
                self._executed(out, facts, now)
            case Renamed(pid=pid, comm=comm):
                self._renamed(out, pid, comm, now)
            case Exited(pid=pid):
                for name in sorted(self._names.get(pid, ())):
                    self._remove(out, name, pid, now, exited=True)
            case TimerFired():
                self._delays_over(out, now)
        return out

    # ------------------------------------------------------------ parts

    def _matches(self, settings: ProcessSettings, facts: ProcessFacts) -> bool:
        if not settings.full_command:
            return facts.comm == settings.path
        if facts.cmdline is None:
            return False
        command, _, rest = facts.cmdline.partition(b"\0")
        return command.decode(errors="surrogateescape") == settings.path and parameters_match(settings, rest)

    def _scan(self, out: list[QuorumChanged], processes: Iterable[ProcessFacts]) -> None:
        self._names = {}
        for one in self._tracked.values():
            one.count, one.fork_at, one.end_at = 0, None, None
        for facts in processes:
            for name, one in self._tracked.items():
                if self._matches(one.settings, facts):
                    one.count += 1
                    self._names.setdefault(facts.pid, set()).add(name)
        for one in self._tracked.values():
            self._say(out, one)

    def _executed(self, out: list[QuorumChanged], facts: ProcessFacts, now: int) -> None:
        for name, one in self._tracked.items():
            counted = name in self._names.get(facts.pid, ())
            matches = self._matches(one.settings, facts)
            if matches and not counted:
                self._add(out, name, facts.pid, now, forked=False)
            elif counted and not matches:
                self._remove(out, name, facts.pid, now, exited=False)

    def _renamed(self, out: list[QuorumChanged], pid: int, comm: str, now: int) -> None:
        for name, one in self._tracked.items():
            if one.settings.full_command:
                continue
            counted = name in self._names.get(pid, ())
            if comm == one.settings.path and not counted:
                self._add(out, name, pid, now, forked=False)
            elif counted and comm != one.settings.path:
                self._remove(out, name, pid, now, exited=False)

    def _add(self, out: list[QuorumChanged], name: str, pid: int, now: int, *, forked: bool) -> None:
        self._names.setdefault(pid, set()).add(name)
        one = self._tracked[name]
        one.count += 1
        settings = one.settings
        if one.count not in (settings.quorum, settings.quorum_max + 1):
            return
        if one.end_at is not None:
            one.end_at = None
        elif forked and settings.fork_delay_ns:
            one.fork_at = now + settings.fork_delay_ns
            return
        self._say(out, one)

    def _remove(self, out: list[QuorumChanged], name: str, pid: int, now: int, *, exited: bool) -> None:
        names = self._names[pid]
        names.discard(name)
        if not names:
            del self._names[pid]
        one = self._tracked[name]
        one.count -= 1
        settings = one.settings
        if one.count not in (settings.quorum - 1, settings.quorum_max):
            return
        if one.fork_at is not None:
            one.fork_at = None
        elif exited and settings.terminate_delay_ns:
            one.end_at = now + settings.terminate_delay_ns
            return
        self._say(out, one)

    def _delays_over(self, out: list[QuorumChanged], now: int) -> None:
        for one in self._tracked.values():
            if one.fork_at is not None and one.fork_at <= now:
                one.fork_at = None
                self._say(out, one)
            if one.end_at is not None and one.end_at <= now:
                one.end_at = None
                self._say(out, one)

    def _say(self, out: list[QuorumChanged], one: _Tracked) -> None:
        if one.up is not one.quorate:
            one.up = one.quorate
            out.append(QuorumChanged(one.settings.name, one.up))
