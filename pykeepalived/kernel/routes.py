"""Routes as rtnetlink messages.

Formats: ``linux/rtnetlink.h`` (rtmsg, RTA_*, RTAX_*), ``linux/lwtunnel.h``, ``linux/mpls_iptunnel.h``,
``linux/ila.h``.  A route that is added without NLM_F_EXCL goes before others of the same destination
(``ip route prepend``): keepalived's way, and ours.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pykeepalived.kernel.netlink import NLM_F_CREATE, NLM_F_EXCL, Reply, attribute, attributes, message
from pykeepalived.vrrp.routing import Encap, IlaEncap, IpEncap, Metric, MplsEncap, Nexthop, Placing, Route

RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26

NLM_F_APPEND = 0x800

_RTMSG = struct.Struct("=BBBBBBBBI")
_RTNEXTHOP = struct.Struct("=HBBi")
_U16, _U32 = struct.Struct("=H"), struct.Struct("=I")
_BE32, _BE64 = struct.Struct("!I"), struct.Struct("!Q")

_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_PREFSRC = 1, 2, 4, 5, 6, 7
_RTA_METRICS, _RTA_MULTIPATH, _RTA_FLOW, _RTA_TABLE, _RTA_PREF = 8, 9, 11, 15, 20
_RTA_ENCAP_TYPE, _RTA_ENCAP, _RTA_EXPIRES, _RTA_TTL_PROPAGATE = 21, 22, 23, 26
_RTAX_LOCK, _RTAX_CC_ALGO = 1, int(Metric.CC_ALGO)
_RTNH_F_ONLINK = 4
_RT_SCOPE_UNIVERSE, _RT_SCOPE_NOWHERE = 0, 255
_NLA_F_NESTED = 0x8000

_LWTUNNEL_MPLS, _LWTUNNEL_IP, _LWTUNNEL_ILA, _LWTUNNEL_IP6 = 1, 2, 3, 4
# LWTUNNEL_IP_*; LWTUNNEL_IP6_* are numbered alike (hop limit for TTL, traffic class for TOS).
_TUNNEL_ID, _TUNNEL_DST, _TUNNEL_SRC, _TUNNEL_TTL, _TUNNEL_TOS, _TUNNEL_FLAGS = 1, 2, 3, 4, 5, 6
_MPLS_LABEL_SHIFT, _MPLS_BOTTOM = 12, 1 << 8

_FAMILIES = {4: 2, 6: 10}
_VERSIONS = {2: 4, 10: 6}


class MissingInterfaceError(Exception):
    """A route names an interface that does not exist (any more)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no such interface: {name}")
        self.name = name


IndexOf = Callable[[str], int | None]


def encode_add(route: Route, index_of: IndexOf, vrf_table: int | None = None) -> bytes:
    """RTM_NEWROUTE.  ``vrf_table`` is the table of the VRF that the route names.

    Raises MissingInterfaceError.
    """
    flags = NLM_F_CREATE
    if route.placing is Placing.ADD:
        flags |= NLM_F_EXCL
    elif route.placing is Placing.APPEND:
        flags |= NLM_F_APPEND
    scope = _RT_SCOPE_UNIVERSE if route.scope is None else route.scope
    parts = [_header(route, scope, route.kind, vrf_table), *_identity(route, index_of, vrf_table)]
    if route.expires is not None:
        parts.append(attribute(_RTA_EXPIRES, _U32.pack(route.expires)))
    if route.router_preference is not None:
        parts.append(attribute(_RTA_PREF, bytes([route.router_preference])))
    if route.ttl_propagate is not None:
        parts.append(attribute(_RTA_TTL_PROPAGATE, bytes([route.ttl_propagate])))
    metrics = _metrics(route)
    if metrics:
        parts.append(attribute(_RTA_METRICS | _NLA_F_NESTED, metrics))
    return message(RTM_NEWROUTE, flags, b"".join(parts))


def encode_delete(route: Route, index_of: IndexOf, vrf_table: int | None = None) -> bytes:
    """RTM_DELROUTE: exactly this route, and with our mark only.

    Metrics are left out: the kernel may have limited them when it took the route, and would then not find it.
    Raises MissingInterfaceError.
    """
    scope = _RT_SCOPE_NOWHERE if route.scope is None else route.scope
    header = _header(route, scope, route.kind if route.typed else 0, vrf_table)
    return message(RTM_DELROUTE, 0, header + b"".join(_identity(route, index_of, vrf_table)))


def _header(route: Route, scope: int, kind: int, vrf_table: int | None) -> bytes:
    table = route.table if vrf_table is None else vrf_table
    return _RTMSG.pack(
        _FAMILIES[route.family],
        route.destination.length,
        0 if route.source is None else route.source.length,
        route.tos or 0,
        table if table < 256 else 0,
        route.protocol,
        scope,
        kind,
        _RTNH_F_ONLINK if route.onlink else 0,
    )


