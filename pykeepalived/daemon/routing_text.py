"""Routes and rules in the words of keepalived's state files and JSON.  Pure.

Order and spelling are those of keepalived 2.4.3, as tools read them; the label stack of ``encap mpls`` is
written as it is configured (keepalived prints the wire form), and ``lock`` stands before every locked value.
"""

from __future__ import annotations

from collections.abc import Iterator

from pykeepalived.config.kinds.rtnames import ROUTE_TYPES
from pykeepalived.vrrp.routing import (
    FEATURE_ECN,
    RT_TABLE_MAIN,
    RTN_UNICAST,
    Encap,
    IlaEncap,
    IpEncap,
    Metric,
    MplsEncap,
    Nexthop,
    Route,
    Rule,
    RuleAction,
)

_TYPE_NAMES = {number: name for name, number in ROUTE_TYPES.items()}
_ROUTER_PREFERENCES = {0: "medium", 1: "high", 3: "low"}
_TIMES = {Metric.RTT: 8, Metric.RTTVAR: 4, Metric.RTO_MIN: 1}
_BEFORE = (Metric.RTT, Metric.RTTVAR, Metric.RTO_MIN)
_BETWEEN = (
    Metric.MTU,
    Metric.WINDOW,
    Metric.SSTHRESH,
    Metric.CWND,
    Metric.ADVMSS,
    Metric.REORDERING,
    Metric.HOPLIMIT,
    Metric.INITCWND,
    Metric.INITRWND,
    Metric.QUICKACK,
)


def route_text(route: Route) -> str:
    """One route, without the indentation of a state file."""
    return " ".join(_route_words(route))


def _route_words(route: Route) -> Iterator[str]:
    values = dict(route.metrics)
    yield route.placing.value
    if route.kind != RTN_UNICAST:
        yield _TYPE_NAMES.get(route.kind, str(route.kind))
    yield str(route.destination)
    if route.source is not None:
        yield f"from {route.source}"
    if route.preferred_source is not None:
        yield f"src {route.preferred_source}"
    if route.tos is not None:
        yield f"tos {route.tos}"
    if route.encap is not None:
        yield _encap_text(route.encap)
    if route.gateway is not None:
        yield _via(route.gateway.version, str(route.gateway))
    if route.interface is not None:
        yield f"dev {route.interface}"
    if route.vrf is not None:
        yield f"vrf {route.vrf}"
    if route.table != RT_TABLE_MAIN:
        yield f"table {route.table}"
    if route.protocol_shown:
        yield f"proto {route.protocol}"
    if route.scope is not None:
        yield f"scope {route.scope}"
    if route.metric is not None:
        yield f"metric {route.metric}"
    if route.family == 4 and route.onlink:
        yield "onlink"
    if route.realms:
        yield _realms(route.realms)
    if route.expires is not None:
        yield f"expires {route.expires}sec"
    if route.congestion_control is not None:
        yield f"congctl {_lock(route, Metric.CC_ALGO)}{route.congestion_control}"
    yield from _metric_words(route, values, _BEFORE)
    if values.get(Metric.FEATURES, 0) & FEATURE_ECN:
        yield "features ecn"
    yield from _metric_words(route, values, _BETWEEN)
    if route.router_preference is not None:
        yield f"pref {_ROUTER_PREFERENCES.get(route.router_preference, 'unknown')}"
    yield from _metric_words(route, values, (Metric.FASTOPEN_NO_COOKIE,))
    if route.ttl_propagate is not None:
        yield f"ttl-propagate {'enabled' if route.ttl_propagate else 'disabled'}"
    for hop in route.nexthops:
        yield " ".join(_nexthop_words(hop))
    if route.no_track:
        yield "no_track"
    if route.track_group is not None:
        yield f"track_group {route.track_group}"


def _metric_words(route: Route, values: dict[int, int], metrics: tuple[Metric, ...]) -> Iterator[str]:
    for metric in metrics:
        value = values.get(metric)
        if value is not None:
            text = _time(value, _TIMES[metric]) if metric in _TIMES else str(value)
            yield f"{metric.name.lower()} {_lock(route, metric)}{text}"


