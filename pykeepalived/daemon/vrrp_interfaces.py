"""Interfaces, addresses and sockets of the virtual routers: follows the kernel and tells the routers."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.vrrp_accept import Firewall
from pykeepalived.daemon.vrrp_actions import Place, Runtime, place_of
from pykeepalived.daemon.vrrp_dad import DuplicateDetection
from pykeepalived.daemon.vrrp_frames import FrameTable
from pykeepalived.daemon.vrrp_link_states import CountedLinks, LinkLines
from pykeepalived.daemon.vrrp_links import interface_faults, interfaces_of, left_over, speaking_address
from pykeepalived.daemon.vrrp_owned import OwnedRouting
from pykeepalived.daemon.vrrp_promote import Promotion
from pykeepalived.daemon.vrrp_refused import RefusedAddresses
from pykeepalived.daemon.vrrp_static import StaticEntries
from pykeepalived.daemon.vrrp_transport import IPAddress, Speaker, Transport
from pykeepalived.daemon.vrrp_vmac import RemakeKey, VirtualLinks
from pykeepalived.kernel.addresses import AddressTable
from pykeepalived.kernel.journal import Journal
from pykeepalived.kernel.links import (
    AddressAdded,
    AddressRemoved,
    Change,
    LinkChanged,
    LinkMonitor,
    LinkRemoved,
    LinkTable,
)
from pykeepalived.kernel.netlink import RequestSocket
from pykeepalived.kernel.sysctls import SysctlKeeper
from pykeepalived.plan.firewall import FirewallSettings
from pykeepalived.plan.vrrp_buffers import NetlinkBuffers
from pykeepalived.vrrp import events
from pykeepalived.vrrp.settings import VirtualAddress

log = get_logger()

_LOCAL_IGMP, _IGMP_HOLDER = "net/ipv4/igmp_link_local_mcast_reports", "disable_local_igmp"

_READS_IN_A_ROW = 16
"""Several events may tell of one thing: an interface goes down, and its IPv6 addresses with it."""


_PUT_BACK_INTERVAL_NS = 1_000_000_000
"""Somebody who deletes an address again and again does not get an endless race with us."""


@dataclass(frozen=True, slots=True)
class PutBackKey:
    """Names the deadline of an address that waits to be put back."""

    router: str
    place: Place


class Interfaces:
    """Keeps the routers' faults, source addresses and sockets in line with the kernel's interfaces.

    ``deliver`` gives an event to a router, ``put_back`` has a Master's address added again.  :meth:`index`
    is called whenever the list of routers or their settings changed.
    """

    def __init__(
        self,
        *,
        routers: dict[str, Runtime],
        transport: Transport,
        deliver: Callable[[str, events.Event, int], None],
        put_back: Callable[[str, VirtualAddress, str], None],
        announce_late: Callable[[str, VirtualAddress], None],
        set_deadline: Callable[[Hashable, int | None], None],
        watch: Callable[[int, Callable[[], None]], object],
        unwatch: Callable[[int], object],
        log_changes: bool,
        journal: Journal,
    ) -> None:
        self._routers = routers
        self._transport = transport
        self._deliver = deliver
        self._put_back = put_back
        self._set_deadline = set_deadline
        self._put_back_at: dict[Place, int] = {}
        self._log_changes = log_changes
        self._requests = RequestSocket()
        self._monitor = LinkMonitor(self._requests)
        self._table = self._monitor.table
        self._by_interface: dict[str, list[str]] = {}
        self._virtual: frozenset[IPAddress] = frozenset()
        self._socket_faults: dict[str, str] = {}
        self.addresses = AddressTable(self._requests, self._index_of)
        self.refused = RefusedAddresses(
            routers, self.addresses, announce=announce_late, set_deadline=set_deadline
        )
        self.duplicates = DuplicateDetection(routers, self._table, announce_late)
        self.frames = FrameTable(self._table.link, self.duplicates.may_announce)
        self._pending: list[Change] = []
        self.sysctls = SysctlKeeper(journal)
        self._promotion = Promotion(self.sysctls, self._table)
        self.firewall = Firewall(self._index_of)
        self.vmacs = VirtualLinks(
            self._requests,
            self._table,
            journal=journal,
            sysctls=self.sysctls,
            refresh=self._refresh,
            set_deadline=set_deadline,
        )
        self.owned = OwnedRouting(
            self._requests, self._index_of, watch=watch, unwatch=unwatch, set_deadline=set_deadline
        )
        self.links = CountedLinks(self._table, set_deadline)
        self._lines = LinkLines(self.links)
        self.on_links: Callable[[Iterable[str]], None] = _nobody
        """Told of interfaces whose state may have changed, before the routers that they belong to.

        A priority that changes with them is then told with the state that the router had, as in keepalived.
        """
        self.static = StaticEntries(self.addresses, self.owned, self._table, set_deadline)

    def set_buffers(self, buffers: NetlinkBuffers) -> None:
        """vrrp_netlink_{cmd,monitor}_rcv_bufs; what the kernel refuses is said."""
        for title, socket, size, forced in (
            ("cmd", self._requests, buffers.requests, buffers.requests_forced),
            ("monitor", self._monitor, buffers.events, buffers.events_forced),
        ):
            if size:
                try:
                    socket.set_buffer(size, forced)
                except OSError as problem:
                    log.warning(f"vrrp_netlink_{title}_rcv_bufs {size}: {problem.strerror}")

    def fileno(self) -> int:
        """Readable when the kernel has news."""
        return self._monitor.fileno()

    @property
    def table(self) -> LinkTable:
        """What is known of the interfaces."""
        return self._table

    def close(self, *, keep_links: bool = False) -> None:
        """Remove what we made for ourselves, put the host's settings back, give every descriptor back."""
        self.vmacs.close(keep=keep_links)
        self.firewall.close()
        self.owned.close()
        self.links.close()
        self.frames.close()
        self._monitor.close()
        self._requests.close()

    def index(self, firewall: FirewallSettings) -> None:
        """Derive what follows from the list of routers: their own links, messages, frames, sockets."""
        # Before a macvlan exists: its first report of group membership would move the Master's MAC address.
        self.firewall.configure(firewall, self._routers.values())
        self._report_groups(firewall)
        self.vmacs.configure(runtime.settings for runtime in self._routers.values())
        self._promotion.configure(runtime.settings for runtime in self._routers.values())
        if self._pending:
            self._forget(self._pending)
            self._set_deadline(RemakeKey(), time.monotonic_ns())
        self._put_back_at.clear()
        self._by_interface = {}
        for name, runtime in self._routers.items():
            for interface in interfaces_of(runtime.settings):
                self._by_interface.setdefault(interface, []).append(name)
        self._virtual = frozenset(
            virtual.address
            for runtime in self._routers.values()
            if not runtime.settings.address_owner
            for virtual in runtime.settings.all_addresses
        )
        self._prepare()
        self._connect()

    def follow(self, tracked: Iterable[str]) -> None:
        """The log tells of these interfaces and of those that the routers have to do with."""
        self._lines.follow({*self._by_interface, *tracked})

    def remove_left_over(self, runtime: Runtime) -> None:
        """Remove what a killed daemon left of this router's addresses, routes and rules."""
        name = runtime.settings.name
        self.owned.remove_left_over(name, runtime.settings.routing)
        remove, leave = left_over(runtime.settings, self._table)
        runtime.foreign = frozenset(place_of(virtual) for virtual in leave)
        for virtual in leave:
            where = f"{virtual} dev {virtual.interface}"
            log.warning(f"({name}) {where} was there before us; taken for the host's own", instance=name)
        if remove:
            names = ", ".join(str(virtual) for virtual in remove)
            log.info(f"({name}) removing left-over addresses: {names}", instance=name)
            for refusal in self.addresses.remove(remove):
                log.error(f"({name}) cannot remove {refusal}", instance=name)

    def assess(self, name: str) -> None:
        """Tell a router what its interfaces and its source address have become."""
        runtime = self._routers[name]
        now = time.monotonic_ns()
        faults = interface_faults(runtime.settings, self._table, self.links.up)
        faults |= self.vmacs.faults(runtime.settings)
        if not faults and name in self._socket_faults:
            faults.add(self._socket_faults[name])
        raised, cleared = faults - runtime.faults, runtime.faults - faults
        runtime.faults = faults
        for reason in sorted(raised):
            self._deliver(name, events.FaultRaised(reason), now)
        source = speaking_address(runtime.settings, self._table, self._virtual)
        runtime.source = source
        if source is not None:
            self._transport.set_source(name, source)
        if runtime.core.primary_address != source:
            self._deliver(name, events.PrimaryAddressChanged(source), now)
        if source is None:
            # Only now: a Master's last word, priority 0, leaves from the address that it had.
            self._transport.set_source(name, None)
        for reason in sorted(cleared):
            self._deliver(name, events.FaultCleared(reason), now)

    def read(self) -> None:
        """Take in what the kernel has to tell: one portion, so that a burst does not delay an advert."""
        changes = self._monitor.read()
        if any(isinstance(change, AddressRemoved) for change in changes):
            # Before an address is put back, its interface may turn out to have gone down.
            for _ in range(_READS_IN_A_ROW):
                more = self._monitor.read()
                if not more:
                    break
                changes += more
        if changes:
            self._changed(changes)

    def remake(self) -> None:
        """Links of ours that somebody deleted may be made again now."""
        self.vmacs.on_deadline()
        self._changed(())

    def settle(self) -> None:
        """After a start: put back what a killed process changed in the host and nobody here has asked for."""
        for problem in self.sysctls.settle():
            log.warning(f"sysctl {problem}")

    def _report_groups(self, settings: FirewallSettings) -> None:
        """``disable_local_igmp``: the kernel tells no switch that it listens to 224.0.0.x."""
        if settings.local_igmp:
            problems = self.sysctls.let_go(_IGMP_HOLDER)
        else:
            problems = self.sysctls.hold(_IGMP_HOLDER, {_LOCAL_IGMP: 0})
        for problem in problems:
            log.warning(f"sysctl {problem}")

    def _refresh(self) -> None:
        """We have changed interfaces: know of it now, act on it after what is being done."""
        self._pending += self._monitor.read_all()

    def _forget(self, changes: Iterable[Change]) -> None:
        """What was encoded for interfaces that are others now."""
        for change in changes:
            if isinstance(change, LinkChanged | LinkRemoved):
                for table in (self.addresses, self.frames, self.owned):
                    table.forget(change.link.name)

    def _changed(self, news: Iterable[Change]) -> None:
        changes = list(news)
        self.vmacs.follow(changes)
        changes += self._pending
        self._pending = []
        touched: dict[str, None] = {}
        removed: list[AddressRemoved] = []
        came_up: dict[str, None] = {}
        reconnect = False
        for change in changes:
            if isinstance(change, AddressAdded | AddressRemoved):
                self._tell(change)
                if change.address.address not in self._virtual:
                    link = self._table.links.get(change.address.index)
                    if link is not None:
                        touched[link.name] = None
                elif isinstance(change, AddressRemoved):
                    removed.append(change)
                else:
                    self.duplicates.observe(change.address)
                continue
            touched[change.link.name] = None
            before = change.before if isinstance(change, LinkChanged) else None
            if change.link.usable and (before is None or not before.usable):
                came_up[change.link.name] = None
            if before is None:
                self.addresses.forget(change.link.name)
                self.owned.forget(change.link.name)
                self._promotion.follow()
                reconnect = True
            elif before.name != change.link.name:
                touched[before.name] = None
                reconnect = True
            if before is None or before.mac != change.link.mac:
                self.frames.forget(change.link.name)
        self.links.observe(touched)
        concerned = dict.fromkeys(name for link in touched for name in self._concerned(link))
        if reconnect and concerned:
            self._connect()
            self._prepare()
        self._lines.tell(touched)
        self.on_links(touched)
        for name in concerned:
            self.assess(name)
        for gone in removed:
            self._reinstate(gone)
        if came_up:
            self._bring_back(came_up)
        self.static.restore(touched)
        links = [self._table.link(name) for name in touched]
        usable = {link.name for link in links if link is not None and link.usable}
        self.refused.changed(usable)
        self.owned.interface_changed(usable)

    def links_due(self) -> None:
        """A delay of an interface is over, or it is to be polled."""
        changed = self.links.due()
        self._lines.tell(changed)
        self.on_links(changed)
        for name in dict.fromkeys(name for link in changed for name in self._concerned(link)):
            self.assess(name)

    def _concerned(self, interface: str) -> list[str]:
        """Routers that have to do with the interface; in a reload some may be gone already."""
        return [name for name in self._by_interface.get(interface, ()) if name in self._routers]

    def _tell(self, change: AddressAdded | AddressRemoved) -> None:
        if self._log_changes:
            link = self._table.links.get(change.address.index)
            verb = "added" if isinstance(change, AddressAdded) else "removed"
            where = "interface that is gone" if link is None else link.name
            log.info(f"{change.address.address}/{change.address.prefix_length} {verb} on {where}")

    def _reinstate(self, gone: AddressRemoved) -> None:
        """Somebody deleted an address that a Master of ours should hold."""
        link = self._table.links.get(gone.address.index)
        if link is None or not link.usable:
            return
        if self._table.held(link.index, gone.address.address, gone.address.prefix_length) is not None:
            return  # it was we who released it and took it again
        place = (link.name, gone.address.address, gone.address.prefix_length)
        for name in self._concerned(link.name):
            virtual = self._routers[name].taken.get(place)
            if virtual is None or virtual.no_track:
                continue
            due_at = self._put_back_at.get(place, 0) + _PUT_BACK_INTERVAL_NS
            key = PutBackKey(name, place)
            if due_at > time.monotonic_ns():
                self._set_deadline(key, due_at)
            else:
                self.on_deadline(key)

    def on_deadline(self, key: PutBackKey, how: str = "was deleted by somebody else") -> None:
        """Put an address back now, when its router still wants it; ``how`` it was lost."""
        runtime = self._routers.get(key.router)
        virtual = None if runtime is None else runtime.taken.get(key.place)
        if virtual is not None:
            self._put_back_at[key.place] = time.monotonic_ns()
            self._put_back(key.router, virtual, how)
            self.owned.interface_changed((virtual.interface,))  # routes may have gone with it

    def _bring_back(self, interfaces: Iterable[str]) -> None:
        """The kernel drops IPv6 addresses when an interface goes down, and all of them with the interface."""
        for interface in interfaces:
            link = self._table.link(interface)
            if link is None:
                continue
            for name in self._concerned(interface):
                runtime = self._routers[name]
                here = [one for one in runtime.taken if one[0] == interface and one not in runtime.refused]
                for place in here:
                    if self._table.held(link.index, place[1], place[2]) is None:
                        self.on_deadline(PutBackKey(name, place), "went with its interface")
        self.static.restore(interfaces, came_up=True)

    def refused_by_kernel(self, runtime: Runtime) -> list[tuple[str, str]]:
        """What the kernel does not take from this router, and its reasons."""
        addresses = [
            (f"{address}/{length} dev {interface}", why)
            for (interface, address, length), why in runtime.refused.items()
        ]
        return addresses + self.owned.refused(runtime.settings.name)

    def _index_of(self, interface: str) -> int | None:
        link = self._table.link(interface)
        return None if link is None else link.index

    def _prepare(self) -> None:
        """Encode messages and frames ahead."""
        all_addresses: list[VirtualAddress] = [
            virtual for runtime in self._routers.values() for virtual in runtime.settings.all_addresses
        ]
        self.addresses.prepare([*all_addresses, *(one.address for one in self.static.settings.addresses)])
        self.frames.prepare(all_addresses)
        self.owned.prepare(item for runtime in self._routers.values() for item in runtime.settings.routing)

    def _connect(self) -> None:
        """Open the sockets that the routers need and close the others."""
        speakers = []
        for runtime in self._routers.values():
            runtime.source = speaking_address(runtime.settings, self._table, self._virtual)
            speakers.append(Speaker(runtime.settings, runtime.source))
        failures = self._transport.configure(speakers)
        self._socket_faults = {
            name: f"no socket on {self._routers[name].settings.speaking_interface}: {_why(refused)}"
            for name, refused in failures.items()
        }


def _nobody(_interfaces: Iterable[str]) -> None:
    """Nobody follows interfaces."""


def _why(refused: OSError) -> str:
    """The kernel's word, and what to do about it where that is known."""
    reason = refused.strerror or str(refused)
    if isinstance(refused, PermissionError):
        reason += " (run as root, or with CAP_NET_RAW and CAP_NET_ADMIN)"
    return reason
