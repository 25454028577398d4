"""What a manager is told unasked (``enable_traps``): which notification follows from which message.

Names, order and types of the variables are keepalived's: columns without an index in KEEPALIVED-MIB, with one
in the MIBs of the RFCs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from pykeepalived.ipc.messages import (
    Message,
    RouterState,
    RouterStateChanged,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)
from pykeepalived.snmp import rfc2787, rfc6527
from pykeepalived.snmp.keepalived_check import SERVERS, SERVICES, Server, Service, servers, services
from pykeepalived.snmp.keepalived_vrrp import GROUPS, INSTANCES, initial_state
from pykeepalived.snmp.mib import Table, integer, text, truth
from pykeepalived.snmp.oids import CHECK, GLOBAL, RFC2787, RFC6527, VRRP
from pykeepalived.snmp.session import Trap
from pykeepalived.snmp.view import Instance, View, instances
from pykeepalived.snmp.words import STATES
from pykeepalived.wire.agentx import Oid, Value, VarBind

GROUP_CHANGED: Oid = (*VRRP, 10, 0, 1)
INSTANCE_CHANGED: Oid = (*VRRP, 10, 0, 2)
NEW_MASTER_2787: Oid = (*RFC2787, 0, 1)
NEW_MASTER_6527: Oid = (*RFC6527, 0, 1)
SERVER_CHANGED: Oid = (*CHECK, 5, 0, 1)
QUORUM_CHANGED: Oid = (*CHECK, 5, 0, 2)

_SERVER_COLUMNS = ("realServerAddrType", "realServerAddress", "realServerPort", "realServerStatus")
_SERVICE_COLUMNS = (
    "virtualServerType",
    "virtualServerNameOfGroup",
    "virtualServerFwMark",
    "virtualServerAddrType",
    "virtualServerAddress",
    "virtualServerPort",
)
_QUORUM_COLUMNS = ("virtualServerQuorumStatus", "virtualServerQuorum")
_COUNT_COLUMNS = ("virtualServerRealServersUp", "virtualServerRealServersTotal")

_ADDRESS_TYPE = SERVICES.name_of("virtualServerAddrType")

Row = TypeVar("Row")

_ROUTER_ID: Oid = (*GLOBAL, 2, 0)
_NO_GROUP_TRAP = frozenset({RouterState.STOP, RouterState.DELETED})
"""keepalived tells of instances that end, and not of their groups."""


def traps(message: Message, view: View) -> Iterator[Trap]:
    """The notifications that follow; ``view`` is how things are with this message."""
    if not view.served.traps:
        return
    match message:
        case RouterStateChanged(kind=SubjectKind.GROUP, state=state) if state in _NO_GROUP_TRAP:
            return
        case RouterStateChanged(name=name, kind=SubjectKind.GROUP, state=state) if view.served.vrrp:
            yield _trap(
                GROUP_CHANGED,
                (GROUPS.name_of("vrrpSyncGroupName"), text(name)),
                (GROUPS.name_of("vrrpSyncGroupState"), integer(STATES[state])),
                _router_id(view),
            )
        case RouterStateChanged(name=name, kind=SubjectKind.INSTANCE, state=state):
            instance = next((one for one in instances(view) if one.settings.name == name), None)
            yield from _instance_traps(name, state, instance, view)
        case VerdictChanged(service=service, server=server) if view.served.checker:
            for _, row in servers(view):
                if row.service.label == service and row.settings.label == server and row.block is not None:
                    yield _server_trap(row)
                    return
        case ServiceStateChanged(service=service) if view.served.checker:
            for _, pool in services(view):
                if pool.label == service:
                    yield _quorum_trap(pool)
                    return
        case _:
            return


def _server_trap(row: Server) -> Trap:
    return _trap(
        SERVER_CHANGED,
        *_cells(SERVERS, _SERVER_COLUMNS, row),
        *_service_cells(row.service),
        *_cells(SERVICES, _COUNT_COLUMNS, row.service),
        _router_id(row.service.view),
    )


def _quorum_trap(row: Service) -> Trap:
    return _trap(
        QUORUM_CHANGED,
        *_service_cells(row),
        *_cells(SERVICES, _QUORUM_COLUMNS, row),
        *_cells(SERVICES, _COUNT_COLUMNS, row),
        _router_id(row.view),
    )


def _service_cells(row: Service) -> Iterator[tuple[Oid, Value | None]]:
    """What names a service.  A mark has no address and no family here, and its protocol is called udp(2)."""
    for name, value in _cells(SERVICES, _SERVICE_COLUMNS, row):
        if name != _ADDRESS_TYPE or row.block.address is not None:
            yield name, value
    protocol = SERVICES.name_of("virtualServerProtocol")
    yield protocol, truth(row.block.fwmark is None and row.block.protocol == "TCP")


def _cells(table: Table[Row], names: tuple[str, ...], row: Row) -> Iterator[tuple[Oid, Value | None]]:
    """These columns of a row, in this order."""
    columns = {column.name: column for column in table.columns}
    for name in names:
        yield (*table.entry, columns[name].number), columns[name].cell(row)


def _instance_traps(name: str, state: RouterState, instance: Instance | None, view: View) -> Iterator[Trap]:
    """``instance`` is None when a reload has removed it."""
    if view.served.vrrp:
        yield _trap(
            INSTANCE_CHANGED,
            (INSTANCES.name_of("vrrpInstanceName"), text(name)),
            (INSTANCES.name_of("vrrpInstanceState"), integer(STATES[state])),
            (
                INSTANCES.name_of("vrrpInstanceInitialState"),
                integer(1 if instance is None else initial_state(instance)),
            ),
            _router_id(view),
        )
    if state is not RouterState.MASTER or instance is None:
        return
    if view.served.rfc2787 and rfc2787.served(instance):
        name_2787 = (*rfc2787.OPERATIONS.name_of("vrrpOperMasterIpAddr"), *rfc2787.index(instance))
        yield _trap(NEW_MASTER_2787, (name_2787, rfc2787.master_address(instance)))
    if view.served.rfc6527 and instance.settings.addresses:
        index = rfc6527.index(instance)
        address = (*rfc6527.OPERATIONS.name_of("vrrpv3OperationsMasterIpAddr"), *index)
        reason = (*rfc6527.STATISTICS.name_of("vrrpv3StatisticsNewMasterReason"), *index)
        yield _trap(
            NEW_MASTER_6527,
            (address, rfc6527.master_address(instance)),
            (reason, integer(rfc6527.MASTER_NO_RESPONSE)),
        )


def _router_id(view: View) -> tuple[Oid, Value | None]:
    return _ROUTER_ID, text(view.config.global_defs.router_id or "")


def _trap(name: Oid, *bindings: tuple[Oid, Value | None]) -> Trap:
    return Trap(name, tuple(VarBind(one, value) for one, value in bindings if value is not None))
