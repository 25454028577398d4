"""VRRPV3-MIB (RFC 6527): every router, of either version and family."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.base.units import NANOSECONDS_PER_CENTISECOND, NANOSECONDS_PER_MILLISECOND
from pykeepalived.ipc.messages import RouterState
from pykeepalived.snmp.mib import (
    Column,
    Index,
    Table,
    counter,
    counter64,
    gauge,
    integer,
    octets,
    packed,
    scalars,
    ticks,
    truth,
)
from pykeepalived.snmp.oids import RFC6527
from pykeepalived.snmp.view import Instance, IPAddress, View, instances
from pykeepalived.snmp.words import RFC_STATES
from pykeepalived.vrrp.actions import Reason
from pykeepalived.wire.agentx import Value
from pykeepalived.wire.vrrp_receive import DiscardReason

_ACTIVE = 1
"""RowStatus."""

_MASTER_REASONS = {
    Reason.MASTER_RELEASED.value: 1,
    Reason.ADDRESS_OWNER.value: 1,
    Reason.RESUMED.value: 1,
    Reason.SYNC_GROUP.value: 1,
}
"""vrrpv3StatisticsNewMasterReason: priority(1); all others are masterNoResponse(3), as a Backup that preempts
does not listen to the Master any more."""
_NOT_MASTER, MASTER_NO_RESPONSE = 0, 3

_PROTOCOL_ERRORS = (
    (DiscardReason.HOP_LIMIT, 1),
    (DiscardReason.VERSION, 2),
    (DiscardReason.CHECKSUM, 3),
    (DiscardReason.UNKNOWN_VRID, 4),
)
"""vrrpv3StatisticsProtoErrReason."""


def index(instance: Instance) -> Index:
    """ifIndex, virtual router id and address type."""
    number = 0 if instance.link is None else instance.link.index
    return (number, instance.settings.vrid, 1 if instance.settings.family == 4 else 2)


def master_reason(instance: Instance) -> int:
    """Why the router became Master last; notMaster(0) if it never did (RFC 6527)."""
    for transition in reversed(instance.detail.transitions):
        if transition.new == RouterState.MASTER:
            return _MASTER_REASONS.get(transition.reason, MASTER_NO_RESPONSE)
    return MASTER_NO_RESPONSE if instance.counters.become_master else _NOT_MASTER


def _rows(view: View) -> Iterator[tuple[Index, Instance]]:
    for instance in instances(view):
        if instance.settings.addresses:
            yield index(instance), instance


def _addresses(view: View) -> Iterator[tuple[Index, int]]:
    for start, instance in _rows(view):
        for address in instance.settings.addresses:
            if address.address.version == instance.settings.family:
                yield (*start, *address.address.packed), _ACTIVE


def _some(row: Instance, address: IPAddress | None) -> Value | None:
    """An unknown address is all zeros, as in keepalived."""
    if address is None:
        address = IPv4Address(0) if row.settings.family == 4 else IPv6Address(0)
    return packed(address)


def master_address(row: Instance) -> Value | None:
    """Of the present Master as far as it is known."""
    return _some(row, row.master)


def _total(view: View, reason: DiscardReason) -> Value:
    return counter64(sum(instance.discarded(reason.label) for _, instance in _rows(view)))


def _protocol_error(row: Instance) -> int:
    """The reason that came most often; noError(0) when there was none."""
    counts = [(row.discarded(reason.label), number) for reason, number in _PROTOCOL_ERRORS]
    most, number = max(counts)
    return number if most else 0


OPERATIONS: Table[Instance] = Table(
    (*RFC6527, 1, 1, 1, 1),
    (
        Column(3, "vrrpv3OperationsMasterIpAddr", master_address),
        Column(4, "vrrpv3OperationsPrimaryIpAddr", lambda row: _some(row, row.primary)),
        Column(5, "vrrpv3OperationsVirtualMacAddr", lambda row: octets(row.mac)),
        Column(6, "vrrpv3OperationsStatus", lambda row: integer(RFC_STATES.get(row.state, 1))),
        Column(7, "vrrpv3OperationsPriority", lambda row: gauge(row.settings.priority)),
        Column(8, "vrrpv3OperationsAddrCount", lambda row: integer(len(row.settings.addresses))),
        Column(
            9,
            "vrrpv3OperationsAdvInterval",
            lambda row: integer(row.settings.advertisement_interval_ns // NANOSECONDS_PER_CENTISECOND),
        ),
        Column(10, "vrrpv3OperationsPreemptMode", lambda row: truth(row.settings.preempt_mode)),
        Column(11, "vrrpv3OperationsAcceptMode", lambda row: truth(row.settings.accept_mode)),
        Column(12, "vrrpv3OperationsUpTime", lambda row: ticks(row.uptime_cs)),
        Column(13, "vrrpv3OperationsRowStatus", lambda row: integer(_ACTIVE)),
    ),
    _rows,
)

ADDRESSES: Table[int] = Table(
    (*RFC6527, 1, 1, 2, 1), (Column(2, "vrrpv3AssociatedIpAddrRowStatus", integer),), _addresses
)

ERRORS = scalars(
    (*RFC6527, 1, 2),
    Column(1, "vrrpv3RouterChecksumErrors", lambda view: _total(view, DiscardReason.CHECKSUM)),
    Column(2, "vrrpv3RouterVersionErrors", lambda view: _total(view, DiscardReason.VERSION)),
    Column(3, "vrrpv3RouterVrIdErrors", lambda view: _total(view, DiscardReason.UNKNOWN_VRID)),
    Column(4, "vrrpv3GlobalStatisticsDiscontinuityTime", lambda view: ticks(0)),
)

STATISTICS: Table[Instance] = Table(
    (*RFC6527, 1, 2, 5, 1),
    (
        Column(1, "vrrpv3StatisticsMasterTransitions", lambda row: counter(row.counters.become_master)),
        Column(2, "vrrpv3StatisticsNewMasterReason", lambda row: integer(master_reason(row))),
        Column(3, "vrrpv3StatisticsRcvdAdvertisements", lambda row: counter64(row.counters.advert_rcvd)),
        Column(
            4, "vrrpv3StatisticsAdvIntervalErrors", lambda row: counter64(row.counters.advert_interval_err)
        ),
        Column(5, "vrrpv3StatisticsIpTtlErrors", lambda row: counter64(row.counters.ip_ttl_err)),
        Column(6, "vrrpv3StatisticsProtoErrReason", lambda row: integer(_protocol_error(row))),
        Column(7, "vrrpv3StatisticsRcvdPriZeroPackets", lambda row: counter64(row.counters.pri_zero_rcvd)),
        Column(8, "vrrpv3StatisticsSentPriZeroPackets", lambda row: counter64(row.counters.pri_zero_sent)),
        Column(
            9, "vrrpv3StatisticsRcvdInvalidTypePackets", lambda row: counter64(row.counters.invalid_type_rcvd)
        ),
        Column(10, "vrrpv3StatisticsAddressListErrors", lambda row: counter64(row.counters.addr_list_err)),
        Column(11, "vrrpv3StatisticsPacketLengthErrors", lambda row: counter64(row.counters.packet_len_err)),
        Column(12, "vrrpv3StatisticsRowDiscontinuityTime", lambda row: ticks(0)),
        Column(
            13,
            "vrrpv3StatisticsRefreshRate",
            lambda row: gauge(row.settings.advertisement_interval_ns // NANOSECONDS_PER_MILLISECOND),
        ),
    ),
    _rows,
)

TABLES = (OPERATIONS, ADDRESSES, ERRORS, STATISTICS)
