"""KEEPALIVED-MIB, ``check``: virtual servers and real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.ipc.management import Adjustable, SettingChange
from pykeepalived.lvs.service import Destination, ForwardingMethod, ServiceFlag, TunnelType
from pykeepalived.lvs.settings import ServerSettings, SorryServer
from pykeepalived.lvs.statistics import ServerStatistics, ServiceStatistics
from pykeepalived.plan.lvs import PlannedPool
from pykeepalived.snmp.check_statistics import SERVER_COLUMNS, SERVICE_COLUMNS, Cell
from pykeepalived.snmp.mib import (
    Column,
    Index,
    Table,
    family,
    gauge,
    integer,
    octets,
    packed,
    text,
    truth,
)
from pykeepalived.snmp.oids import CHECK
from pykeepalived.snmp.view import View
from pykeepalived.snmp.words import command, path
from pykeepalived.wire.agentx import Error, Value

USEC = 1_000_000
"""Microseconds per second."""

_FWMARK, _ADDRESS, _GROUP = 1, 2, 3
"""virtualServerType."""
_PROTOCOLS = {"TCP": 1, "UDP": 2, "SCTP": 3}
_PROTOCOL_NONE = 4
_UNKNOWN_SCHEDULER = 99
SCHEDULERS = {
    name: number
    for number, name in enumerate(
        ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"), 1
    )
}
_METHODS = {
    ForwardingMethod.MASQUERADE: 1,
    ForwardingMethod.DIRECT_ROUTING: 2,
    ForwardingMethod.TUNNEL: 3,
}
_EVERY_HOST_4 = 0xFFFFFFFF
_AF_INET6 = 10

# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class Service:
    """A virtual server that runs."""

    pool: PlannedPool
    view: View

    @property
    def block(self) -> VirtualServer:
        return self.pool.virtual_server

    @property
    def label(self) -> str:
        return self.pool.settings.label

    @property
    def statistics(self) -> ServiceStatistics:
        return self.view.statistics.get(self.label) or ServiceStatistics()

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if self.pool.settings.services[0].key.family == _AF_INET6 else 4

    @property
    def flags(self) -> ServiceFlag:
        return self.pool.settings.services[0].flags

    @property
    def persistence(self) -> int:
        service = self.pool.settings.services[0]
        return service.persistence_timeout if service.flags & ServiceFlag.PERSISTENT else 0

    def is_up(self, server: ServerSettings) -> bool:
        """As announced last; before the first word it is what it starts with."""
        return self.view.alive.get((self.label, server.label), not server.starts_down)

    @property
    def servers_up(self) -> int:
        return sum(self.is_up(server) for server in self.pool.settings.servers)

    @property
    def quorum_up(self) -> bool:
        settings = self.pool.settings
        known = self.view.quorums.get(self.label)
        if known is not None:
            return known
        return sum(one.destination.weight for one in settings.servers if self.is_up(one)) >= settings.quorum


@dataclass(frozen=True, slots=True)
class Server:
    """A real server of a service, or its sorry server (``block`` None)."""

    service: Service
    settings: ServerSettings | SorryServer
    block: RealServer | None

    @property
    def destination(self) -> Destination:
        return self.settings.destination

    @property
    def statistics(self) -> ServerStatistics:
        return self.service.statistics.servers.get(self.settings.label) or ServerStatistics()

    @property
    def is_up(self) -> bool:
        return isinstance(self.settings, ServerSettings) and self.service.is_up(self.settings)

    @property
    def weight(self) -> int:
        """What the kernel is to have while it is up."""
        report = self.service.view.services.get(self.service.label)
        for server in report.servers if report is not None else ():
            if server.server == self.settings.label:
                return server.weight
        return self.destination.weight


def services(view: View) -> Iterator[tuple[Index, Service]]:
    """The virtual servers that run, numbered as they stand in the file."""
    for number, pool in enumerate(view.lvs.pools if view.lvs is not None else (), 1):
        yield (number,), Service(pool, view)


def servers(view: View) -> Iterator[tuple[Index, Server]]:
    """The sorry server first, as in keepalived."""
    for index, service in services(view):
        settings = service.pool.settings
        blocks = dict(service.pool.servers)
        rows: list[Server] = []
        if settings.sorry_server is not None:
            rows.append(Server(service, settings.sorry_server, None))
        rows += [Server(service, one, blocks.get(one.key)) for one in settings.servers]
        for number, row in enumerate(rows, 1):
            yield (*index, number), row


# ---------------------------------------------------------------- cells


def _service_type(row: Service) -> int:
    if row.block.group is not None:
        return _GROUP
    return _FWMARK if row.block.fwmark is not None else _ADDRESS


def _port(row: Service) -> Value | None:
    return gauge(row.block.port or 0) if row.block.address is not None else None


def protocol(row: Service) -> Value | None:
    """virtualServerProtocol; a firewall mark has none."""
    if row.block.fwmark is not None:
        return None
    return integer(_PROTOCOLS.get(row.block.protocol or "UDP", _PROTOCOL_NONE))


def _scheduler(row: Service) -> Value:
    return integer(SCHEDULERS.get(row.pool.settings.services[0].scheduler, _UNKNOWN_SCHEDULER))


def _method(row: Service) -> Value | None:
    written = row.block.lb_kind
    if written is None:
        return None
    return integer({"NAT": 1, "DR": 2, "TUN": 3}[written.method])


def _granularity_4(row: Service) -> Value | None:
    """Marks and groups have both columns, as in keepalived."""
    if row.block.address is not None and row.block.address.version == 6:
        return None
    mask = row.pool.settings.services[0].netmask
    return octets((_EVERY_HOST_4 if mask is None else mask).to_bytes(4, "big"))


def _granularity_6(row: Service) -> Value | None:
    if row.block.address is not None and row.block.address.version == 4:
        return None
    mask = row.pool.settings.services[0].netmask
    return gauge(0xFFFFFFFF if mask is None else mask)


def _seconds(seconds: float | None) -> Value:
    return gauge(int(seconds or 0))


def _microseconds(seconds: float | None) -> Value:
    return gauge(round((seconds or 0) * USEC))


def _positive(number: int) -> Value | None:
    return gauge(number) if number else None


def _tunnel_type(kind: str | None) -> int:
    """ipip(1), gue(2), gre(3)."""
    return {"gue": 2, "gre": 3}.get(kind or "", 1)


def _service_tunnel(row: Service) -> Value | None:
    written = row.block.lb_kind
    if written is None or written.method != "TUN":
        return None
    return integer(_tunnel_type(written.tunnel_type))


def _service_tunnel_port(row: Service) -> Value | None:
    written = row.block.lb_kind
    if written is None or written.method != "TUN" or written.tunnel_type != "gue":
        return None
    return gauge(written.port or 0)


_MAX_WEIGHT = 65535


def _server_tunnel(row: Server) -> Value | None:
    if row.destination.forwarding is not ForwardingMethod.TUNNEL:
        return None
    return integer(row.destination.tunnel_type + 1)


def _server_tunnel_port(row: Server) -> Value | None:
    tunnel = row.destination.forwarding is ForwardingMethod.TUNNEL
    return (
        gauge(row.destination.tunnel_port)
        if tunnel and row.destination.tunnel_type is TunnelType.GUE
        else None
    )


def _regular(cell: Callable[[Server, RealServer], Value | None]) -> Callable[[Server], Value | None]:
    """A cell that a sorry server does not have."""
    return lambda row: None if row.block is None else cell(row, row.block)


def _set_weight(row: Server, value: int) -> SettingChange | Error:
    """As the keyword ``weight`` allows; keepalived takes the lowest byte of whatever comes."""
    if not 0 <= value <= _MAX_WEIGHT:
        return Error.WRONG_VALUE
    return SettingChange(Adjustable.WEIGHT, row.service.label, value, row.settings.label)


def _inherited(field: str) -> Callable[[Server], Any]:
    """What the real server says, else what its virtual server does."""

    def value(row: Server) -> Any:
        own = None if row.block is None else getattr(row.block, field)
        return getattr(row.service.block, field) if own is None else own

    return value


def _own_virtual_host(_: Server, block: RealServer) -> Value | None:
    return text(block.virtualhost) if block.is_set("virtualhost") else None


def _inhibits(row: Server) -> bool:
    return isinstance(row.settings, ServerSettings) and row.settings.inhibit_on_failure


def _counted(columns: Iterable[tuple[int, str, Cell]]) -> Iterator[Column[Any]]:
    def of_totals(cell: Cell) -> Callable[[Service | Server], Value]:
        return lambda row: cell(row.statistics.totals)

    for number, name, cell in columns:
        yield Column(number, name, of_totals(cell))


# ---------------------------------------------------------------- tables

SERVICES: Table[Service] = Table(
    (*CHECK, 3, 1),
    (
        Column(2, "virtualServerType", lambda row: integer(_service_type(row))),
        Column(3, "virtualServerNameOfGroup", lambda row: text(row.block.group)),
        Column(4, "virtualServerFwMark", lambda row: _positive(row.block.fwmark or 0)),
        Column(5, "virtualServerAddrType", lambda row: integer(1 if row.family == 4 else 2)),
        Column(6, "virtualServerAddress", lambda row: packed(row.block.address)),
        Column(7, "virtualServerPort", _port),
        Column(8, "virtualServerProtocol", protocol),
        Column(9, "virtualServerLoadBalancingAlgo", _scheduler),
        Column(10, "virtualServerLoadBalancingKind", _method),
        Column(11, "virtualServerStatus", lambda row: truth(True)),
        Column(12, "virtualServerVirtualHost", lambda row: text(row.block.virtualhost)),
        Column(13, "virtualServerPersist", lambda row: truth(row.persistence)),
        Column(14, "virtualServerPersistTimeout", lambda row: _positive(row.persistence)),
        Column(15, "virtualServerPersistGranularity", _granularity_4),
        Column(16, "virtualServerDelayLoop", lambda row: _seconds(row.block.delay_loop)),
        Column(17, "virtualServerHaSuspend", lambda row: truth(row.block.ha_suspend)),
        Column(18, "virtualServerAlpha", lambda row: truth(row.block.alpha)),
        Column(19, "virtualServerOmega", lambda row: truth(row.block.omega)),
        Column(20, "virtualServerRealServersTotal", lambda row: gauge(len(row.pool.settings.servers))),
        Column(21, "virtualServerRealServersUp", lambda row: gauge(row.servers_up)),
        Column(22, "virtualServerQuorum", lambda row: gauge(row.pool.settings.quorum)),
        Column(23, "virtualServerQuorumStatus", lambda row: truth(row.quorum_up)),
        Column(24, "virtualServerQuorumUp", lambda row: command(row.block.quorum_up)),
        Column(25, "virtualServerQuorumDown", lambda row: command(row.block.quorum_down)),
        Column(26, "virtualServerHysteresis", lambda row: gauge(row.pool.settings.hysteresis)),
        Column(37, "virtualServerOPS", lambda row: truth(row.flags & ServiceFlag.ONE_PACKET)),
        Column(51, "virtualServerPersistGranularity6", _granularity_6),
        Column(52, "virtualServerHashed", lambda row: truth(row.block.hashed)),
        Column(53, "virtualServerSHFallback", lambda row: truth(row.block.sh_fallback or row.block.flag_1)),
        Column(54, "virtualServerSHPort", lambda row: truth(row.block.sh_port or row.block.flag_2)),
        Column(55, "virtualServerSched3", lambda row: truth(row.block.flag_3)),
        Column(56, "virtualServerActionWhenDown", lambda row: truth(not row.block.inhibit_on_failure)),
        Column(57, "virtualServerRetry", lambda row: gauge(row.block.retry or 0)),
        Column(58, "virtualServerDelayBeforeRetry", lambda row: _seconds(row.block.delay_before_retry)),
        Column(59, "virtualServerWarmup", lambda row: _seconds(row.block.warmup)),
        Column(60, "virtualServerWeight", lambda row: integer(row.block.weight)),
        Column(61, "virtualServerSmtpAlert", lambda row: truth(row.block.smtp_alert)),
        Column(62, "virtualServerMHFallback", lambda row: truth(row.block.mh_fallback or row.block.flag_1)),
        Column(63, "virtualServerMHPort", lambda row: truth(row.block.mh_port or row.block.flag_2)),
        Column(64, "virtualServerDelayLoopUsec", lambda row: _microseconds(row.block.delay_loop)),
        Column(
            65, "virtualServerDelayBeforeRetrUsec", lambda row: _microseconds(row.block.delay_before_retry)
        ),
        Column(66, "virtualServerWarmupUsec", lambda row: _microseconds(row.block.warmup)),
        Column(67, "virtualServerConnTimeoutUsec", lambda row: _microseconds(row.block.connect_timeout)),
        Column(68, "virtualServerTunnelType", _service_tunnel),
        Column(69, "virtualServerTunnelPort", _service_tunnel_port),
        Column(71, "virtualServerName", lambda row: text(row.block.snmp_name)),
        Column(72, "virtualServerQuorumUpPath", lambda row: path(row.block.quorum_up)),
        Column(73, "virtualServerQuorumDownPath", lambda row: path(row.block.quorum_down)),
        *_counted(SERVICE_COLUMNS),
    ),
    services,
)

SERVERS: Table[Server] = Table(
    (*CHECK, 4, 1),
    (
        Column(2, "realServerType", lambda row: truth(row.block)),
        Column(3, "realServerAddrType", lambda row: family(row.destination.key.address)),
        Column(4, "realServerAddress", lambda row: packed(row.destination.key.address)),
        Column(5, "realServerPort", lambda row: gauge(row.destination.key.port)),
        Column(6, "realServerStatus", _regular(lambda row, _: truth(row.is_up))),
        Column(7, "realServerWeight", _regular(lambda row, _: integer(row.weight)), _set_weight),
        Column(8, "realServerUpperConnectionLimit", _regular(lambda _, block: _positive(block.uthreshold))),
        Column(9, "realServerLowerConnectionLimit", _regular(lambda _, block: _positive(block.lthreshold))),
        Column(10, "realServerActionWhenDown", _regular(lambda row, _: truth(not _inhibits(row)))),
        Column(11, "realServerNotifyUp", _regular(lambda _, block: command(block.notify_up))),
        Column(12, "realServerNotifyDown", _regular(lambda _, block: command(block.notify_down))),
        Column(13, "realServerFailedChecks", _regular(lambda row, _: gauge(0 if row.is_up else 1))),
        Column(15, "realServerStatsActiveConns", lambda row: gauge(row.statistics.active)),
        Column(16, "realServerStatsInactiveConns", lambda row: gauge(row.statistics.inactive)),
        Column(17, "realServerStatsPersistentConns", lambda row: gauge(row.statistics.persistent)),
        Column(40, "realServerForwardingMethod", lambda row: integer(_METHODS[row.destination.forwarding])),
        Column(41, "realServerVirtualHost", _regular(_own_virtual_host)),
        Column(42, "realServerAlpha", lambda row: truth(_inherited("alpha")(row))),
        Column(43, "realServerRetry", lambda row: gauge(_inherited("retry")(row) or 0)),
        Column(
            44,
            "realServerDelayBeforeRetry",
            lambda row: _seconds(_inherited("delay_before_retry")(row)),
        ),
        Column(45, "realServerWarmup", lambda row: _seconds(_inherited("warmup")(row))),
        Column(46, "realServerDelayLoop", lambda row: _seconds(_inherited("delay_loop")(row))),
        Column(47, "realServerSmtpAlert", lambda row: truth(_inherited("smtp_alert")(row))),
        Column(
            48,
            "realServerDelayBeforeRetryUsec",
            lambda row: _microseconds(_inherited("delay_before_retry")(row)),
        ),
        Column(49, "realServerWarmupUsec", lambda row: _microseconds(_inherited("warmup")(row))),
        Column(50, "realServerDelayLoopUsec", lambda row: _microseconds(_inherited("delay_loop")(row))),
        Column(
            51, "realServerConnTimeoutUsec", lambda row: _microseconds(_inherited("connect_timeout")(row))
        ),
        Column(52, "realServerTunnelType", _server_tunnel),
        Column(53, "realServerTunnelPort", _server_tunnel_port),
        Column(55, "realServerName", _regular(lambda _, block: text(block.snmp_name))),
        Column(56, "realServerNotifyUpPath", _regular(lambda _, block: path(block.notify_up))),
        Column(57, "realServerNotifyDownPath", _regular(lambda _, block: path(block.notify_down))),
        *_counted(SERVER_COLUMNS),
    ),
    servers,
)

TABLES: tuple[Table[Any], ...] = (SERVICES, SERVERS)
