"""What happened in one run of the lab: typed observations in order of time, and questions about them.

Pure. Points in time are CLOCK_MONOTONIC nanoseconds of the one kernel that the whole site shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar

from pykeepalived.lab.layout import Target, Watched
from pykeepalived.lab.traffic import Asked

SECOND_NS = 1_000_000_000
T = TypeVar("T")


class MarkKind(StrEnum):
    """What the lab itself did, or waited for. What it did begins a new event; see :data:`DEEDS`."""

    STARTED = "started"
    KILLED = "loses power"
    CRASHED = "crashes"
    STOPPED = "is stopped"
    RETURNED = "boots again"
    LAUNCHED = "is started"
    LINK_DOWN = "loses its link"
    LINK_UP = "gets its link back"
    CUT_OFF = "is cut off"
    DEAFENED = "is deaf"
    HEALED = "network healed"
    STALLED = "is frozen"
    RESUMED = "goes on"
    SUSPENDED = "is suspended"
    WOKEN = "wakes up"
    DISK_FULL = "has a full disk"
    DISK_HUNG = "has a hung disk"
    DISK_SLOW = "has a slow disk"
    DISK_FINE = "has its disk back"
    LOG_STUCK = "has a log that nobody reads"
    LOG_SLOW = "has a slow log reader"
    LOG_FINE = "has its log reader back"
    CLOCK_SET = "the clock jumps"
    SERVER_DIED = "dies"
    SERVER_BACK = "returns"
    RELOADED = "reloads"
    SWITCHED = "changes daemon"
    READY = "service ready"
    AWAITED = "awaited"
    ENDED = "ended"


DEEDS = frozenset(MarkKind) - {MarkKind.STARTED, MarkKind.READY, MarkKind.AWAITED, MarkKind.ENDED}
REPAIRS = frozenset(
    {
        MarkKind.RETURNED, MarkKind.LAUNCHED, MarkKind.LINK_UP, MarkKind.HEALED, MarkKind.RESUMED,
        MarkKind.SERVER_BACK, MarkKind.WOKEN, MarkKind.DISK_FINE, MarkKind.LOG_FINE,
    }
)  # fmt: skip
"""Deeds that put something right."""


class State(StrEnum):
    OFF = "off"
    STARTING = "starting"
    BACKUP = "backup"
    MASTER = "master"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Advert:
    """An advertisement as it left a director's network card."""

    at: int
    director: str
    segment: str
    version: int
    vrid: int
    priority: int
    interval_ns: int

    def skew_ns(self, priority: int) -> int:
        """Skew_Time of a router of that priority (RFC 3768, 6.1 for version 2; RFC 5798, 6.1 for 3)."""
        unit = SECOND_NS if self.version == 2 else self.interval_ns
        return (256 - priority) * unit // 256

    def master_down_ns(self, priority: int) -> int:
        """Master_Down_Interval of a Backup of that priority that listens to this Master."""
        return 3 * self.interval_ns + self.skew_ns(priority)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A gratuitous ARP or unsolicited neighbour advertisement."""

    at: int
    director: str
    address: str


@dataclass(frozen=True, slots=True)
class Holding:
    """A director got or lost an address."""

    at: int
    director: str
    address: str
    present: bool


@dataclass(frozen=True, slots=True)
class StateChange:
    """A director's state, or that of one of its instances, as its own log or the lab says."""

    at: int
    director: str
    state: State
    instance: str = ""
    """Empty: all of the director's instances."""


@dataclass(frozen=True, slots=True)
class Mark:
    at: int
    kind: MarkKind
    director: str = ""
    """Whom it befell: a director, a real server, or several with commas between."""
    text: str = ""
    """More about it, for people."""

    @property
    def label(self) -> str:
        return f"{self.director} {self.kind}".strip()


