"""A simulated LAN for virtual routers: delay, loss, duplication, cut cables, stalls, one seed.

Time is virtual: the segment jumps from one event to the next.  It is its own driver, as simple as a driver
can be, and it keeps the rules that every history must obey (``violations``):

* nobody in Backup advertises;
* a Master that hears a better one is Backup at once;
* nobody takes over from a Master that it heard within the down interval, unless that released or is worse and
  may be preempted.
"""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.vrrp.actions import Action, ReleaseAddresses, SendAdvertisement, TakeAddresses
from pykeepalived.vrrp.events import (
    AdvertisementReceived,
    Event,
    PrimaryAddressChanged,
    Shutdown,
    Startup,
    TimerFired,
    Woke,
)
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.vrrp.states import Backup, Master

MS = NANOSECONDS_PER_MILLISECOND
SECOND = NANOSECONDS_PER_SECOND


@dataclass(slots=True)
class Node:
    """One router on the segment.

    ``heard`` is the last advert that must hold it back: (time, priority).  ``asleep_until`` is set while the
    process does not run; ``queue`` is what its socket collected meanwhile, None when it collects nothing.
    """

    name: str
    address: IPv4Address
    router: VirtualRouter
    alive: bool = True
    connected: bool = True
    heard: tuple[int, int] | None = None
    asleep_since: int = 0
    asleep_until: int | None = None
    queue: list[AdvertisementReceived] | None = field(default_factory=list)
    owns: bool = False

    @property
    def master(self) -> bool:
        return self.alive and isinstance(self.router.state, Master)


