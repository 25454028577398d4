"""Properties of sync groups: two or three hosts, each with one router on two segments."""

from __future__ import annotations

import heapq
import itertools
import os
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pykeepalived.vrrp.actions import PublicState, SendAdvertisement
from pykeepalived.vrrp.events import (
    AdvertisementReceived,
    Event,
    FaultCleared,
    FaultRaised,
    PrimaryAddressChanged,
    Shutdown,
    Startup,
    TimerFired,
)
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings, SyncGroupSettings
from pykeepalived.vrrp.states import Backup, Master, public_state
from pykeepalived.vrrp.sync_group import SyncGroup

MS, SECOND = 1_000_000, 1_000_000_000
LANS = ("A", "B")
EXAMPLES = 1000 if os.environ.get("PYKEEPALIVED_FUZZ") == "full" else 40
quick = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(slots=True)
class Host:
    """A director with a router on each segment; ``cut`` are the segments it is not connected to."""

    number: int
    group: SyncGroup
    cut: set[str] = field(default_factory=set)
    alive: bool = True


@dataclass(slots=True)
class Site:
    """The hosts and the two segments between them, in virtual time."""

    now: int = 0
    hosts: list[Host] = field(default_factory=list)
    masters_seen: list[tuple[int, int]] = field(default_factory=list)
    _flight: list[tuple[int, int, int, str, AdvertisementReceived]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def add(self, priorities: tuple[int, int]) -> Host:
        routers = [
            VirtualRouter(RouterSettings(lan, f"eth{lan}", 51, version=3, priority=priority))
            for lan, priority in zip(LANS, priorities, strict=True)
        ]
        host = Host(len(self.hosts) + 1, SyncGroup(SyncGroupSettings("G", LANS), routers))
        self.hosts.append(host)
        for number, lan in enumerate(LANS):
            self.give(host, lan, PrimaryAddressChanged(IPv4Address(f"192.0.{number}.{host.number}")))
            self.give(host, lan, Startup())
        return host

    def give(self, host: Host, lan: str, event: Event) -> None:
        before = host.group.state
        for name, action in host.group.handle(lan, event, self.now):
            if isinstance(action, SendAdvertisement) and name not in host.cut:
                self._broadcast(host, name, action.priority)
        states = {type(router.state) for router in host.group.members.values()}
        assert Master not in states or states == {Master} or PublicState.STOP in self.public(host)
        if host.group.state is PublicState.MASTER and before is not PublicState.MASTER:
            self.masters_seen.append((self.now, host.number))

    def public(self, host: Host) -> set[PublicState]:
        return {public_state(router.state) for router in host.group.members.values()}

    def _broadcast(self, sender: Host, lan: str, priority: int) -> None:
        address = sender.group.members[lan].primary_address
        assert address is not None
        for host in self.hosts:
            if host is not sender and host.alive and lan not in host.cut:
                packet = AdvertisementReceived(address, priority, SECOND)
                item = (self.now + MS, next(self._count), host.number, lan, packet)
                heapq.heappush(self._flight, item)

    def run(self, duration_ns: int) -> None:
        end = self.now + duration_ns
        while True:
            due = [(self._flight[0][0], None, "")] if self._flight else []
            for host in self.hosts:
                for lan, router in host.group.members.items():
                    if host.alive and router.deadline is not None:
                        due.append((router.deadline, host, lan))  # type: ignore[arg-type]
            if not due or min(item[0] for item in due) > end:
                break
            at, host, lan = min(due, key=lambda item: item[0])
            self.now = max(self.now, at)
            if host is None:
                _, _, number, lan, packet = heapq.heappop(self._flight)
                host = self.hosts[number - 1]
                if host.alive and lan not in host.cut:
                    self.give(host, lan, packet)
            else:
                self.give(host, lan, TimerFired())
        self.now = end

    @property
    def masters(self) -> list[int]:
        return [host.number for host in self.hosts if host.alive and host.group.state is PublicState.MASTER]


pairs = st.tuples(st.integers(1, 254), st.integers(1, 254))


@quick
@given(st.lists(st.integers(1, 254), min_size=2, max_size=3, unique=True), st.booleans())
def test_a_dead_host_is_replaced_whole_and_once(priorities: list[int], graceful: bool) -> None:
    """[XC-13]"""
    site = Site()
    for priority in priorities:
        site.add((priority, priority))
    site.run(10 * SECOND)
    best, second = sorted(site.hosts, key=lambda host: -host.group.members["A"].effective_priority)[:2]
    assert [best.number] == site.masters
    site.masters_seen.clear()
    if graceful:
        for lan in LANS:
            site.give(best, lan, Shutdown())
    best.alive = False
    killed_at = site.now
    site.run(20 * SECOND)
    assert [second.number] == [number for _, number in site.masters_seen]
    skew = (256 - second.group.members["A"].effective_priority) * SECOND // 256
    assert site.masters_seen[0][0] - killed_at <= (0 if graceful else 3 * SECOND) + skew + 3 * MS


@quick
@given(st.sampled_from(LANS), st.integers(0, 3000))
def test_a_link_that_went_down_moves_the_whole_group_and_back(lan: str, wait_ms: int) -> None:
    """[XC-13] [XC-14]"""
    site = Site()
    best, _ = site.add((200, 200)), site.add((100, 100))
    site.run(10 * SECOND + wait_ms * MS)
    site.masters_seen.clear()
    site.give(best, lan, FaultRaised("link down"))
    best.cut.add(lan)
    site.run(10 * SECOND)
    assert [2] == site.masters
    assert PublicState.FAULT is best.group.state
    best.cut.clear()
    site.give(best, lan, FaultCleared("link down"))
    site.run(10 * SECOND)
    assert [1] == site.masters
    assert [2, 1] == [number for _, number in site.masters_seen]


@quick
@given(st.sampled_from(LANS), st.integers(0, 3000))
def test_a_silent_link_that_nobody_noticed_does_not_split_the_group(lan: str, wait_ms: int) -> None:
    """[XC-13]: the Backup hears its Master on the other segment, so it stays where it is."""
    site = Site()
    site.add((200, 200))
    site.add((100, 100)).cut.add(lan)
    site.run(30 * SECOND + wait_ms * MS)
    assert [1] == site.masters
    waiting = site.hosts[1].group.members[lan].state
    assert isinstance(waiting, Backup)
    assert waiting.wants_master


@quick
@given(pairs, pairs, st.integers(0, 2000))
def test_members_of_a_host_never_disagree_whatever_the_priorities(
    one: tuple[int, int], two: tuple[int, int], wait_ms: int
) -> None:
    """[XC-13]: also when each host is better on one segment (``Site.give`` checks after every event)."""
    site = Site()
    site.add(one)
    site.run(wait_ms * MS)
    site.add(two)
    site.run(60 * SECOND)
    if all(mine > theirs for mine, theirs in zip(one, two, strict=True)):
        assert [1] == site.masters
    elif all(mine < theirs for mine, theirs in zip(one, two, strict=True)):
        assert [2] == site.masters
