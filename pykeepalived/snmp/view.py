"""All that the tables are made of, at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.base.units import NANOSECONDS_PER_CENTISECOND
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.ipc.details import InstanceDetail, ServiceReport
from pykeepalived.ipc.messages import InstanceCounters, InstanceSnapshot, RouterState
from pykeepalived.lvs.statistics import ServiceStatistics
from pykeepalived.plan.lvs import LvsPlan
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.snmp.served import Served
from pykeepalived.tracking.settings import Key
from pykeepalived.vrrp.settings import RouterSettings

IPAddress = IPv4Address | IPv6Address

_RUNNING = frozenset({RouterState.BACKUP, RouterState.MASTER})


@dataclass(frozen=True, slots=True)
class Link:
    """An interface as the kernel knows it: its first IPv4 address and its link-local ones."""

    index: int
    mac: bytes = b""
    ipv4: IPv4Address | None = None
    link_locals: tuple[IPv6Address, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """The configuration, what it means, and the last that was heard.

    ``states`` and ``groups`` are as they were announced, which may be newer than ``snapshots``.
    ``trackers`` are statuses of tracked things, ``bfd`` sessions that are up.  ``services``,
    ``quorums`` and ``statistics`` are by the service's label, ``alive`` by those of service and server.
    ``realtime_ns`` is when all this was so.
    """

    config: Config
    served: Served
    vrrp: VrrpPlan | None = None
    lvs: LvsPlan | None = None
    snapshots: Mapping[str, InstanceSnapshot] = field(default_factory=dict)
    states: Mapping[str, RouterState] = field(default_factory=dict)
    groups: Mapping[str, RouterState] = field(default_factory=dict)
    trackers: Mapping[Key, int] = field(default_factory=dict)
    bfd: Mapping[str, bool] = field(default_factory=dict)
    services: Mapping[str, ServiceReport] = field(default_factory=dict)
    alive: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    quorums: Mapping[str, bool] = field(default_factory=dict)
    statistics: Mapping[str, ServiceStatistics] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    virtual_link_locals: frozenset[IPAddress] = frozenset()
    realtime_ns: int = 0


def virtual_link_locals(vrrp: VrrpPlan | None) -> frozenset[IPAddress]:
    """The link-local ones among the addresses of all routers."""
    return frozenset(
        one.address
        for router in (vrrp.routers if vrrp is not None else ())
        for one in (*router.addresses, *router.excluded_addresses)
        if one.address.is_link_local
    )


@dataclass(frozen=True, slots=True)
class Instance:
    """One virtual router; ``number`` counts from 1 in the order of the file."""

    number: int
    block: VrrpInstance
    settings: RouterSettings
    view: View
    group: str | None = None

    @property
    def snapshot(self) -> InstanceSnapshot | None:
        return self.view.snapshots.get(self.settings.name)

    @property
    def state(self) -> RouterState:
        """As announced last, else as asked last, else not known: it has not begun."""
        announced = self.view.states.get(self.settings.name)
        if announced is not None:
            return announced
        return RouterState.INIT if self.snapshot is None else self.snapshot.state

    @property
    def counters(self) -> InstanceCounters:
        return InstanceCounters() if self.snapshot is None else self.snapshot.counters

    @property
    def detail(self) -> InstanceDetail:
        return (
            InstanceDetail()
            if self.snapshot is None or self.snapshot.detail is None
            else self.snapshot.detail
        )

    @property
    def effective_priority(self) -> int:
        return self.settings.priority if self.snapshot is None else self.snapshot.effective_priority

    @property
    def link(self) -> Link | None:
        return self.view.links.get(self.settings.interface)

    @property
    def mac(self) -> bytes:
        """Of the interface that adverts go through: the virtual MAC address only with ``use_vmac``."""
        link = self.view.links.get(self.settings.speaking_interface) or self.link
        return b"" if link is None else link.mac

    @property
    def primary(self) -> IPAddress | None:
        """The address that the interface has by itself; virtual ones may be link-local, too."""
        link = self.link
        if link is None:
            return None
        if self.settings.family == 4:
            return link.ipv4
        return next((one for one in link.link_locals if one not in self.view.virtual_link_locals), None)

    @property
    def master(self) -> IPAddress | None:
        """Of the present Master as far as it is known."""
        if self.state is RouterState.MASTER:
            return self.primary
        heard = "" if self.snapshot is None else self.snapshot.master_address
        if not heard:
            return None
        return IPv4Address(heard) if self.settings.family == 4 else IPv6Address(heard)

    @property
    def uptime_cs(self) -> int:
        """Since it left Initialize, or Fault (RFC 2787, RFC 6527: the time since "initialize")."""
        if self.state not in _RUNNING:
            return 0
        transitions = self.detail.transitions
        since = next((one.realtime_ns for one in reversed(transitions) if one.old not in _RUNNING), None)
        if since is None:
            since = transitions[0].realtime_ns if transitions else self.view.realtime_ns
        return max(0, self.view.realtime_ns - since) // NANOSECONDS_PER_CENTISECOND

    def discarded(self, *labels: str) -> int:
        """Refused packets for these reasons together."""
        return sum(count for reason, count in self.detail.discards if reason in labels)


def instances(view: View) -> Iterator[Instance]:
    """The routers that run, numbered as they stand in the file."""
    if view.vrrp is None:
        return
    settings = {router.name: router for router in view.vrrp.routers}
    groups = {member: group.name for group in view.vrrp.groups for member in group.members}
    present = (block for block in view.config.vrrp_instances if block.name in settings)
    for number, block in enumerate(present, 1):
        yield Instance(number, block, settings[block.name], view, groups.get(block.name))
