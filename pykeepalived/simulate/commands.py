"""What can be done to a simulated site, and how it is written: ``kill A``, ``link B eth0 down``.

One entry of ``FORMS`` per command is all there is to say about it: its words, what it does, how to read it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pykeepalived.base.errors import UsageError
from pykeepalived.base.units import (
    NANOSECONDS_PER_MICROSECOND,
    NANOSECONDS_PER_MILLISECOND,
    NANOSECONDS_PER_SECOND,
    format_seconds,
)
from pykeepalived.tracking.settings import TrackerKind

T = TypeVar("T")

_UNITS = {
    "us": NANOSECONDS_PER_MICROSECOND,
    "ms": NANOSECONDS_PER_MILLISECOND,
    "s": NANOSECONDS_PER_SECOND,
    "": NANOSECONDS_PER_SECOND,
    "m": 60 * NANOSECONDS_PER_SECOND,
    "min": 60 * NANOSECONDS_PER_SECOND,
    "h": 3600 * NANOSECONDS_PER_SECOND,
}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|min|m|h|)")


def duration_ns(text: str) -> int:
    """``250ms``, ``10s``, ``1.5``, ``2m``, ``1h`` in nanoseconds; UsageError for anything else."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"'{text}' is not a time: write for example 250ms, 10s, 2m or 1h")
    return round(float(match[1]) * _UNITS[match[2]])


