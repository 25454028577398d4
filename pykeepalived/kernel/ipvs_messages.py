"""IPVS objects as generic netlink attributes, and back.

Facts: linux/ip_vs.h.  Byte order is the trap: ports of services, destinations and tunnels are in network
order, the IPv4 netmask too, while address family, protocol, IPv6 prefix length and every other number are
in host order.  Attributes of fixed size are packed with one ``struct`` per object, because a start encodes
ten thousand of them.
"""

from __future__ import annotations

import enum
import socket
import struct
import sys
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.kernel.genl import attribute, attributes, nested, places
from pykeepalived.lvs.service import (
    Destination,
    DestinationKey,
    ForwardingMethod,
    Protocol,
    ServiceFlag,
    ServiceKey,
    TunnelType,
    VirtualService,
)
from pykeepalived.plan.lvs_steps import (
    AddDestination,
    AddService,
    RemoveDestination,
    RemoveService,
    SetDestination,
    SetService,
    Step,
)
from pykeepalived.plan.ports import IpvsInfo, IpvsTimeouts, SyncDaemon, SyncRole

FAMILY, VERSION = "IPVS", 1


class Command(enum.IntEnum):
    """IPVS_CMD_*."""

    NEW_SERVICE = 1
    SET_SERVICE = 2
    DEL_SERVICE = 3
    GET_SERVICE = 4
    NEW_DEST = 5
    SET_DEST = 6
    DEL_DEST = 7
    GET_DEST = 8
    NEW_DAEMON = 9
    DEL_DAEMON = 10
    GET_DAEMON = 11
    SET_CONFIG = 12
    GET_CONFIG = 13
    SET_INFO = 14
    GET_INFO = 15
    ZERO = 16
    FLUSH = 17


ATTR_SERVICE, ATTR_DEST, ATTR_DAEMON = 1, 2, 3
ATTR_TIMEOUT_TCP, ATTR_TIMEOUT_TCP_FIN, ATTR_TIMEOUT_UDP = 4, 5, 6

SVC_AF, SVC_PROTOCOL, SVC_ADDR, SVC_PORT, SVC_FWMARK = 1, 2, 3, 4, 5
SVC_SCHED_NAME, SVC_FLAGS, SVC_TIMEOUT, SVC_NETMASK, SVC_PE_NAME = 6, 7, 8, 9, 11

DEST_ADDR, DEST_PORT, DEST_FWD_METHOD, DEST_WEIGHT, DEST_U_THRESH, DEST_L_THRESH = 1, 2, 3, 4, 5, 6
DEST_ADDR_FAMILY, DEST_TUN_TYPE, DEST_TUN_PORT, DEST_TUN_FLAGS = 11, 13, 14, 15

DAEMON_STATE, DAEMON_MCAST_IFN, DAEMON_SYNC_ID, DAEMON_MAXLEN = 1, 2, 3, 4
DAEMON_GROUP, DAEMON_GROUP6, DAEMON_PORT, DAEMON_TTL = 5, 6, 7, 8

INFO_VERSION, INFO_CONN_TAB_SIZE = 1, 2

FLAGS_SETTABLE = 0x3D
"""Persistent, one-packet and the three scheduler flags; 0x2 (hashed) belongs to the kernel."""
FWD_MASK = 0x7
ALL_FLAGS = 0xFFFFFFFF
PER_HOST_IPV4, PER_HOST_IPV6 = 0xFFFFFFFF, 128

# Attribute headers stand in the formats as constants: (length, number) pairs before each value.
_KEY_ADDRESS = struct.Struct("=HHHxxHHHxxHH16sHHHxx")
_KEY_MARK = struct.Struct("=HHHxxHHI")
_SERVICE_TAIL = struct.Struct("=HHIIHHIHHI")
_DEST_KEY = struct.Struct("=HH16sHHHxxHHHxx")
_DEST_TAIL = struct.Struct("=HHIHHIHHIHHI")
_TUNNEL_TAIL = struct.Struct("=HHBxxxHHHxxHHHxx")


def _address(address: IPv4Address | IPv6Address) -> bytes:
    return address.packed.ljust(16, b"\0")


def service_key(key: ServiceKey) -> bytes:
    """The attributes that name a service."""
    if key.fwmark:
        return _KEY_MARK.pack(6, SVC_AF, key.family, 8, SVC_FWMARK, key.fwmark)
    if key.address is None or key.protocol is None:
        raise ValueError("a virtual service needs an address and a protocol, or a firewall mark")
    return _KEY_ADDRESS.pack(
        6, SVC_AF, key.family,
        6, SVC_PROTOCOL, key.protocol,
        20, SVC_ADDR, _address(key.address),
        6, SVC_PORT, socket.htons(key.port),
    )  # fmt: skip


