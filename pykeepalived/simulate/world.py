"""The engine: virtual time jumps from one event to the next; hosts, LANs and commands meet here.

The state machines, the packets and the receive ladder are those of the daemon.  Made up are the network
(delay, loss, cuts), the kernel (who answers for an address) and the moments at which things happen.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable
from typing import NamedTuple

from pykeepalived.base.errors import UsageError
from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.simulate import commands
from pykeepalived.simulate.history import Address, Happening, History, Refusal, Transition
from pykeepalived.simulate.host import Host, Node, Packet
from pykeepalived.simulate.site import Port, Site
from pykeepalived.tracking import tracker
from pykeepalived.tracking.settings import TrackerKind
from pykeepalived.tracking.tracker import Tracking
from pykeepalived.vrrp import actions, events
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.timers import master_down_interval_ns
from pykeepalived.wire.vrrp import Advertisement
from pykeepalived.wire.vrrp_receive import Discard

DEFAULT_DELAY_NS = NANOSECONDS_PER_MILLISECOND
_SERVICES_NS = NANOSECONDS_PER_MILLISECOND
"""What applying the virtual services of a router takes."""

Chance = Callable[[], float]
"""Uniform in [0, 1)."""


class _Due(NamedTuple):
    """An entry of the queue; ``order`` keeps what is due at once in the order in which it was queued."""

    at: int
    order: int
    act: Callable[..., None]
    subject: tuple[object, ...]


class World:
    """A site in virtual time: ``at`` plans a command, ``run`` lets time pass; see ``history``."""

    def __init__(
        self, site: Site, chance: Chance, *, delay_ns: int = DEFAULT_DELAY_NS, loss: float = 0.0
    ) -> None:
        self.site = site
        self.now = 0
        self.hosts = {name: Host(name, site) for name in site.plans}
        self.history = History(tuple(self.hosts))
        self._chance = chance
        self._delay_ns = delay_ns
        self._loss = loss
        self._queue: list[_Due] = []
        self._order = itertools.count()
        self._planned: dict[tuple[str, str], int] = {}
        self._last_arrival: dict[tuple[str, str], int] = {}
        self._cuts: set[tuple[Port, str]] = set()
        self._separated: set[tuple[str, str]] = set()
        self._listeners = self._index()
        self._note_down_intervals()
        for host in self.hosts.values():
            self._boot(host)

    # ------------------------------------------------------------ what a caller does

    def at(self, at: int, command: commands.Command) -> None:
        """Plan a command.  UsageError when it names what this site does not have."""
        self.check(command)
        self._push(at, self._command, command)

    def check(self, command: commands.Command) -> None:
        """UsageError when the command names a host, interface or router that is not there."""
        for host in commands.hosts_of(command):
            _known(host, self.hosts, "host")
        if isinstance(command, commands.Link | commands.Cut):
            names = self.site.known_interfaces(command.host)
            _known(command.interface, names, f"interface of {command.host}")
        elif isinstance(command, commands.Track):
            tracked = self.hosts[command.host].tracking.names(command.kind)
            _known(command.name, tracked, f"{command.kind} that {command.host} tracks")

    def run(self, until: int) -> History:
        """Let virtual time pass until then."""
        queue = self._queue
        pop = heapq.heappop
        while queue and queue[0].at <= until:
            due = pop(queue)
            self.now = due.at
            due.act(*due.subject)
        self.now = self.history.ended_at = until
        return self.history

    # ------------------------------------------------------------ hosts

    def _boot(self, host: Host) -> None:
        host.boot()
        for name in host.nodes:
            self._planned.pop((host.name, name), None)
        for node in host.nodes.values():
            self._deliver(host, node, events.PrimaryAddressChanged(node.source))
            for interface in host.down.intersection(_needed(node.settings)):
                self._deliver(host, node, events.FaultRaised(f"interface {interface} down"))
        wait_ns = max(host.plan.startup_delay_ns, host.plan.delay_after_boot_ns)
        self._push(self.now + wait_ns, self._begin, host, host.tracking)

    def _begin(self, host: Host, tracking: Tracking) -> None:
        """Every tracked thing has spoken; routers begin when nothing keeps them."""
        if host.alive and host.tracking is tracking:
            for kind in TrackerKind:
                for name in tracking.names(kind):
                    self._track(host, tracker.Observed(kind, name, host.tells((kind, name))))
            self._track(host, tracker.Begin())

    def _track(self, host: Host, event: tracker.TrackingEvent) -> None:
        for action in host.tracking.handle(event, self.now):
            match action:
                case tracker.SetPriority(router, priority):
                    self._deliver(host, host.nodes[router], events.PriorityChanged(priority))
                case tracker.RaiseFault(router, reason):
                    self._deliver(host, host.nodes[router], events.FaultRaised(reason))
                case tracker.ClearFault(router, reason):
                    self._deliver(host, host.nodes[router], events.FaultCleared(reason))
                case tracker.MayBegin(router):
                    self._deliver(host, host.nodes[router], events.Startup())

    def _index(self) -> dict[tuple[int, int], list[tuple[Host, str]]]:
        """Who may be interested in a packet, by family and VRID."""
        found: dict[tuple[int, int], list[tuple[Host, str]]] = {}
        for host in self.hosts.values():
            for router in host.plan.routers:
                found.setdefault((router.family, router.vrid), []).append((host, router.name))
        return found

    def _note_down_intervals(self) -> None:
        for host in self.hosts.values():
            for router in host.plan.routers:
                interval = master_down_interval_ns(
                    router.version,
                    router.priority,
                    router.advertisement_interval_ns,
                    router.down_timer_adverts,
                )
                for held in router.all_addresses:
                    address = self._address(host.name, router.interface, held)
                    known = self.history.down_intervals.get(address, 0)
                    self.history.down_intervals[address] = max(known, interval)
                    self.history.routers.setdefault(address, []).append((host.name, router.name))
                    self.history.own(0, address, ())

    # ------------------------------------------------------------ routers

    def _deliver(self, host: Host, node: Node, event: events.Event) -> None:
        for name, action in node.handle(event, self.now):
            self._perform(host, name, action)
        for member in host.units(node.name):
            self._plan_timer(host, member)

    def _plan_timer(self, host: Host, node: Node) -> None:
        """A deadline that only moved back is looked at when its old time comes."""
        deadline = node.core.deadline
        if deadline is None:
            return
        key = (host.name, node.name)
        planned = self._planned.get(key)
        if planned is None or deadline < planned:
            self._planned[key] = deadline
            self._push(deadline, self._timer, host, node, deadline)

    def _timer(self, host: Host, node: Node, planned: int) -> None:
        key = (host.name, node.name)
        if self._planned.get(key) != planned or host.nodes.get(node.name) is not node:
            return
        del self._planned[key]
        if not host.alive or host.asleep_until is not None:
            return
        deadline = node.core.deadline
        if deadline is not None and deadline <= self.now:
            self._deliver(host, node, events.TimerFired())
        else:
            self._plan_timer(host, node)

    def _perform(self, host: Host, name: str, action: actions.Action) -> None:
        match action:
            case actions.SendAdvertisement(priority=priority):
                self._send(host, host.nodes[name], priority)
            case actions.TakeAddresses(addresses=addresses):
                for virtual in addresses:
                    host.held[name, virtual] = None
                self._settle(host, name, addresses)
            case actions.ReleaseAddresses(addresses=addresses):
                for virtual in addresses:
                    host.held.pop((name, virtual), None)
                self._settle(host, name, addresses)
            case actions.ApplyServices():
                self._push(self.now + _SERVICES_NS, self._services_applied, host, host.nodes[name])
            case actions.StateChanged(old=old, new=new, reason=reason, detail=detail):
                text = detail or reason.value
                self.history.change(Transition(self.now, host.name, name, old.value, new.value, text))

    def _services_applied(self, host: Host, node: Node) -> None:
        if host.alive and host.nodes.get(node.name) is node:
            self._deliver(host, node, events.ServicesApplied())

    # ------------------------------------------------------------ addresses

    def _address(self, host: str, interface: str, virtual: VirtualAddress) -> Address:
        lans = self.site.lans
        parent = self.hosts[host].parent(virtual.interface)
        lan = lans.get(Port(host, parent), lans[Port(host, interface)])
        return Address(lan, virtual.address)

    def _settle(self, host: Host, name: str, addresses: Iterable[VirtualAddress]) -> None:
        """Note who answers for these addresses now."""
        interface = host.nodes[name].settings.interface
        for virtual in addresses:
            address = self._address(host.name, interface, virtual)
            owners = tuple(other.name for other in self.hosts.values() if self._answers(other, address))
            self.history.own(self.now, address, owners)

    def _answers(self, host: Host, address: Address) -> bool:
        return host.alive and any(
            virtual.address == address.address
            and host.answers_for(virtual)
            and not self._is_cut(Port(host.name, host.parent(virtual.interface)))
            and self._address(host.name, host.nodes[name].settings.interface, virtual) == address
            for name, virtual in host.held
        )

    def _is_cut(self, port: Port) -> bool:
        return (port, "in") in self._cuts or (port, "out") in self._cuts

    def _settle_all(self, host: Host) -> None:
        for name, node in host.nodes.items():
            self._settle(host, name, node.settings.all_addresses)

    # ------------------------------------------------------------ network

    def _send(self, host: Host, node: Node, priority: int) -> None:
        if node.port.interface in host.down or host.suspended:
            return
        self.history.adverts[host.name, node.name] += 1
        if (node.port, "out") in self._cuts:
            return
        for packet in node.packets(priority):
            for receiver, name in self._listeners.get((packet.family, packet.vrid), ()):
                if receiver is not host:
                    self._transmit(packet, receiver, name)

    def _transmit(self, packet: Packet, receiver: Host, name: str) -> None:
        if self._loss and self._chance() < self._loss:
            return
        if (packet.host, receiver.name) in self._separated:
            return
        at = self.now + 1 + int(self._chance() * self._delay_ns)
        # An Ethernet keeps the order of what one station sends to another.
        way = (packet.host, receiver.name)
        at = max(at, self._last_arrival.get(way, 0) + 1)
        self._last_arrival[way] = at
        self._push(at, self._arrive, receiver, name, packet)

    def _arrive(self, host: Host, name: str, packet: Packet) -> None:
        if not host.alive or host.suspended:
            return
        node = host.nodes[name]
        if node.unicast:
            if packet.destination != node.source:
                return
        elif packet.lan != node.lan or packet.destination != node.settings.multicast_group:
            return
        if node.port.interface in host.down or (node.port, "in") in self._cuts:
            return
        if host.asleep_until is not None:
            host.queue.append((name, packet))
            return
        self._receive(host, node, packet)

    def _receive(self, host: Host, node: Node, packet: Packet) -> None:
        verdict = node.judge(packet)
        if isinstance(verdict, Advertisement):
            event = events.AdvertisementReceived(
                verdict.source, verdict.priority, verdict.interval_ns, verdict.addresses_match
            )
            self._deliver(host, node, event)
        else:
            detail = verdict.detail if isinstance(verdict, Discard) else verdict
            self.history.refusals[Refusal(host.name, node.name, packet.host, detail)] += 1

    # ------------------------------------------------------------ commands

    def _command(self, command: commands.Command) -> None:
        self.history.happenings.append(Happening(self.now, commands.written(command)))
        match command:
            case commands.Kill(name):
                self._end(self.hosts[name])
            case commands.Stop(name):
                self._stop(self.hosts[name])
            case commands.Start(name):
                if not self.hosts[name].alive:
                    self._boot(self.hosts[name])
            case commands.Stall(name, length_ns):
                self._sleep(self.hosts[name], length_ns, suspended=False)
            case commands.Suspend(name, length_ns):
                self._sleep(self.hosts[name], length_ns, suspended=True)
            case commands.Link(name, interface, up):
                self._link(self.hosts[name], interface, up)
            case commands.Cut(name, interface, way):
                port = Port(name, interface)
                self._cuts.update((port, one) for one in ("in", "out") if way in (one, "both"))
                self._settle_all(self.hosts[name])
            case commands.Partition(left, right):
                self._separated.update(
                    pair for one in left for other in right for pair in ((one, other), (other, one))
                )
            case commands.Heal():
                self._cuts.clear()
                self._separated.clear()
                for host in self.hosts.values():
                    self._settle_all(host)
            case commands.Loss(share):
                self._loss = share
            case commands.Delay(length_ns):
                self._delay_ns = length_ns
            case commands.Track(name, kind, what, status):
                host = self.hosts[name]
                host.status[kind, what] = status
                if host.alive:
                    self._track(host, tracker.Observed(kind, what, status))

    def _end(self, host: Host) -> None:
        host.alive = False
        self._gone(host)

    def _stop(self, host: Host) -> None:
        if host.alive and host.asleep_until is None:
            for node in host.nodes.values():
                self._deliver(host, node, events.Shutdown())
            host.alive = False
            self._gone(host)

    def _gone(self, host: Host) -> None:
        """The world sees nothing of this host any more; what its routers were is over."""
        for name, node in host.nodes.items():
            old = self.history.state_of(host.name, name)
            if old != "OFF":
                gone = Transition(self.now, host.name, name, old, "OFF", "the daemon does not run")
                self.history.change(gone)
            self._settle(host, name, node.settings.all_addresses)

    def _sleep(self, host: Host, length_ns: int, *, suspended: bool) -> None:
        if not host.alive or host.asleep_until is not None:
            return
        host.asleep_since, host.asleep_until, host.suspended = self.now, self.now + length_ns, suspended
        self._settle_all(host)
        self._push(host.asleep_until, self._wake, host, host.asleep_until)

    def _wake(self, host: Host, planned: int) -> None:
        if not host.alive or host.asleep_until != planned:
            return
        host.asleep_until, host.suspended = None, False
        self.history.happenings.append(Happening(self.now, f"{host.name} wakes"))
        self._settle_all(host)
        for node in host.nodes.values():
            self._deliver(host, node, events.Woke(host.asleep_since))
        queued, host.queue = host.queue, []
        for name, packet in queued:
            self._arrive(host, name, packet)
        for node in host.nodes.values():
            self._deliver(host, node, events.TimerFired())

    def _link(self, host: Host, interface: str, up: bool) -> None:
        if up:
            host.down.discard(interface)
        else:
            host.down.add(interface)
        reason = f"interface {interface} down"
        event = events.FaultCleared(reason) if up else events.FaultRaised(reason)
        if not host.alive:
            return
        for node in host.nodes.values():
            if interface in _needed(node.settings):
                self._deliver(host, node, event)
        self._track(host, tracker.Observed(TrackerKind.INTERFACE, interface, int(up)))
        self._settle_all(host)

    def _push(self, at: int, act: Callable[..., None], *subject: object) -> None:
        heapq.heappush(self._queue, _Due(at, next(self._order), act, subject))


def _needed(settings: RouterSettings) -> tuple[str, ...]:
    """The interfaces without which a router is at fault."""
    own = (settings.interface,) if settings.track_interface else ()
    return own + settings.needed_interfaces


def _known(name: str, names: Iterable[str], what: str) -> None:
    choices = list(names)
    if name not in choices:
        raise UsageError(f"'{name}' is no {what}: there is {', '.join(choices) or 'none'}")