@dataclass(slots=True)
class Segment:
    """The LAN.  ``delay_ns`` is the longest delay; ``loss`` and ``duplication`` are chances of one packet."""

    seed: int = 1
    delay_ns: int = MS
    loss: float = 0.0
    duplication: float = 0.0
    now: int = 0
    nodes: dict[str, Node] = field(default_factory=dict)
    takeovers: list[tuple[int, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _flight: list[tuple[int, int, str, AdvertisementReceived]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)
    _chance: random.Random = field(init=False)
    _last_arrival: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    # ------------------------------------------------------------ what a test does

    def add(self, settings: RouterSettings) -> Node:
        """Put a router on the segment and start it."""
        address = IPv4Address("192.0.2.1") + len(self.nodes)
        node = Node(settings.name, address, VirtualRouter(settings))
        self.nodes[settings.name] = node
        self._boot(node)
        return node

    def kill(self, name: str, *, graceful: bool = False) -> None:
        """End the process, with or without a word."""
        node = self.nodes[name]
        if graceful:
            self._give(node, Shutdown())
        node.alive = node.owns = False

    def restart(self, name: str) -> None:
        """Start a killed process again; it has forgotten everything."""
        node = self.nodes[name]
        node.router = VirtualRouter(node.router.settings)
        node.alive, node.heard, node.asleep_until = True, None, None
        self._boot(node)

    def stall(self, name: str, duration_ns: int, *, packets_lost: bool) -> None:
        """Keep a process from running; a suspended machine does not even collect packets."""
        node = self.nodes[name]
        if node.alive and node.asleep_until is None:
            node.asleep_since, node.asleep_until = self.now, self.now + duration_ns
            node.queue = None if packets_lost else []

    def give(self, name: str, event: Event) -> None:
        """Anything else that can happen to a router."""
        if self.nodes[name].alive:
            self._give(self.nodes[name], event)

    def run(self, duration_ns: int) -> None:
        """Let time pass."""
        end = self.now + duration_ns
        while True:
            at = min((when for when, _ in self._next()), default=None)
            if at is None or at > end:
                break
            self.now = max(self.now, at)
            self._step()
        self.now = end

    @property
    def masters(self) -> list[str]:
        """Who believes to be Master."""
        return [node.name for node in self.nodes.values() if node.master]

    # ------------------------------------------------------------ the driver

    def _boot(self, node: Node) -> None:
        self._give(node, PrimaryAddressChanged(node.address))
        self._give(node, Startup())

    def _next(self) -> list[tuple[int, str]]:
        due = [(self._flight[0][0], "")] if self._flight else []
        for node in self.nodes.values():
            if not node.alive:
                continue
            if node.asleep_until is not None:
                due.append((node.asleep_until, node.name))
            elif node.router.deadline is not None:
                due.append((node.router.deadline, node.name))
        return due

    def _step(self) -> None:
        while self._flight and self._flight[0][0] <= self.now:
            _, _, name, packet = heapq.heappop(self._flight)
            self._arrive(self.nodes[name], packet)
        for node in self.nodes.values():
            if not node.alive:
                continue
            if node.asleep_until is not None:
                if node.asleep_until <= self.now:
                    self._wake(node)
            elif node.router.deadline is not None and node.router.deadline <= self.now:
                self._give(node, TimerFired())

    def _wake(self, node: Node) -> None:
        collected, node.asleep_until = node.queue or [], None
        self._give(node, Woke(node.asleep_since))
        for packet in collected:
            self._receive(node, packet)
        self._give(node, TimerFired())

    def _arrive(self, node: Node, packet: AdvertisementReceived) -> None:
        if not node.alive or not node.connected:
            return
        if node.asleep_until is None:
            self._receive(node, packet)
        elif node.queue is not None:
            node.queue.append(packet)

    def _receive(self, node: Node, packet: AdvertisementReceived) -> None:
        router, was_master = node.router, node.master
        ours = (router.effective_priority, node.address)
        better = (packet.priority, packet.source) > ours and packet.priority > 0
        self._give(node, packet)
        if was_master and better and node.master:
            self.violations.append(f"{self.now}: {node.name} stays Master beside a better one")
        if packet.priority == 0:
            node.heard = None
        elif packet.priority >= router.effective_priority or not router.settings.preempt_mode:
            node.heard = (self.now, packet.priority)

    def _give(self, node: Node, event: Event) -> None:
        before = node.router.state
        actions = node.router.handle(event, self.now)
        after = node.router.state
        if isinstance(before, Backup) and isinstance(after, Master):
            self.takeovers.append((self.now, node.name))
            self._check_takeover(node, before)
        for action in actions:
            self._perform(node, action, isinstance(before, Master), isinstance(after, Master))

    def _check_takeover(self, node: Node, before: Backup) -> None:
        if node.heard is None:
            return
        silence = self.now - node.heard[0]
        if silence < 3 * before.master_adver_interval_ns:
            text = f"{self.now}: {node.name} took over {silence / SECOND:.3f}s after it heard a Master"
            self.violations.append(text)

    def _perform(self, node: Node, action: Action, was_master: bool, is_master: bool) -> None:
        match action:
            case SendAdvertisement(priority=0):
                if not was_master:
                    self.violations.append(f"{self.now}: {node.name} releases what it did not have")
                self._broadcast(node, 0)
            case SendAdvertisement(priority=priority):
                if not is_master:
                    self.violations.append(f"{self.now}: {node.name} advertises as Backup")
                self._broadcast(node, priority)
            case TakeAddresses():
                node.owns = True
            case ReleaseAddresses():
                node.owns = False

    def _broadcast(self, sender: Node, priority: int) -> None:
        if not sender.connected:
            return
        interval_ns = sender.router.settings.advertisement_interval_ns
        packet = AdvertisementReceived(sender.address, priority, interval_ns)
        for node in self.nodes.values():
            if node is sender or not node.connected:
                continue
            copies = 1 + (self._chance.random() < self.duplication)
            for _ in range(copies):
                if self._chance.random() >= self.loss:
                    at = self.now + self._chance.randint(1, self.delay_ns)
                    # An Ethernet keeps the order of what one station sends to another.
                    at = max(at, self._last_arrival.get((sender.name, node.name), 0) + 1)
                    self._last_arrival[sender.name, node.name] = at
                    heapq.heappush(self._flight, (at, next(self._count), node.name, packet))