def service(value: VirtualService) -> bytes:
    """A full service, without the surrounding attribute."""
    if value.netmask is None:
        netmask = PER_HOST_IPV4 if value.key.family == socket.AF_INET else PER_HOST_IPV6
    else:
        netmask = value.netmask
    if value.key.family == socket.AF_INET:
        netmask = socket.htonl(netmask)
    settings = _SERVICE_TAIL.pack(
        12, SVC_FLAGS, value.flags, ALL_FLAGS,
        8, SVC_TIMEOUT, value.persistence_timeout,
        8, SVC_NETMASK, netmask,
    )  # fmt: skip
    engine = value.persistence_engine
    return b"".join(
        (
            service_key(value.key),
            attribute(SVC_SCHED_NAME, value.scheduler.encode() + b"\0"),
            settings,
            attribute(SVC_PE_NAME, engine.encode() + b"\0") if engine else b"",
        )
    )


def destination_key(key: DestinationKey) -> bytes:
    """The attributes that name a destination, its family among them."""
    family = socket.AF_INET if key.address.version == 4 else socket.AF_INET6
    return _DEST_KEY.pack(
        20, DEST_ADDR, _address(key.address),
        6, DEST_PORT, socket.htons(key.port),
        6, DEST_ADDR_FAMILY, family,
    )  # fmt: skip


def destination(value: Destination) -> bytes:
    """A full destination.  Kernels before 5.2 lack the tunnel attributes: they go out only when set."""
    tail = _DEST_TAIL.pack(
        8, DEST_FWD_METHOD, value.forwarding,
        8, DEST_WEIGHT, value.weight,
        8, DEST_U_THRESH, value.upper_threshold,
        8, DEST_L_THRESH, value.lower_threshold,
    )  # fmt: skip
    if value.tunnel_type or value.tunnel_port or value.tunnel_flags:
        tail += _TUNNEL_TAIL.pack(
            5, DEST_TUN_TYPE, value.tunnel_type,
            6, DEST_TUN_PORT, socket.htons(value.tunnel_port),
            6, DEST_TUN_FLAGS, value.tunnel_flags,
        )  # fmt: skip
    return destination_key(value.key) + tail


def encode(step: Step) -> tuple[int, bytes]:
    """A step as (command, attributes)."""
    match step:
        case AddDestination(key, value):
            return Command.NEW_DEST, nested(ATTR_SERVICE, service_key(key)) + nested(
                ATTR_DEST, destination(value)
            )
        case SetDestination(key, value):
            return Command.SET_DEST, nested(ATTR_SERVICE, service_key(key)) + nested(
                ATTR_DEST, destination(value)
            )
        case RemoveDestination(key, name):
            return Command.DEL_DEST, nested(ATTR_SERVICE, service_key(key)) + nested(
                ATTR_DEST, destination_key(name)
            )
        case AddService(value):
            return Command.NEW_SERVICE, nested(ATTR_SERVICE, service(value))
        case SetService(value):
            return Command.SET_SERVICE, nested(ATTR_SERVICE, service(value))
        case RemoveService(key):
            return Command.DEL_SERVICE, nested(ATTR_SERVICE, service_key(key))


def of_service(key: ServiceKey) -> bytes:
    """The body of a request about one service (GET_DEST)."""
    return nested(ATTR_SERVICE, service_key(key))


def daemon(value: SyncDaemon) -> bytes:
    """The body of NEW_DAEMON; unset values are left out, for kernels before 4.3 and for its defaults."""
    parts = [
        attribute(DAEMON_STATE, struct.pack("=I", value.role)),
        attribute(DAEMON_MCAST_IFN, value.interface.encode() + b"\0"),
        attribute(DAEMON_SYNC_ID, struct.pack("=I", value.sync_id)),
    ]
    if value.maxlen:
        parts.append(attribute(DAEMON_MAXLEN, struct.pack("=H", value.maxlen)))
    if value.group is not None:
        kind = DAEMON_GROUP if value.group.version == 4 else DAEMON_GROUP6
        parts.append(attribute(kind, value.group.packed))
    if value.port:
        parts.append(attribute(DAEMON_PORT, struct.pack("=H", value.port)))
    if value.ttl:
        parts.append(attribute(DAEMON_TTL, struct.pack("=B", value.ttl)))
    return nested(ATTR_DAEMON, *parts)


def daemon_role(role: SyncRole) -> bytes:
    """The body of DEL_DAEMON."""
    return nested(ATTR_DAEMON, attribute(DAEMON_STATE, struct.pack("=I", role)))


def timeouts(value: IpvsTimeouts) -> bytes:
    """The body of SET_CONFIG; the kernel leaves a 0 as it is."""
    return b"".join(
        attribute(kind, struct.pack("=I", seconds))
        for kind, seconds in (
            (ATTR_TIMEOUT_TCP, value.tcp),
            (ATTR_TIMEOUT_TCP_FIN, value.tcp_fin),
            (ATTR_TIMEOUT_UDP, value.udp),
        )
    )


# ------------------------------------------------------------------ decoding

_U32, _U16, _PORT = (struct.Struct(form).unpack_from for form in ("=I", "=H", ">H"))
_PROTOCOLS = {int(protocol): protocol for protocol in Protocol}
_METHODS = {int(method): method for method in ForwardingMethod}


def _number(data: memoryview) -> int:
    return int.from_bytes(data, sys.byteorder)


def _network_number(data: memoryview) -> int:
    return int.from_bytes(data, "big")


