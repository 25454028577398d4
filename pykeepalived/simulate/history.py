"""What happened in a simulation, and what can be read off it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

IPAddress = IPv4Address | IPv6Address


class Address(NamedTuple):
    """A virtual address on one LAN: the same one on another LAN is somebody else."""

    lan: int
    address: IPAddress

    def __str__(self) -> str:
        return str(self.address)


@dataclass(frozen=True, slots=True)
class Happening:
    """A command that took effect."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Transition:
    """A router changed its state; ``reason`` in words."""

    at: int
    host: str
    router: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """From ``begin`` to ``end`` (ns) the address was with ``owners``; nobody: empty."""

    begin: int
    end: int
    owners: tuple[str, ...]

    @property
    def length_ns(self) -> int:
        return self.end - self.begin


class Refusal(NamedTuple):
    """Packets that one router would not have from another host."""

    host: str
    router: str
    sender: str
    detail: str


@dataclass(slots=True)
class History:
    """Everything a run leaves behind; times are nanoseconds since its begin.

    ``owners`` has, for each address, who had it from when on.  ``down_intervals`` is how long the slowest of
    its routers waits before it takes over from a silent Master, ``routers`` are (host, name) of all of them.
    """

    hosts: tuple[str, ...]
    ended_at: int = 0
    happenings: list[Happening] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    owners: dict[Address, list[tuple[int, tuple[str, ...]]]] = field(default_factory=dict)
    down_intervals: dict[Address, int] = field(default_factory=dict)
    routers: dict[Address, list[tuple[str, str]]] = field(default_factory=dict)
    adverts: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[Refusal] = field(default_factory=Counter)
    _last: dict[tuple[str, str], str] = field(default_factory=dict)

    def own(self, at: int, address: Address, owners: tuple[str, ...]) -> None:
        """From ``at`` on these hosts answer for the address."""
        changes = self.owners.setdefault(address, [(0, ())])
        if changes[-1][1] == owners:
            return
        if changes[-1][0] == at:
            changes.pop()
        if not changes or changes[-1][1] != owners:
            changes.append((at, owners))

    def change(self, transition: Transition) -> None:
        """A router changed its state."""
        self.transitions.append(transition)
        self._last[transition.host, transition.router] = transition.new

    def state_of(self, host: str, router: str) -> str:
        """The last state of a router."""
        return self._last.get((host, router), "INIT")

    def spans(self, address: Address) -> Iterator[Span]:
        """Who had the address, from the begin to the end, without holes."""
        changes = self.owners[address]
        for number, (at, owners) in enumerate(changes):
            end = changes[number + 1][0] if number + 1 < len(changes) else self.ended_at
            if end > at:
                yield Span(at, end, owners)

    def states(self, host: str, router: str) -> Iterator[tuple[int, int, str]]:
        """(begin, end, state) of a router."""
        at, state = 0, "INIT"
        for change in self.transitions:
            if (change.host, change.router) == (host, router):
                if change.at > at:
                    yield at, change.at, state
                at, state = change.at, change.new
        if self.ended_at > at:
            yield at, self.ended_at, state

    def cause(self, at: int) -> Happening | None:
        """The last command before this moment."""
        return next((entry for entry in reversed(self.happenings) if entry.at <= at), None)
