"""KEEPALIVED-MIB, ``vrrp``: addresses, routes and rules.  The first part of an index is 0 for static ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Generic, TypeVar

from pykeepalived.ipc.messages import RouterState
from pykeepalived.snmp.mib import Column, Index, Table, family, gauge, integer, octets, packed, text, truth
from pykeepalived.snmp.oids import VRRP
from pykeepalived.snmp.view import Instance, View, instances
from pykeepalived.snmp.words import scope
from pykeepalived.vrrp.routing import (
    FEATURE_ECN,
    RTN_UNICAST,
    Metric,
    Nexthop,
    Prefix,
    Route,
    Rule,
    RuleAction,
)
from pykeepalived.vrrp.settings import VirtualAddress
from pykeepalived.wire.agentx import Value

T = TypeVar("T")

_STATIC = 0

_ECMP = 2
_ROUTE_TYPES = {RTN_UNICAST: 1, 6: 3, 4: 4, 5: 5, 3: 6, 7: 7, 8: 8, 9: 9, 10: 10, 11: 11}
"""RTN_* to vrrpRouteType."""
_ROUTER_PREFERENCES = {3: 1, 0: 2, 1: 3}
"""ICMPv6 router preference to low(1), medium(2), high(3)."""


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """Something that is put into the kernel.  ``present``: it is there; ``told``: adverts name it."""

    what: T
    view: View
    present: bool
    told: bool = False

    def index_of(self, interface: str | None) -> Value | None:
        link = None if interface is None else self.view.links.get(interface)
        return None if link is None else integer(link.index)


def _present(instance: Instance) -> bool:
    if instance.snapshot is not None:
        return instance.snapshot.addresses_set
    return instance.state is RouterState.MASTER


def _addresses(view: View) -> Iterator[tuple[Index, Placed[VirtualAddress]]]:
    if view.vrrp is None:
        return
    for number, static in enumerate(view.vrrp.static.addresses, 1):
        yield (_STATIC, number), Placed(static.address, view, True)
    for instance in instances(view):
        present, settings = _present(instance), instance.settings
        told = len(settings.addresses)
        for number, address in enumerate((*settings.addresses, *settings.excluded_addresses), 1):
            yield (instance.number, number), Placed(address, view, present, number <= told)


def _placed(
    static: Callable[[View], Sequence[T]], own: Callable[[Instance], Sequence[T]], view: View
) -> Iterator[tuple[Index, Placed[T]]]:
    for number, one in enumerate(static(view), 1):
        yield (_STATIC, number), Placed(one, view, True)
    for instance in instances(view):
        for number, one in enumerate(own(instance), 1):
            yield (instance.number, number), Placed(one, view, _present(instance))


def _routes(view: View) -> Iterator[tuple[Index, Placed[Route]]]:
    return _placed(
        lambda view: () if view.vrrp is None else view.vrrp.static.routes,
        lambda instance: instance.settings.routes,
        view,
    )


def _rules(view: View) -> Iterator[tuple[Index, Placed[Rule]]]:
    return _placed(
        lambda view: () if view.vrrp is None else view.vrrp.static.rules,
        lambda instance: instance.settings.rules,
        view,
    )


def _next_hops(view: View) -> Iterator[tuple[Index, Placed[Nexthop]]]:
    for index, row in _routes(view):
        for number, hop in enumerate(row.what.nexthops, 1):
            yield (*index, number), Placed(hop, view, row.present)


# ---------------------------------------------------------------- addresses


def _broadcast(row: Placed[VirtualAddress]) -> Value | None:
    if row.what.address.version == 6:
        return None
    return octets((row.what.broadcast or IPv4Address(0)).packed)


ADDRESSES: Table[Placed[VirtualAddress]] = Table(
    (*VRRP, 6, 1),
    (
        Column(2, "vrrpAddressType", lambda row: family(row.what.address)),
        Column(3, "vrrpAddressValue", lambda row: packed(row.what.address)),
        Column(4, "vrrpAddressBroadcast", _broadcast),
        Column(5, "vrrpAddressMask", lambda row: gauge(row.what.prefix_length)),
        Column(6, "vrrpAddressScope", lambda row: integer(scope(row.what.scope))),
        Column(7, "vrrpAddressIfIndex", lambda row: row.index_of(row.what.interface)),
        Column(8, "vrrpAddressIfName", lambda row: text(row.what.interface)),
        Column(9, "vrrpAddressIfAlias", lambda row: text(row.what.label)),
        Column(10, "vrrpAddressStatus", lambda row: truth(row.present)),
        Column(11, "vrrpAddressAdvertising", lambda row: truth(row.told)),
        Column(12, "vrrpAddressPeer", lambda row: packed(row.what.peer)),
    ),
    _addresses,
)

# ---------------------------------------------------------------- routes


def _route_type(row: Placed[Route]) -> Value:
    return integer(_ECMP if row.what.nexthops else _ROUTE_TYPES.get(row.what.kind, 1))


def _second_gateway(row: Placed[Route]) -> Value | None:
    hops = row.what.nexthops
    return packed(hops[0].gateway) if len(hops) == 1 and hops[0].encap is None else None


def _gauge(number: int | None) -> Value | None:
    return None if number is None else gauge(number)


def _number(metric: Metric, divided_by: int = 1) -> Callable[[Placed[Route]], Value | None]:
    def cell(row: Placed[Route]) -> Value | None:
        value = dict(row.what.metrics).get(metric)
        return None if value is None else gauge(value // divided_by)

    return cell


def _locked(metric: Metric) -> Callable[[Placed[Route]], Value | None]:
    def cell(row: Placed[Route]) -> Value | None:
        return truth(metric in row.what.locked) if metric in dict(row.what.metrics) else None

    return cell


def _ecn(row: Placed[Route]) -> Value:
    return truth(dict(row.what.metrics).get(Metric.FEATURES, 0) & FEATURE_ECN)


def _quick_ack(row: Placed[Route]) -> Value:
    return truth(Metric.QUICKACK in dict(row.what.metrics))


def _no_cookie(row: Placed[Route]) -> Value | None:
    value = dict(row.what.metrics).get(Metric.FASTOPEN_NO_COOKIE)
    return None if value is None else truth(value)


def _preference(row: Placed[Route]) -> Value | None:
    preference = row.what.router_preference
    return None if preference is None else integer(_ROUTER_PREFERENCES.get(preference, 0))


def _protocol(row: Placed[Route]) -> Value | None:
    return integer(row.what.protocol + 1) if row.what.protocol_shown else None


def _expires(row: Placed[Route]) -> Value | None:
    return None if row.what.expires is None else integer(row.what.expires)


def _realm_to(realms: int) -> Value | None:
    return gauge(realms & 0xFFFF) if realms else None


def _realm_from(realms: int) -> Value | None:
    return gauge(realms >> 16) if realms >> 16 else None


def _length(prefix: Prefix | None) -> Value | None:
    return None if prefix is None else gauge(prefix.length)


def _network(prefix: Prefix | None) -> Value | None:
    return None if prefix is None else packed(prefix.address)


def _network_family(prefix: Prefix | None) -> Value | None:
    return None if prefix is None else family(prefix.address)


ROUTES: Table[Placed[Route]] = Table(
    (*VRRP, 7, 1),
    (
        Column(2, "vrrpRouteAddressType", lambda row: integer(1 if row.what.family == 4 else 2)),
        Column(3, "vrrpRouteDestination", lambda row: _network(row.what.destination)),
        Column(4, "vrrpRouteDestinationMask", lambda row: _length(row.what.destination)),
        Column(5, "vrrpRouteGateway", lambda row: packed(row.what.gateway)),
        Column(6, "vrrpRouteSecondaryGateway", _second_gateway),
        Column(7, "vrrpRouteSource", lambda row: packed(row.what.preferred_source)),
        Column(8, "vrrpRouteMetric", lambda row: gauge(row.what.metric or 0)),
        Column(9, "vrrpRouteScope", lambda row: integer(scope(row.what.scope))),
        Column(10, "vrrpRouteType", _route_type),
        Column(11, "vrrpRouteIfIndex", lambda row: row.index_of(row.what.interface)),
        Column(12, "vrrpRouteIfName", lambda row: text(row.what.interface)),
        Column(13, "vrrpRouteRoutingTable", lambda row: gauge(row.what.table)),
        Column(14, "vrrpRouteStatus", lambda row: truth(row.present)),
        Column(15, "vrrpRouteFromAddress", lambda row: _network(row.what.source)),
        Column(16, "vrrpRouteFromAddressMask", lambda row: _length(row.what.source)),
        Column(17, "vrrpRouteTos", lambda row: _gauge(row.what.tos)),
        Column(18, "vrrpRouteProtocol", _protocol),
        Column(19, "vrrpRouteECN", _ecn),
        Column(20, "vrrpRouteQuickAck", _quick_ack),
        Column(21, "vrrpRouteExpires", _expires),
        Column(22, "vrrpRouteMtu", _number(Metric.MTU)),
        Column(23, "vrrpRouteMtuLock", _locked(Metric.MTU)),
        Column(24, "vrrpRouteHopLimit", _number(Metric.HOPLIMIT)),
        Column(25, "vrrpRouteAdvMss", _number(Metric.ADVMSS)),
        Column(26, "vrrpRouteAdvMssLock", _locked(Metric.ADVMSS)),
        Column(27, "vrrpRouteRtt", _number(Metric.RTT, 8)),
        Column(28, "vrrpRouteRttLock", _locked(Metric.RTT)),
        Column(29, "vrrpRouteRttVar", _number(Metric.RTTVAR, 4)),
        Column(30, "vrrpRouteRttVarLock", _locked(Metric.RTTVAR)),
        Column(31, "vrrpRouteReordering", _number(Metric.REORDERING)),
        Column(32, "vrrpRouteReorderingLock", _locked(Metric.REORDERING)),
        Column(33, "vrrpRouteWindow", _number(Metric.WINDOW)),
        Column(34, "vrrpRouteCwnd", _number(Metric.CWND)),
        Column(35, "vrrpRouteCwndLock", _locked(Metric.CWND)),
        Column(36, "vrrpRouteSsthresh", _number(Metric.SSTHRESH)),
        Column(37, "vrrpRouteSsthreshLock", _locked(Metric.SSTHRESH)),
        Column(38, "vrrpRouteRtoMin", _number(Metric.RTO_MIN)),
        Column(39, "vrrpRouteRtoMinLock", _locked(Metric.RTO_MIN)),
        Column(40, "vrrpRouteInitCwnd", _number(Metric.INITCWND)),
        Column(41, "vrrpRouteInitRwnd", _number(Metric.INITRWND)),
        Column(42, "vrrpRouteCongCtl", lambda row: text(row.what.congestion_control)),
        Column(43, "vrrpRoutePref", _preference),
        Column(44, "vrrpRouteRealmDst", lambda row: _realm_to(row.what.realms)),
        Column(45, "vrrpRouteRealmSrc", lambda row: _realm_from(row.what.realms)),
        Column(55, "vrrpRouteFastopenNoCookie", _no_cookie),
    ),
    _routes,
)

NEXT_HOPS: Table[Placed[Nexthop]] = Table(
    (*VRRP, 11, 1),
    (
        Column(2, "vrrpRouteNextHopAddressType", lambda row: family(row.what.gateway)),
        Column(3, "vrrpRouteNextHopAddress", lambda row: packed(row.what.gateway)),
        Column(4, "vrrpRouteNextHopIfIndex", lambda row: row.index_of(row.what.interface)),
        Column(5, "vrrpRouteNextHopIfName", lambda row: text(row.what.interface)),
        Column(6, "vrrpRouteNextHopWeight", lambda row: gauge(row.what.weight or 1)),
        Column(7, "vrrpRouteNextHopOnlink", lambda row: truth(row.what.onlink)),
        Column(8, "vrrpRouteNextHopRealmDst", lambda row: _realm_to(row.what.realms)),
        Column(9, "vrrpRouteNextHopRealmSrc", lambda row: _realm_from(row.what.realms)),
    ),
    _next_hops,
)

# ---------------------------------------------------------------- rules


def _direction(row: Placed[Rule]) -> Value | None:
    rule = row.what
    if rule.destination is not None:
        return text("both" if rule.source is not None else "to")
    return text("from" if rule.source is not None else "")


def _either(row: Placed[Rule]) -> Prefix | None:
    return row.what.destination or row.what.source


def _table(row: Placed[Rule]) -> Value | None:
    return gauge(row.what.table) if row.what.action is RuleAction.TABLE else None


def _users(row: Placed[Rule], which: int) -> Value | None:
    return None if row.what.users is None else gauge(row.what.users[which])


def _group_name(row: Placed[Rule]) -> Value | None:
    return None if row.what.suppress_group is None else text(str(row.what.suppress_group))


def _tunnel(row: Placed[Rule], shift: int) -> Value | None:
    return gauge(row.what.tunnel >> shift & 0xFFFFFFFF) if row.what.tunnel else None


RULES: Table[Placed[Rule]] = Table(
    (*VRRP, 8, 1),
    (
        Column(2, "vrrpRuleDirection", _direction),
        Column(3, "vrrpRuleAddressType", lambda row: _network_family(_either(row))),
        Column(4, "vrrpRuleAddress", lambda row: _network(_either(row))),
        Column(5, "vrrpRuleAddressMask", lambda row: _length(_either(row))),
        Column(6, "vrrpRuleRoutingTable", _table),
        Column(7, "vrrpRuleStatus", lambda row: truth(row.present)),
        Column(8, "vrrpRuleInvert", lambda row: truth(row.what.inverted)),
        Column(9, "vrrpRuleDestinationAddressType", lambda row: _network_family(row.what.destination)),
        Column(10, "vrrpRuleDestinationAddress", lambda row: _network(row.what.destination)),
        Column(11, "vrrpRuleDestinationAddressMask", lambda row: _length(row.what.destination)),
        Column(12, "vrrpRuleSourceAddressType", lambda row: _network_family(row.what.source)),
        Column(13, "vrrpRuleSourceAddress", lambda row: _network(row.what.source)),
        Column(14, "vrrpRuleSourceAddressMask", lambda row: _length(row.what.source)),
        Column(15, "vrrpRuleTos", lambda row: gauge(row.what.tos)),
        Column(16, "vrrpRuleFwMark", lambda row: _gauge(row.what.mark)),
        Column(17, "vrrpRuleFwMask", lambda row: _gauge(row.what.mask)),
        Column(18, "vrrpRuleRealmDst", lambda row: _realm_to(row.what.realms)),
        Column(19, "vrrpRuleRealmSrc", lambda row: _realm_from(row.what.realms)),
        Column(20, "vrrpRuleInInterface", lambda row: text(row.what.incoming)),
        Column(21, "vrrpRuleOutInterface", lambda row: text(row.what.outgoing)),
        Column(22, "vrrpRuleTarget", lambda row: _gauge(row.what.goto)),
        Column(23, "vrrpRuleAction", lambda row: integer(row.what.action)),
        Column(24, "vrrpRuleTableNo", _table),
        Column(25, "vrrpRulePreference", lambda row: _gauge(row.what.preference or None)),
        Column(26, "vrrpRuleSuppressPrefixLen", lambda row: _gauge(row.what.suppress_prefix_length)),
        Column(27, "vrrpRuleSuppressGroup", _group_name),
        Column(28, "vrrpRuleTunnelIdHigh", lambda row: _tunnel(row, 32)),
        Column(29, "vrrpRuleTunnelIdLow", lambda row: _tunnel(row, 0)),
        Column(30, "vrrpRuleUidRangeStart", lambda row: _users(row, 0)),
        Column(31, "vrrpRuleUidRangeEnd", lambda row: _users(row, 1)),
        Column(32, "vrrpRuleL3mDev", lambda row: integer(1) if row.what.l3mdev else None),
    ),
    _rules,
)

TABLES: tuple[Table[Any], ...] = (ADDRESSES, ROUTES, NEXT_HOPS, RULES)