def share(text: str) -> float:
    """``5%`` or ``0.05`` as a number from 0 to 1; UsageError for anything else."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"'{text}' is not a share: write for example 5% or 0.05")
    return value


@dataclass(frozen=True, slots=True)
class Kill:
    """The machine is gone from one moment to the next."""

    host: str


@dataclass(frozen=True, slots=True)
class Stop:
    """SIGTERM: priority 0 is sent, addresses are removed."""

    host: str


@dataclass(frozen=True, slots=True)
class Start:
    """The machine is there again and its daemon starts; it has forgotten everything."""

    host: str


@dataclass(frozen=True, slots=True)
class Stall:
    """The process does not run for a while (SIGSTOP); the kernel goes on answering for its addresses."""

    host: str
    length_ns: int


@dataclass(frozen=True, slots=True)
class Suspend:
    """The whole machine does not run for a while; what is sent to it is lost."""

    host: str
    length_ns: int


@dataclass(frozen=True, slots=True)
class Link:
    """The carrier of an interface; the daemon sees it."""

    host: str
    interface: str
    up: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """Packets of an interface are lost without the host noticing: both ways, only in, only out."""

    host: str
    interface: str
    way: str


@dataclass(frozen=True, slots=True)
class Partition:
    """The hosts named on both sides do not hear each other."""

    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heal:
    """Every cut and every partition ends."""


@dataclass(frozen=True, slots=True)
class Loss:
    """This share of all packets is lost."""

    share: float


@dataclass(frozen=True, slots=True)
class Delay:
    """The longest time that a packet takes."""

    length_ns: int


@dataclass(frozen=True, slots=True)
class Track:
    """A tracked script, file, process or BFD session says something else from now on.

    ``status`` is 1 for good and 0 for bad; the number in it for a file.
    """

    host: str
    kind: TrackerKind
    name: str
    status: int


Command = Kill | Stop | Start | Stall | Suspend | Link | Cut | Partition | Heal | Loss | Delay | Track


def _link(host: str, interface: str, state: str) -> Command:
    return Link(host, interface, _one_of(state, {"up": True, "down": False}))


def _cut(host: str, interface: str, way: str = "both") -> Command:
    return Cut(host, interface, _one_of(way, {"in": "in", "out": "out", "both": "both"}))


def _partition(left: str, right: str) -> Command:
    return Partition(tuple(left.split(",")), tuple(right.split(",")))


def _track(host: str, kind: str, name: str, state: str) -> Command:
    kinds = {one.value: one for one in TrackerKind if one is not TrackerKind.INTERFACE}
    which = _one_of(kind, kinds)
    if which is TrackerKind.FILE:
        if not state.removeprefix("-").isdecimal():
            raise UsageError(f"'{state}' is not the number in a file")
        return Track(host, which, name, int(state))
    return Track(host, which, name, _one_of(state, {"ok": 1, "fail": 0}))


def _one_of(word: str, allowed: dict[str, T]) -> T:
    if word not in allowed:
        raise UsageError(f"'{word}' is not one of {', '.join(allowed)}")
    return allowed[word]


@dataclass(frozen=True, slots=True)
class Form:
    """How a command is written."""

    words: str
    meaning: str
    read: Callable[..., Command]


FORMS: dict[str, Form] = {
    "kill": Form("kill HOST", "the machine is gone at once", Kill),
    "stop": Form("stop HOST", "orderly stop of the daemon: priority 0, addresses removed", Stop),
    "start": Form("start HOST", "the machine and its daemon start again", Start),
    "stall": Form(
        "stall HOST TIME",
        "the daemon does not run for TIME; addresses stay",
        lambda host, time: Stall(host, duration_ns(time)),
    ),
    "suspend": Form(
        "suspend HOST TIME",
        "the whole machine sleeps for TIME",
        lambda host, time: Suspend(host, duration_ns(time)),
    ),
    "link": Form("link HOST INTERFACE up|down", "the carrier of an interface", _link),
    "cut": Form(
        "cut HOST INTERFACE [in|out|both]", "packets are lost there and the host does not see it", _cut
    ),
    "partition": Form("partition HOST,.. HOST,..", "the two sides do not hear each other", _partition),
    "heal": Form("heal", "every cut and partition ends", Heal),
    "loss": Form("loss SHARE", "this share of all packets is lost", lambda text: Loss(share(text))),
    "delay": Form("delay TIME", "the longest time a packet takes", lambda time: Delay(duration_ns(time))),
    "track": Form(
        "track HOST KIND NAME STATE",
        "script, process or bfd: ok|fail; file: a number",
        _track,
    ),
}


def parse(words: Sequence[str]) -> Command:
    """The command of these words; UsageError names what is wrong and what is allowed."""
    if not words:
        raise UsageError(f"a command is missing: {', '.join(FORMS)}")
    form = FORMS.get(words[0])
    if form is None:
        close = difflib.get_close_matches(words[0], FORMS, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else f"; there are {', '.join(FORMS)}"
        raise UsageError(f"no command '{words[0]}'{hint}")
    try:
        return form.read(*words[1:])
    except TypeError:
        raise UsageError(f"'{' '.join(words)}' is not written like '{form.words}'") from None
    except UsageError as error:
        raise UsageError(f"'{' '.join(words)}': {error}; write '{form.words}'") from None


def written(command: Command) -> str:
    """The command in words, as it stands in a timeline."""
    match command:
        case Kill(host) | Stop(host) | Start(host):
            return f"{type(command).__name__.lower()} {host}"
        case Stall(host, length_ns) | Suspend(host, length_ns):
            return f"{type(command).__name__.lower()} {host} {format_seconds(length_ns)}"
        case Link(host, interface, up):
            return f"link {host} {interface} {'up' if up else 'down'}"
        case Cut(host, interface, way):
            return f"cut {host} {interface} {way}"
        case Partition(left, right):
            return f"partition {','.join(left)} {','.join(right)}"
        case Heal():
            return "heal"
        case Loss(part):
            return f"loss {part:.3g}"
        case Delay(length_ns):
            return f"delay {format_seconds(length_ns)}"
        case Track(host, kind, name, status):
            state = str(status) if kind is TrackerKind.FILE else ("fail", "ok")[status]
            return f"track {host} {kind} {name} {state}"


def hosts_of(command: Command) -> tuple[str, ...]:
    """The hosts that a command names."""
    match command:
        case Partition(left, right):
            return left + right
        case Heal() | Loss() | Delay():
            return ()
        case _:
            return (command.host,)