@dataclass(slots=True)
class Record:
    """Everything observed in one run."""

    vip: str
    directors: tuple[str, ...]
    servers: tuple[str, ...]
    began_at: int
    title: str = ""
    daemons: dict[str, str] = field(default_factory=dict)
    """What runs on each director; "one, then other" after a change."""
    watched: tuple[Watched, ...] = ()
    targets: tuple[Target, ...] = ()
    instances: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Director -> the instances that its log named, in that order."""
    adverts: list[Advert] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    states: list[StateChange] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def mark(self, kind: MarkKind) -> Mark | None:
        return next((mark for mark in self.marks if mark.kind is kind), None)

    def at(self, kind: MarkKind, default: int | None = None) -> int:
        """When it happened. Raises KeyError when it did not and there is no default."""
        found = self.mark(kind)
        if found is None and default is None:
            raise KeyError(kind)
        return found.at if found else int(default or 0)

    @property
    def ended_at(self) -> int:
        last_marks = [mark.at for mark in self.marks[-1:]]
        last_answers = [asked.ended_at for asked in self.asked[-1:]]
        return max([self.began_at, *last_marks, *last_answers])

    def owners(self, at: int | None = None, address: str | None = None) -> tuple[str, ...]:
        """Directors that hold the VIP (or another address) at that time (default: now)."""
        wanted = address or self.vip
        held: dict[str, bool] = {}
        for holding in self.holdings:
            if holding.address == wanted and (at is None or holding.at <= at):
                held[holding.director] = holding.present
        return tuple(director for director in self.directors if held.get(director))

    def note_state(self, change: StateChange) -> None:
        """Keep a change of state, and the instance that it names."""
        self.states.append(change)
        known = self.instances.get(change.director, ())
        if change.instance and change.instance not in known:
            self.instances[change.director] = (*known, change.instance)

    def _changes(self, director: str, instance: str) -> list[tuple[int, State]]:
        wanted = instance or next(iter(self.instances.get(director, ())), "")
        return [
            (change.at, change.state)
            for change in self.states
            if change.director == director and change.instance in ("", wanted)
        ]

    def state(self, director: str, instance: str = "") -> State:
        """The state of that instance, or of the director's first one."""
        changes = self._changes(director, instance)
        return changes[-1][1] if changes else State.OFF

    def state_spans(self, director: str, instance: str = "") -> list[tuple[int, int, State]]:
        return list(_spans(self._changes(director, instance), self.ended_at))

    def holding_spans(self, director: str, address: str | None = None) -> list[tuple[int, int]]:
        wanted = address or self.vip
        changes = [
            (holding.at, holding.present)
            for holding in self.holdings
            if holding.director == director and holding.address == wanted
        ]
        return [(begin, end) for begin, end, present in _spans(changes, self.ended_at) if present]

    def between(self, begin: int, end: int) -> list[Asked]:
        """Requests that began in this span of time."""
        return [asked for asked in self.asked if begin <= asked.begun_at < end]

    def longest_silence(self, begin: int, end: int) -> int:
        """The longest time between two good answers, of those that touch this span."""
        return max((later - earlier for earlier, later in self.silences(begin, end)), default=0)

    def silences(self, begin: int, end: int, least: int = 0) -> Iterator[tuple[int, int]]:
        """(from, to) between two good answers, at least so long, that touch this span."""
        good = sorted(asked.ended_at for asked in self.asked if asked.server)
        # Whoever still waits at the end of the run waits until then.
        for earlier, later in pairwise([*good, max(self.ended_at, *good[-1:])]) if good else ():
            if later > begin and earlier < end and later - earlier >= least:
                yield earlier, later

    def sort(self) -> None:
        """By time: machines with clocks of their own report somewhat out of order."""
        for observed in (self.adverts, self.announcements, self.holdings, self.states, self.marks):
            observed.sort(key=lambda one: one.at)
        self.asked.sort(key=lambda one: one.ended_at)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def shares(asked: Iterable[Asked]) -> Counter[str]:
    """Requests per server; those nobody answered under ``lost``."""
    return Counter(one.server or "lost" for one in asked)


def _spans(changes: list[tuple[int, T]], end: int) -> Iterator[tuple[int, int, T]]:
    """(from, to, value) of a value that changes; a repeated value continues its span."""
    current: tuple[int, T] | None = None
    for at, value in changes:
        if current is not None and current[1] == value:
            continue
        if current is not None:
            yield current[0], at, current[1]
        current = (at, value)
    if current is not None:
        yield current[0], max(end, current[0]), current[1]
