"""Configuration -> settings of the pools: what each virtual_server means in the kernel's terms.

The quirks are keepalived's, seen in the tables it programs (2.2.7 and 2.4.3 in a guest with real IPVS):
direct routing and tunnels cannot translate ports, so a server takes the port of its service (0 for a
firewall mark); a service without port is made persistent; a persistence engine counts only with persistence;
one-packet scheduling only with UDP or a mark; a server of the other address family only with TUN.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.config.values import SyncDaemon as SyncDaemonOptions
from pykeepalived.lvs.service import (
    Destination,
    DestinationKey,
    ForwardingMethod,
    IPAddress,
    Protocol,
    ServiceFlag,
    ServiceKey,
    TunnelType,
    VirtualService,
)
from pykeepalived.lvs.settings import PoolSettings, ServerSettings, SorryServer
from pykeepalived.plan.group_marks import GroupMarks, MarkBook
from pykeepalived.plan.kept import Kept
from pykeepalived.plan.ports import IpvsTimeouts, SyncDaemon, SyncRole
from pykeepalived.plan.source_nat import SourceNat, plan_source_nat

if TYPE_CHECKING:
    from pykeepalived.config.blocks.real_server import RealServer
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.virtual_server import VirtualServer
    from pykeepalived.config.blocks.virtual_server_group import VirtualServerGroup
    from pykeepalived.config.values import Forwarding

AF_INET, AF_INET6 = 2, 10
DEFAULT_PERSISTENCE_S = 360
METHODS = {
    "NAT": ForwardingMethod.MASQUERADE,
    "DR": ForwardingMethod.DIRECT_ROUTING,
    "TUN": ForwardingMethod.TUNNEL,
}
TUNNELS = {"ipip": TunnelType.IPIP, "gue": TunnelType.GUE, "gre": TunnelType.GRE}
CHECKSUMS = {"nocsum": 0, "csum": 1, "remcsum": 2}
UINT_MAX = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class PlannedPool:
    """A pool's settings with the blocks they came from, for whoever needs scripts, checks or delays.

    ``servers`` pairs each server of the settings, by its key, with its block.  ``noted``: something had to be
    said about it.
    """

    settings: PoolSettings
    virtual_server: VirtualServer
    servers: tuple[tuple[DestinationKey, RealServer], ...]
    noted: bool = False

    def of(self, block: VirtualServer) -> PlannedPool:
        """The same pool for the same block of another configuration."""
        if block is self.virtual_server:
            return self
        pairs = zip(self.servers, block.real_servers, strict=True)
        return replace(self, virtual_server=block, servers=tuple([(key, real) for (key, _), real in pairs]))


@dataclass(frozen=True, slots=True)
class LvsPlan:
    """All pools of a configuration, and in ``notes`` what was left out or changed, as log lines."""

    pools: tuple[PlannedPool, ...]
    notes: tuple[str, ...]
    marks: GroupMarks | None = None
    source_nat: SourceNat | None = None


def plan_lvs(config: Config, kept: Kept[PlannedPool] | None = None) -> LvsPlan:
    """The pools of ``config`` in its order; ``kept`` are those of the configuration before, then these."""
    if kept is None:
        kept = Kept()
    groups: dict[str, VirtualServerGroup] = {}
    for group in config.virtual_server_groups:
        groups.setdefault(group.name, group)  # of two with one name keepalived finds the first
    owners = address_owners(config)
    follows = config.global_defs.ipvs_follows_vrrp
    default_follow = True if follows is None else follows
    tells_start = bool(config.global_defs.rs_init_notifies)
    notes: list[str] = []
    marks = MarkBook(config)
    uses: dict[str, int] = {}
    pools: list[PlannedPool] = []
    for block in config.virtual_servers:
        base = _label(block)
        use = uses[base] = uses.get(base, -1) + 1
        label = f"{base}:{use}" if block.group is not None else base
        draft = _Draft(block, label, groups.get(block.group or ""), notes, tells_start, marks)
        follow = default_follow if block.ipvs_follows_vrrp is None else block.ipvs_follows_vrrp
        planned = draft.pool(owners if follow else {}, 0 if block.group is not None else use, kept.of(block))
        if planned is not None:
            pools.append(planned)
            kept.keep(block, planned)
    natted = [(one.settings, one.virtual_server.source_nat) for one in pools if one.virtual_server.source_nat]
    nat = plan_source_nat(natted, notes, config.instance) if natted else None
    return LvsPlan(tuple(pools), tuple(notes), marks.plan(), nat)


def address_owners(config: Config) -> dict[IPAddress, str]:
    """Which vrrp_instance has each virtual address; of two the first.  Without virtual servers: none."""
    owners: dict[IPAddress, str] = {}
    if not config.virtual_servers:
        return owners
    for instance in config.vrrp_instances:
        for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded):
            owners.setdefault(line.address, instance.name)
    return owners


def ipvs_timeouts(config: Config) -> IpvsTimeouts | None:
    """``lvs_timeouts``, None when nothing is to be changed."""
    written = config.global_defs.lvs_timeouts
    if written is None:
        return None
    return IpvsTimeouts(written.tcp or 0, written.tcpfin or 0, written.udp or 0)


def sync_daemons(config: Config) -> tuple[str | None, tuple[SyncDaemon, ...]]:
    """``lvs_sync_daemon``: the instance that it follows, and what to run.

    With an instance the first daemon belongs to Master and the second to Backup; without one both run.
    """
    written = config.global_defs.lvs_sync_daemon or _sync_daemon_of_instance(config)
    if written is None:
        return None, ()
    sync_id = written.sync_id
    if sync_id is None:
        named = (one.virtual_router_id for one in config.vrrp_instances if one.name == written.instance)
        sync_id = next(named, None) or 0
    daemons = tuple(
        SyncDaemon(
            role,
            written.interface,
            sync_id,
            written.maxlen or 0,
            written.group,
            written.port or 0,
            written.ttl or 0,
        )
        for role in (SyncRole.MASTER, SyncRole.BACKUP)
    )
    return written.instance, daemons


def _sync_daemon_of_instance(config: Config) -> SyncDaemonOptions | None:
    """The old form, ``lvs_sync_daemon_interface`` in a vrrp_instance; of two the first."""
    for instance in config.vrrp_instances:
        if instance.lvs_sync_daemon_interface:
            return SyncDaemonOptions(instance.lvs_sync_daemon_interface, instance.name)
    return None


def _label(block: VirtualServer) -> str:
    """How keepalived writes the server: ``[G]``, ``FWM 7`` or ``[192.0.2.1]:tcp:80``."""
    if block.group is not None:
        return f"[{block.group}]"
    if block.fwmark is not None:
        return f"FWM {block.fwmark}"
    return f"[{block.address}]:{_protocol(block).name.lower()}:{block.port or 0}"


def _protocol(block: VirtualServer) -> Protocol:
    return Protocol[block.protocol] if block.protocol else Protocol.UDP


_FAMILIES: dict[int | None, int] = {4: AF_INET, 6: AF_INET6}


def family_of(address: IPAddress) -> int:
    """The kernel's number of its address family."""
    return _FAMILIES[address.version]


