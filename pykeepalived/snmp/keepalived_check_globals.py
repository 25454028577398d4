"""KEEPALIVED-MIB, ``check``: virtual server groups, the sync daemon, timeouts of connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pykeepalived.config.values import ServiceGroupEntry
from pykeepalived.plan.lvs import ipvs_timeouts, sync_daemons
from pykeepalived.plan.ports import SyncDaemon
from pykeepalived.snmp.mib import Column, Index, Table, family, gauge, integer, packed, scalars, text, truth
from pykeepalived.snmp.oids import CHECK
from pykeepalived.snmp.view import View
from pykeepalived.wire.agentx import Value

# ---------------------------------------------------------------- groups


def _group_names(view: View) -> Iterator[tuple[Index, str]]:
    for number, block in enumerate(view.config.virtual_server_groups, 1):
        yield (number,), block.name


def _group_entries(view: View) -> Iterator[tuple[Index, ServiceGroupEntry]]:
    """Firewall marks before addresses, as in keepalived."""
    for number, block in enumerate(view.config.virtual_server_groups, 1):
        ordered = sorted(block.entries, key=lambda entry: entry.fwmark is None)
        for position, entry in enumerate(ordered, 1):
            yield (number, position), entry


def _is_range(entry: ServiceGroupEntry) -> bool:
    return entry.last is not None and entry.last != entry.first


def _entry_type(entry: ServiceGroupEntry) -> int:
    """fwmark(1), ip(2), iprange(3)."""
    return 1 if entry.fwmark is not None else 3 if _is_range(entry) else 2


GROUPS: Table[str] = Table((*CHECK, 1, 1), (Column(2, "virtualServerGroupName", text),), _group_names)

MEMBERS: Table[ServiceGroupEntry] = Table(
    (*CHECK, 2, 1),
    (
        Column(2, "virtualServerGroupMemberType", lambda row: integer(_entry_type(row))),
        Column(3, "virtualServerGroupMemberFwMark", lambda row: gauge(row.fwmark) if row.fwmark else None),
        Column(4, "virtualServerGroupMemberAddrType", lambda row: family(row.first)),
        Column(
            5, "virtualServerGroupMemberAddress", lambda row: None if _is_range(row) else packed(row.first)
        ),
        Column(6, "virtualServerGroupMemberAddr1", lambda row: packed(row.first) if _is_range(row) else None),
        Column(7, "virtualServerGroupMemberAddr2", lambda row: packed(row.last) if _is_range(row) else None),
        Column(
            8,
            "virtualServerGroupMemberPort",
            lambda row: None if row.fwmark is not None else gauge(row.port or 0),
        ),
    ),
    _group_entries,
)

# ---------------------------------------------------------------- the daemon that synchronises connections


def _daemon(view: View) -> SyncDaemon | None:
    _, daemons = sync_daemons(view.config)
    return daemons[0] if daemons else None


def _of_daemon(cell: Callable[[SyncDaemon], Value | None]) -> Callable[[View], Value | None]:
    def value(view: View) -> Value | None:
        daemon = _daemon(view)
        return None if daemon is None else cell(daemon)

    return value


def _timeout(which: str) -> Callable[[View], Value | None]:
    def value(view: View) -> Value | None:
        seconds = getattr(ipvs_timeouts(view.config), which, 0)
        return integer(seconds) if seconds else None

    return value


SYNC_DAEMON = scalars(
    (*CHECK, 6),
    Column(1, "lvsSyncDaemonEnabled", lambda view: truth(_daemon(view))),
    Column(2, "lvsSyncDaemonInterface", _of_daemon(lambda daemon: text(daemon.interface))),
    Column(3, "lvsSyncDaemonVrrpInstance", lambda view: text(sync_daemons(view.config)[0])),
    Column(4, "lvsSyncDaemonSyncId", _of_daemon(lambda daemon: integer(daemon.sync_id))),
    Column(5, "lvsSyncDaemonMaxLen", _of_daemon(lambda daemon: integer(daemon.maxlen))),
    Column(6, "lvsSyncDaemonPort", _of_daemon(lambda daemon: integer(daemon.port))),
    Column(7, "lvsSyncDaemonTTL", _of_daemon(lambda daemon: integer(daemon.ttl))),
    Column(8, "lvsSyncDaemonMcastGroupAddrType", _of_daemon(lambda daemon: family(daemon.group))),
    Column(9, "lvsSyncDaemonMcastGroupAddrValue", _of_daemon(lambda daemon: packed(daemon.group))),
)

TIMEOUTS = scalars(
    (*CHECK, 7),
    Column(1, "lvsTimeoutTCP", _timeout("tcp")),
    Column(2, "lvsTimeoutTCPFin", _timeout("tcp_fin")),
    Column(3, "lvsTimeoutUDP", _timeout("udp")),
)

TABLES: tuple[Table[Any], ...] = (GROUPS, MEMBERS, SYNC_DAEMON, TIMEOUTS)