def _lock(route: Route, metric: Metric) -> str:
    return "lock " if metric in route.locked else ""


def _time(units: int, per_millisecond: int) -> str:
    milliseconds = units / per_millisecond
    return f"{milliseconds / 1000:g}s" if milliseconds >= 1000 else f"{milliseconds:g}ms"


def _via(version: int, address: str) -> str:
    return f"via inet{'6' if version == 6 else ''} {address}"


def _realms(realms: int) -> str:
    return f"realms {realms >> 16}/{realms & 0xFFFF}" if realms >> 16 else f"realm {realms}"


def _nexthop_words(hop: Nexthop) -> Iterator[str]:
    yield "nexthop"
    if hop.gateway is not None:
        yield _via(hop.gateway.version, str(hop.gateway))
    if hop.interface is not None:
        yield f"dev {hop.interface}"
    if hop.weight is not None:
        yield f"weight {hop.weight}"
    if hop.onlink:
        yield "onlink"
    if hop.realms:
        yield _realms(hop.realms)
    if hop.encap is not None:
        yield _encap_text(hop.encap)


def _encap_text(encap: Encap) -> str:
    match encap:
        case MplsEncap(labels=labels):
            return f"encap mpls {'/'.join(str(label) for label in labels)}"
        case IlaEncap(locator=locator):
            groups = [f"{int.from_bytes(locator[at : at + 2], 'big'):x}" for at in range(0, 8, 2)]
            return f"encap ila {':'.join(groups)}"
        case IpEncap():
            four = encap.family == 4
            words = ["encap ip" if four else "encap ip6"]
            for name, value in (
                ("id", encap.id),
                ("dst", encap.destination),
                ("src", encap.source),
                ("tos" if four else "tc", encap.tos),
                ("ttl" if four else "hoplimit", encap.ttl),
            ):
                if value is not None:
                    words.append(f"{name} {value}")
            if encap.flags is not None:
                words.append(f"flags 0x{encap.flags:x}")
            return " ".join(words)


def rule_text(rule: Rule) -> str:
    """One rule, without the indentation of a state file."""
    return " ".join(_rule_words(rule))


def _rule_words(rule: Rule) -> Iterator[str]:
    if rule.family == 6 and rule.source is None and rule.destination is None:
        yield "inet6"
    if rule.inverted:
        yield "not"
    yield f"from {'all' if rule.source is None else rule.source}"
    if rule.destination is not None:
        yield f"to {rule.destination}"
    yield f"priority {rule.preference}"
    yield f"tos 0x{rule.tos:x}"
    if rule.mark is not None:
        mask = "" if rule.mask is None or rule.mask == 0xFFFFFFFF else f"/0x{rule.mask:x}"
        yield f"fwmark 0x{rule.mark:x}{mask}"
    for name, value in (
        ("iif", rule.incoming),
        ("oif", rule.outgoing),
        ("suppress_prefixlen", rule.suppress_prefix_length),
        ("suppress_ifgroup", rule.suppress_group),
        ("tunnel-id", rule.tunnel or None),
    ):
        if value is not None:
            yield f"{name} {value}"
    if rule.users is not None:
        yield f"uidrange {rule.users[0]}-{rule.users[1]}"
    if rule.l3mdev:
        yield "l3mdev"
    if rule.protocol is not None:
        yield f"protocol {rule.protocol}"
    if rule.transport is not None:
        yield f"ipproto {rule.transport}"
    for name, ports in (("sport", rule.source_ports), ("dport", rule.destination_ports)):
        if ports is not None:
            yield f"{name} {ports[0]}-{ports[1]}"
    if rule.realms:
        yield f"realms {rule.realms >> 16}/{rule.realms & 0xFFFF}"
    yield _action(rule)
    if rule.no_track:
        yield "no_track"
    if rule.track_group is not None:
        yield f"track_group {rule.track_group}"


def _action(rule: Rule) -> str:
    match rule.action:
        case RuleAction.TABLE:
            return f"lookup {rule.table}"
        case RuleAction.GOTO:
            return f"goto {rule.goto}"
        case RuleAction.NOP:
            return "nop"
        case _:
            return f"type {rule.action.name.lower()}"