@dataclass(slots=True)
class _Draft:
    """One virtual_server on its way to a pool."""

    block: VirtualServer
    label: str
    group: VirtualServerGroup | None
    notes: list[str]
    tells_start: bool
    marks: MarkBook
    _marked: bool = False

    def pool(
        self, owners: dict[IPAddress, str], occurrence: int, before: PlannedPool | None = None
    ) -> PlannedPool | None:
        """``before`` is what the unchanged block was planned to in another configuration."""
        block = self.block
        if before is not None and self._stays(before, owners, occurrence):
            return before.of(block)
        notes_before = len(self.notes)
        if block.group is not None and self.group is None:
            self._note_dropped(f"virtual_server_group {block.group} is not defined")
            return None
        own = self._own_family()
        if why := self._unfit(own):
            self._note_dropped(why)
            return None
        services = self._services(own)
        if not services:
            self._note_dropped("it has no address or firewall mark")
            return None
        families = {service.key.family for service in services}
        servers: list[tuple[ServerSettings, RealServer]] = []
        for real in block.real_servers:
            server = self._server(real)
            other = families - {family_of(real.address)}
            if other and server.destination.forwarding is not ForwardingMethod.TUNNEL:
                self.notes.append(f"{self.label}: real server {server.label} left out: other address family")
            else:
                servers.append((server, real))
        if not servers:
            self._note_dropped("it has no usable real server")
            return None
        quorum, hysteresis = self._quorum(sum(server.destination.weight for server, _ in servers))
        settings = PoolSettings(
            label=self.label,
            services=services,
            servers=tuple(server for server, _ in servers),
            quorum=quorum,
            hysteresis=hysteresis,
            sorry_server=self._sorry(),
            owners=tuple(self._owner(service.key, owners) for service in services),
            alpha=block.alpha,
            omega=block.omega,
            ha_suspend=block.ha_suspend,
            occurrence=occurrence,
            tells_start=self.tells_start,
            slow_start_ns=(block.slow_start or 0) * NANOSECONDS_PER_SECOND,
            drain_removed_ns=(block.drain_removed or 0) * NANOSECONDS_PER_SECOND,
        )
        return PlannedPool(
            settings,
            block,
            tuple([(server.key, real) for server, real in servers]),
            len(self.notes) != notes_before,
        )

    def _stays(self, before: PlannedPool, owners: dict[IPAddress, str], occurrence: int) -> bool:
        """Whether what the plan takes from outside the block is as it was; what a group says is not asked."""
        settings = before.settings
        return (
            self.group is None
            and not before.noted
            and settings.occurrence == occurrence
            and settings.tells_start == self.tells_start
            and settings.owners == tuple([self._owner(service.key, owners) for service in settings.services])
        )

    def _owner(self, key: ServiceKey, owners: dict[IPAddress, str]) -> str | None:
        """The instance a service follows; that of all addresses of its group when those are marked."""
        if key.address is not None:
            return owners.get(key.address)
        if not self._marked or self.group is None:
            return None
        found = {owners.get(entry.first) for entry in self.group.entries if entry.first is not None}
        return found.pop() if len(found) == 1 else None

    def _note_dropped(self, why: str) -> None:
        self.notes.append(f"virtual server {self.label} ignored: {why}")

    # -------------------------------------------------------------- services

    def _own_family(self) -> int | None:
        """What a service without an address says of its family, as keepalived takes it; None when nothing.

        ``ip_family``, a mask of clients, or a server that is not behind a tunnel.
        """
        block = self.block
        if block.address is not None:
            return family_of(block.address)
        if block.ip_family is not None:
            return AF_INET6 if block.ip_family == "inet6" else AF_INET
        if block.persistence_granularity is not None:
            return AF_INET if isinstance(block.persistence_granularity, IPv4Address) else AF_INET6
        direct = [
            real.address
            for real in block.real_servers
            if _method(real.lvs_method or block.lb_kind) is not ForwardingMethod.TUNNEL
        ]
        sorry = block.sorry_server_lvs_method or block.lb_kind
        if block.sorry_server is not None and _method(sorry) is not ForwardingMethod.TUNNEL:
            direct.append(block.sorry_server.address)
        return family_of(direct[0]) if direct else None

    def _unfit(self, own: int | None) -> str:
        """Why keepalived drops a service whose group is of another family than itself."""
        if self.group is None or own is None:
            return ""
        other = self._group_families(self.group) - {own}
        if not other:
            return ""
        name = {AF_INET: "IPv4", AF_INET6: "IPv6"}
        return f"it is an {name[own]} service, and its group has {name[other.pop()]} entries"

    @staticmethod
    def _group_families(group: VirtualServerGroup) -> set[int]:
        families = {family_of(entry.first) for entry in group.entries if entry.first is not None}
        return families | {_FAMILIES[entry.family] for entry in group.entries if entry.family is not None}

    def _services(self, own: int | None) -> tuple[VirtualService, ...]:
        return tuple(self._service(key) for key in dict.fromkeys(self._keys(own)))

    def _keys(self, own: int | None) -> Iterator[ServiceKey]:
        block = self.block
        if self.group is not None:
            yield from self._group_keys(self.group, own)
        elif block.fwmark is not None:
            if block.fwmark:
                yield ServiceKey(own or self._family_of_servers(), None, None, 0, block.fwmark)
        elif block.address is not None:
            yield ServiceKey(family_of(block.address), _protocol(block), block.address, block.port or 0)

    def _group_keys(self, group: VirtualServerGroup, own: int | None) -> Iterator[ServiceKey]:
        addresses = [entry.first for entry in group.entries if entry.first is not None]
        mark = self.marks.mark(group, _protocol(self.block)) if addresses else None
        if mark is not None:
            self._marked = True
            for address in addresses:
                yield ServiceKey(family_of(address), None, None, 0, mark)
            return
        families = self._group_families(group)
        usual = own or (families.pop() if len(families) == 1 else AF_INET)
        for entry in group.entries:
            if entry.fwmark is not None:
                if entry.fwmark:
                    yield ServiceKey(_FAMILIES.get(entry.family, usual), None, None, 0, entry.fwmark)
            elif entry.first is not None:
                for address in _range(entry.first, entry.last or entry.first):
                    yield ServiceKey(family_of(address), _protocol(self.block), address, entry.port or 0)

    def _family_of_servers(self) -> int:
        """Of a mark whose servers are all behind tunnels: theirs, or IPv4 when they are of both."""
        families = {family_of(real.address) for real in self.block.real_servers}
        if self.block.sorry_server is not None:
            families.add(family_of(self.block.sorry_server.address))
        return families.pop() if len(families) == 1 else AF_INET

    def _service(self, key: ServiceKey) -> VirtualService:
        """The clients of a group's services stand for themselves, whatever the mask: as in keepalived."""
        block = self.block
        flags = ServiceFlag.NONE
        if block.flag_1 or block.sh_fallback or block.mh_fallback:
            flags |= ServiceFlag.SCHEDULER_1
        if block.flag_2 or block.sh_port or block.mh_port:
            flags |= ServiceFlag.SCHEDULER_2
        if block.flag_3:
            flags |= ServiceFlag.SCHEDULER_3
        if block.ops and (block.fwmark is not None or _protocol(block) is Protocol.UDP):
            flags |= ServiceFlag.ONE_PACKET
        timeout = block.persistence_timeout or 0
        portless = not key.fwmark and not key.port
        if not timeout and (block.persistence_granularity is not None or portless):
            timeout = DEFAULT_PERSISTENCE_S
        if timeout:
            flags |= ServiceFlag.PERSISTENT
        return VirtualService(
            key=key,
            scheduler=block.lb_algo or "wlc",
            flags=flags,
            persistence_timeout=timeout,
            netmask=None if block.group else _netmask(block.persistence_granularity, key.family),
            persistence_engine=block.persistence_engine if timeout else None,
        )

    # -------------------------------------------------------------- servers

    def _server(self, real: RealServer) -> ServerSettings:
        block = self.block
        method = real.lvs_method or block.lb_kind
        weight = block.weight if real.weight is None else real.weight
        alpha = block.alpha if real.alpha is None else real.alpha
        inhibit = block.inhibit_on_failure if real.inhibit_on_failure is None else real.inhibit_on_failure
        port = self._server_port(real.port, method)
        destination = _destination(
            DestinationKey(real.address, port), method, weight, real.uthreshold, real.lthreshold
        )
        return ServerSettings(
            label=self._server_label(real.address, port),
            destination=destination,
            inhibit_on_failure=inhibit,
            starts_down=alpha and bool(real.checkers),
        )

    def _server_port(self, written: int | None, method: Forwarding | None) -> int:
        if self.block.group is not None:
            return written or 0  # for each service of the group the pool decides
        service_port = self.block.port or 0
        if _method(method) is not ForwardingMethod.MASQUERADE:
            return service_port  # the packet keeps its port; 0 for a firewall mark
        return written or service_port

    def _server_label(self, address: IPAddress, port: int) -> str:
        protocol = "none" if self.block.fwmark is not None else _protocol(self.block).name.lower()
        return f"[{address}]:{protocol}:{port}"

    def _sorry(self) -> SorryServer | None:
        written = self.block.sorry_server
        if written is None:
            return None
        method = self.block.sorry_server_lvs_method or self.block.lb_kind
        port = written.port or 0
        if self.block.group is None and _method(method) is not ForwardingMethod.MASQUERADE:
            port = self.block.port or 0
        destination = _destination(DestinationKey(written.address, port), method, 1, 0, 0)
        return SorryServer(
            self._server_label(written.address, port), destination, self.block.sorry_server_inhibit
        )

    def _quorum(self, total: int) -> tuple[int, int]:
        """Quorum and hysteresis that can be reached; all weights 0 means: never, as in keepalived."""
        quorum, hysteresis = self.block.quorum, self.block.hysteresis
        if quorum > total:
            self.notes.append(
                f"{self.label}: quorum {quorum} is more than all servers weigh ({total}); it is {total} now"
            )
            quorum = total
        if hysteresis >= quorum:
            hysteresis = quorum - 1 if quorum else UINT_MAX
        return quorum, hysteresis


def _range(first: IPAddress, last: IPAddress) -> Iterator[IPAddress]:
    make = type(first)
    for number in range(int(first), int(last) + 1):
        yield make(number)


def _netmask(granularity: IPv4Address | int | None, family: int) -> int | None:
    """What the kernel takes: the mask's number for IPv4, the prefix length for IPv6, None for per host.

    One written for the other family (a group or a mark shows its family late) only turns persistence on.
    """
    if granularity is None or isinstance(granularity, IPv4Address) != (family == AF_INET):
        return None
    number = int(granularity)
    return None if number == (UINT_MAX if family == AF_INET else 128) else number


def _method(written: Forwarding | None) -> ForwardingMethod:
    return METHODS[written.method] if written is not None else ForwardingMethod.MASQUERADE


def _destination(
    key: DestinationKey, written: Forwarding | None, weight: int, upper: int, lower: int
) -> Destination:
    method = _method(written)
    if written is None or method is not ForwardingMethod.TUNNEL:
        return Destination(key, method, weight, upper, lower)
    return Destination(
        key,
        method,
        weight,
        upper,
        lower,
        TUNNELS[written.tunnel_type or "ipip"],
        written.port or 0,
        CHECKSUMS[written.checksum or "nocsum"],
    )