def _identity(route: Route, index_of: IndexOf, vrf_table: int | None) -> Iterator[bytes]:
    """What tells the route from others."""
    table = route.table if vrf_table is None else vrf_table
    if table >= 256:
        yield attribute(_RTA_TABLE, _U32.pack(table))
    if route.destination.length:
        yield attribute(_RTA_DST, route.destination.address.packed)
    if route.source is not None:
        yield attribute(_RTA_SRC, route.source.address.packed)
    if route.preferred_source is not None:
        yield attribute(_RTA_PREFSRC, route.preferred_source.packed)
    if route.gateway is not None:
        yield attribute(_RTA_GATEWAY, route.gateway.packed)
    if route.interface is not None:
        yield attribute(_RTA_OIF, _U32.pack(_index(route.interface, index_of)))
    if route.metric is not None:
        yield attribute(_RTA_PRIORITY, _U32.pack(route.metric))
    if route.realms:
        yield attribute(_RTA_FLOW, _U32.pack(route.realms))
    if route.encap is not None:
        yield _encap(route.encap)
    if route.nexthops:
        hops = b"".join(_nexthop(hop, index_of) for hop in route.nexthops)
        yield attribute(_RTA_MULTIPATH, hops)


def _index(name: str, index_of: IndexOf) -> int:
    index = index_of(name)
    if index is None:
        raise MissingInterfaceError(name)
    return index


def _nexthop(hop: Nexthop, index_of: IndexOf) -> bytes:
    inner = b""
    if hop.gateway is not None:
        inner += attribute(_RTA_GATEWAY, hop.gateway.packed)
    if hop.realms:
        inner += attribute(_RTA_FLOW, _U32.pack(hop.realms))
    if hop.encap is not None:
        inner += _encap(hop.encap)
    index = 0 if hop.interface is None else _index(hop.interface, index_of)
    # rtnh_hops counts from 0.
    hops = 0 if hop.weight is None else hop.weight - 1
    flags = _RTNH_F_ONLINK if hop.onlink else 0
    return _RTNEXTHOP.pack(_RTNEXTHOP.size + len(inner), flags, hops, index) + inner


def _encap(encap: Encap) -> bytes:
    kind, inner = _LWTUNNEL_MPLS, b""
    match encap:
        case MplsEncap(labels=labels):
            stack = [label << _MPLS_LABEL_SHIFT for label in labels]
            stack[-1] |= _MPLS_BOTTOM
            inner = attribute(1, b"".join(_BE32.pack(entry) for entry in stack))
        case IlaEncap(locator=locator):
            kind, inner = _LWTUNNEL_ILA, attribute(1, locator)
        case IpEncap():
            kind = _LWTUNNEL_IP if encap.family == 4 else _LWTUNNEL_IP6
            inner = b"".join(_tunnel(encap))
    return attribute(_RTA_ENCAP | _NLA_F_NESTED, inner) + attribute(_RTA_ENCAP_TYPE, _U16.pack(kind))


def _tunnel(encap: IpEncap) -> Iterator[bytes]:
    if encap.id is not None:
        yield attribute(_TUNNEL_ID, _BE64.pack(encap.id))
    if encap.destination is not None:
        yield attribute(_TUNNEL_DST, encap.destination.packed)
    if encap.source is not None:
        yield attribute(_TUNNEL_SRC, encap.source.packed)
    if encap.ttl is not None:
        yield attribute(_TUNNEL_TTL, bytes([encap.ttl]))
    if encap.tos is not None:
        yield attribute(_TUNNEL_TOS, bytes([encap.tos]))
    if encap.flags is not None:
        # The number as the kernel's own constants have it in memory, like keepalived: no byte order of ours.
        yield attribute(_TUNNEL_FLAGS, _U16.pack(encap.flags))


def _metrics(route: Route) -> bytes:
    parts = [attribute(metric, _U32.pack(value)) for metric, value in route.metrics]
    if route.congestion_control is not None:
        parts.append(attribute(_RTAX_CC_ALGO, route.congestion_control.encode() + b"\0"))
    if parts and route.locked:
        lock = 0
        for metric in route.locked:
            lock |= 1 << metric
        parts.append(attribute(_RTAX_LOCK, _U32.pack(lock)))
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class RouteKey:
    """What an event names a route by, as far as it is needed to find ours again.

    Several routes may share it; whoever looks asks the kernel for each.
    """

    family: int
    table: int
    destination: bytes
    length: int

    @classmethod
    def of(cls, route: Route, vrf_table: int | None = None) -> RouteKey:
        """The key of one of ours."""
        table = route.table if vrf_table is None else vrf_table
        return cls(route.family, table, route.destination.address.packed, route.destination.length)


def decode_key(event: Reply) -> RouteKey | None:
    """The route that an RTM_NEWROUTE or RTM_DELROUTE is about; None for families other than IP."""
    family, length, _, _, table, _, _, _, _ = _RTMSG.unpack_from(event.data, event.start)
    version = _VERSIONS.get(family)
    if version is None:
        return None
    destination = bytes(4 if version == 4 else 16)
    for kind, data in attributes(event.data, event.start + _RTMSG.size, event.end):
        if kind == _RTA_DST:
            destination = data
        elif kind == _RTA_TABLE:
            table = _U32.unpack_from(data)[0]
    return RouteKey(version, table, destination, length)