def _text(data: memoryview) -> str:
    return bytes(data).rstrip(b"\0").decode(errors="replace")


def _ip(family: int, data: memoryview) -> IPv4Address | IPv6Address:
    return IPv4Address(bytes(data[:4])) if family == socket.AF_INET else IPv6Address(bytes(data[:16]))


def decode_service_key(found: dict[int, memoryview]) -> ServiceKey | None:
    """The key among the attributes of a service; None for a protocol without a name here."""
    family = _number(found[SVC_AF])
    mark = _number(found[SVC_FWMARK]) if SVC_FWMARK in found else 0
    if mark:
        return ServiceKey(family, None, None, 0, mark)
    protocol = _PROTOCOLS.get(_number(found[SVC_PROTOCOL]))
    if protocol is None:
        return None
    return ServiceKey(family, protocol, _ip(family, found[SVC_ADDR]), _network_number(found[SVC_PORT]))


def decode_service(message: memoryview) -> VirtualService | None:
    """One message of a GET_SERVICE answer; None for a protocol that we do not know.

    The "hashed" flag, which is the kernel's own, is dropped.
    """
    found = attributes(attributes(message)[ATTR_SERVICE])
    key = decode_service_key(found)
    if key is None:
        return None
    if key.family == socket.AF_INET:
        mask, per_host = _network_number(found[SVC_NETMASK]), PER_HOST_IPV4
    else:
        mask, per_host = _number(found[SVC_NETMASK]), PER_HOST_IPV6
    return VirtualService(
        key=key,
        scheduler=_text(found[SVC_SCHED_NAME]) if SVC_SCHED_NAME in found else "none",
        flags=ServiceFlag(_number(found[SVC_FLAGS][:4]) & FLAGS_SETTABLE),
        persistence_timeout=_number(found[SVC_TIMEOUT]),
        netmask=None if mask == per_host else mask,
        persistence_engine=_text(found[SVC_PE_NAME]) if SVC_PE_NAME in found else None,
    )


def decode_destination(message: memoryview, service_family: int) -> Destination:
    """One message of a GET_DEST answer; counters are skipped.

    A start or reload reads one of these per server: hence numbers straight out of the buffer.
    """
    view = attributes(message)[ATTR_DEST]
    at = {kind: start for kind, (start, _) in places(view).items()}
    family = _U16(view, at[DEST_ADDR_FAMILY])[0] if DEST_ADDR_FAMILY in at else service_family
    start = at[DEST_ADDR]
    key = DestinationKey(_ip(family, view[start : start + 16]), _PORT(view, at[DEST_PORT])[0])
    method = _METHODS[_U32(view, at[DEST_FWD_METHOD])[0] & FWD_MASK]
    weight = _U32(view, at[DEST_WEIGHT])[0]
    upper, lower = _U32(view, at[DEST_U_THRESH])[0], _U32(view, at[DEST_L_THRESH])[0]
    tunnel_type = view[at[DEST_TUN_TYPE]] if DEST_TUN_TYPE in at else 0
    tunnel_flags = _U16(view, at[DEST_TUN_FLAGS])[0] if DEST_TUN_FLAGS in at else 0
    if not tunnel_type and not tunnel_flags:
        return Destination(key, method, weight, upper, lower)
    port = _PORT(view, at[DEST_TUN_PORT])[0]
    return Destination(key, method, weight, upper, lower, TunnelType(tunnel_type), port, tunnel_flags)


def decode_daemon(message: memoryview) -> SyncDaemon:
    """One message of a GET_DAEMON answer."""
    found = attributes(attributes(message)[ATTR_DAEMON])
    none = memoryview(b"")
    group: IPv4Address | IPv6Address | None = None
    if DAEMON_GROUP in found:
        group = IPv4Address(bytes(found[DAEMON_GROUP]))
    elif DAEMON_GROUP6 in found:
        group = IPv6Address(bytes(found[DAEMON_GROUP6]))
    return SyncDaemon(
        role=SyncRole(_number(found[DAEMON_STATE])),
        interface=_text(found[DAEMON_MCAST_IFN]),
        sync_id=_number(found[DAEMON_SYNC_ID]),
        maxlen=_number(found.get(DAEMON_MAXLEN, none)),
        group=group,
        port=_number(found.get(DAEMON_PORT, none)),
        ttl=_number(found.get(DAEMON_TTL, none)),
    )


def decode_timeouts(message: memoryview) -> IpvsTimeouts:
    """The answer to GET_CONFIG."""
    found = attributes(message)
    return IpvsTimeouts(
        _number(found[ATTR_TIMEOUT_TCP]),
        _number(found[ATTR_TIMEOUT_TCP_FIN]),
        _number(found[ATTR_TIMEOUT_UDP]),
    )


def decode_info(message: memoryview) -> IpvsInfo:
    """The answer to GET_INFO, whose attribute numbers have a meaning of their own."""
    found = attributes(message)
    version = _number(found[INFO_VERSION])
    text = f"{version >> 16 & 0xFF}.{version >> 8 & 0xFF}.{version & 0xFF}"
    return IpvsInfo(text, _number(found[INFO_CONN_TAB_SIZE]))
