"""VRRP-MIB (RFC 2787): routers of VRRPv2 with IPv4 addresses."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.snmp.mib import (
    Column,
    Index,
    Table,
    counter,
    integer,
    ip_address,
    octets,
    scalars,
    ticks,
    truth,
)
from pykeepalived.snmp.oids import RFC2787
from pykeepalived.snmp.view import Instance, IPAddress, View, instances
from pykeepalived.snmp.words import RFC_STATES
from pykeepalived.wire.agentx import Value
from pykeepalived.wire.vrrp_receive import DiscardReason

_ACTIVE = 1
"""RowStatus."""


def served(instance: Instance) -> bool:
    """Whether the MIB knows such a router; RFC 2787 has no IPv6."""
    settings = instance.settings
    return settings.version == 2 and settings.family == 4 and bool(settings.addresses)


def index(instance: Instance) -> Index:
    """ifIndex and virtual router id."""
    return (0 if instance.link is None else instance.link.index, instance.settings.vrid)


def _rows(view: View) -> Iterator[tuple[Index, Instance]]:
    for instance in instances(view):
        if served(instance):
            yield index(instance), instance


def _addresses(view: View) -> Iterator[tuple[Index, int]]:
    for start, instance in _rows(view):
        for address in instance.settings.addresses:
            if address.address.version == 4:
                yield (*start, *address.address.packed), _ACTIVE


def _v4(address: IPAddress | None) -> IPv4Address:
    return address if isinstance(address, IPv4Address) else IPv4Address(0)


def master_address(row: Instance) -> Value:
    """Of the present Master, 0.0.0.0 while it is not known."""
    return ip_address(_v4(row.master))


def _total(view: View, reason: DiscardReason) -> int:
    return sum(instance.discarded(reason.label) for _, instance in _rows(view))


NODE = scalars(
    (*RFC2787, 1),
    Column(1, "vrrpNodeVersion", lambda view: integer(2)),
    Column(2, "vrrpNotificationCntl", lambda view: truth(view.served.traps)),
)

OPERATIONS: Table[Instance] = Table(
    (*RFC2787, 1, 3, 1),
    (
        Column(2, "vrrpOperVirtualMacAddr", lambda row: octets(row.mac)),
        Column(3, "vrrpOperState", lambda row: integer(RFC_STATES.get(row.state, 1))),
        Column(4, "vrrpOperAdminState", lambda row: integer(1)),
        Column(5, "vrrpOperPriority", lambda row: integer(row.settings.priority)),
        Column(6, "vrrpOperIpAddrCount", lambda row: integer(len(row.settings.addresses))),
        Column(7, "vrrpOperMasterIpAddr", master_address),
        Column(8, "vrrpOperPrimaryIpAddr", lambda row: ip_address(_v4(row.primary))),
        Column(9, "vrrpOperAuthType", lambda row: integer(row.settings.authentication.kind + 1)),
        Column(
            11,
            "vrrpOperAdvertisementInterval",
            lambda row: integer(row.settings.advertisement_interval_ns // NANOSECONDS_PER_SECOND),
        ),
        Column(12, "vrrpOperPreemptMode", lambda row: truth(row.settings.preempt_mode)),
        Column(13, "vrrpOperVirtualRouterUpTime", lambda row: ticks(row.uptime_cs)),
        Column(14, "vrrpOperProtocol", lambda row: integer(1)),
        Column(15, "vrrpOperRowStatus", lambda row: integer(_ACTIVE)),
    ),
    _rows,
)

ADDRESSES: Table[int] = Table(
    (*RFC2787, 1, 4, 1), (Column(2, "vrrpAssoIpAddrRowStatus", integer),), _addresses
)

ERRORS = scalars(
    (*RFC2787, 2),
    Column(1, "vrrpRouterChecksumErrors", lambda view: counter(_total(view, DiscardReason.CHECKSUM))),
    Column(2, "vrrpRouterVersionErrors", lambda view: counter(_total(view, DiscardReason.VERSION))),
    Column(3, "vrrpRouterVrIdErrors", lambda view: counter(_total(view, DiscardReason.UNKNOWN_VRID))),
)

STATISTICS: Table[Instance] = Table(
    (*RFC2787, 2, 4, 1),
    (
        Column(1, "vrrpStatsBecomeMaster", lambda row: counter(row.counters.become_master)),
        Column(2, "vrrpStatsAdvertiseRcvd", lambda row: counter(row.counters.advert_rcvd)),
        Column(3, "vrrpStatsAdvertiseIntervalErrors", lambda row: counter(row.counters.advert_interval_err)),
        Column(4, "vrrpStatsAuthFailures", lambda row: counter(row.counters.auth_failure)),
        Column(5, "vrrpStatsIpTtlErrors", lambda row: counter(row.counters.ip_ttl_err)),
        Column(6, "vrrpStatsPriorityZeroPktsRcvd", lambda row: counter(row.counters.pri_zero_rcvd)),
        Column(7, "vrrpStatsPriorityZeroPktsSent", lambda row: counter(row.counters.pri_zero_sent)),
        Column(8, "vrrpStatsInvalidTypePktsRcvd", lambda row: counter(row.counters.invalid_type_rcvd)),
        Column(9, "vrrpStatsAddressListErrors", lambda row: counter(row.counters.addr_list_err)),
        Column(10, "vrrpStatsInvalidAuthType", lambda row: counter(row.counters.invalid_authtype)),
        Column(11, "vrrpStatsAuthTypeMismatch", lambda row: counter(row.counters.authtype_mismatch)),
        Column(12, "vrrpStatsPacketLengthErrors", lambda row: counter(row.counters.packet_len_err)),
    ),
    _rows,
)

TABLES = (NODE, OPERATIONS, ADDRESSES, ERRORS, STATISTICS)
