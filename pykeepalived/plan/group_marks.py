"""``nftables_ipvs``: the addresses of a group are marked by nftables, so that one service serves them all.

As in keepalived: a virtual_server_group without firewall marks gets a mark per protocol, handed out in the
order of the virtual servers from ``nftables_ipvs_start_fwmark`` on; in the kernel's IPVS table stands one
service of that mark (one per address family of the group).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pykeepalived.lvs.service import IPAddress, Protocol

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.virtual_server_group import VirtualServerGroup

MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class MarkedRange:
    """Packets of ``protocol`` to these addresses and ports get ``mark``."""

    protocol: Protocol
    first: IPAddress
    last: IPAddress
    first_port: int
    last_port: int
    mark: int


@dataclass(frozen=True, slots=True)
class GroupMarks:
    """One nft table per family with ``name``, its chain at hook input with ``priority``.

    ``groups`` says whose the marks are: the name of the group, the protocol, the mark.
    """

    name: str
    priority: int
    counters: bool
    ranges: tuple[MarkedRange, ...]
    groups: tuple[tuple[str, Protocol, int], ...] = ()


class MarkBook:
    """Hands out the marks of one configuration."""

    def __init__(self, config: Config) -> None:
        block = config.global_defs
        self._name = block.nftables_ipvs
        self._priority = block.nftables_ipvs_priority
        self._counters = bool(block.nftables_counters)
        self._next = block.nftables_ipvs_start_fwmark
        self._marks: dict[tuple[str, Protocol], int] = {}
        self._ranges: list[MarkedRange] = []
        self._written = {entry.fwmark for group in config.virtual_server_groups for entry in group.entries}
        self._written |= {service.fwmark for service in config.virtual_servers}

    def mark(self, group: VirtualServerGroup, protocol: Protocol) -> int | None:
        """The mark of this group for this protocol; None when its addresses are services of their own."""
        if self._name is None or any(entry.fwmark is not None for entry in group.entries):
            return None
        mark = self._marks.get((group.name, protocol))
        if mark is None:
            while self._next in self._written:  # keepalived would mix the two
                self._next += 1
            mark = self._marks[group.name, protocol] = self._next
            self._next += 1
            for entry in group.entries:
                if entry.first is not None:
                    first, last = (entry.port, entry.port) if entry.port else (0, MAX_PORT)
                    ends = (entry.first, entry.last or entry.first)
                    self._ranges.append(MarkedRange(protocol, *ends, first, last, mark))
        return mark

    def plan(self) -> GroupMarks | None:
        """What nftables has to do; None when nothing."""
        if self._name is None or not self._ranges:
            return None
        groups = tuple((name, protocol, mark) for (name, protocol), mark in self._marks.items())
        return GroupMarks(self._name, self._priority, self._counters, tuple(self._ranges), groups)


def kept_marks(running: GroupMarks | None, new: GroupMarks | None) -> dict[int, int]:
    """For each mark of ``new`` the one to use: groups that have one keep it.

    A service of another mark is another service for the kernel, and the connections of the old one die.
    """
    if running is None or new is None:
        return {}
    before = {(name, protocol): mark for name, protocol, mark in running.groups}
    kept = {mark: before[name, protocol] for name, protocol, mark in new.groups if (name, protocol) in before}
    taken = set(kept.values())
    for _, _, mark in new.groups:
        if mark not in kept:
            free = mark
            while free in taken:
                free += 1
            kept[mark] = free
            taken.add(free)
    return {mark: other for mark, other in kept.items() if mark != other}
