"""Configuration -> the routes and rules of a router, and everything static.

The grammar has checked each word (``config.kinds.routes``, ``config.kinds.rules``); here words become the
kernel's numbers.  What keepalived resets with a complaint (a foreign protocol on a tracked line, times out of
range) is reset here, too.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from pykeepalived.base.c_integer import c_integer
from pykeepalived.config.kinds.numbers import scaled
from pykeepalived.config.kinds.rtnames import (
    DSFIELDS,
    IP_PROTOCOLS,
    PROTOCOLS,
    ROUTE_TYPES,
    SCOPES,
    TABLES,
)
from pykeepalived.plan.addresses import virtual_address
from pykeepalived.plan.static import StaticAddress, StaticSettings
from pykeepalived.vrrp.routing import (
    FEATURE_ECN,
    RT_TABLE_MAIN,
    RTN_UNICAST,
    RTPROT_KEEPALIVED,
    Encap,
    IlaEncap,
    IpEncap,
    Metric,
    MplsEncap,
    Nexthop,
    Placing,
    Prefix,
    Route,
    Rule,
    RuleAction,
)
from pykeepalived.vrrp.settings import RouterSettings

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
    from pykeepalived.config.values import OptionLine, RouteLine, RuleLine
    from pykeepalived.syntax.nodes import Statement

Words = tuple[str, ...]
T = TypeVar("T")

DEFAULT_INTERFACE = "eth0"
"""keepalived's, when `default_interface` is not set."""

FIRST_CHOSEN_PREFERENCE = 16384
"""Rules without a preference get this one and those below it, per family, in the order of the file."""

_EVERYTHING = ("default", "any", "all")
_ROUTER_PREFERENCES = {"low": 3, "medium": 0, "high": 1}
_ACTIONS = {
    "nop": RuleAction.NOP,
    "blackhole": RuleAction.BLACKHOLE,
    "unreachable": RuleAction.UNREACHABLE,
    "prohibit": RuleAction.PROHIBIT,
}
_MIN_TIME_MS, _MAX_TIME_MS = 200, 120_000
"""What the kernel's TCP can work with (TCP_RTO_MIN, TCP_RTO_MAX)."""

_TIMES = {"rtt": (Metric.RTT, 8), "rttvar": (Metric.RTTVAR, 4), "rto_min": (Metric.RTO_MIN, 1)}
"""Which metric, and how many of the kernel's units make a millisecond."""

_NUMBERS = {
    "mtu": Metric.MTU,
    "window": Metric.WINDOW,
    "ssthresh": Metric.SSTHRESH,
    "cwnd": Metric.CWND,
    "advmss": Metric.ADVMSS,
    "reordering": Metric.REORDERING,
    "hoplimit": Metric.HOPLIMIT,
    "initcwnd": Metric.INITCWND,
    "initrwnd": Metric.INITRWND,
    "quickack": Metric.QUICKACK,
    "fastopen_no_cookie": Metric.FASTOPEN_NO_COOKIE,
}
_TIME_UNITS = (("msecs", 0), ("msec", 0), ("ms", 0), ("secs", 3), ("sec", 3), ("s", 3))


def place_of(statement: Statement | None) -> tuple[str, str]:
    """``file:line`` of a line, and its words."""
    if statement is None:
        return "", ""
    return f"{statement.file}:{statement.line}", " ".join(statement.words)


# ---------------------------------------------------------------- words


def _number(text: str, names: dict[str, int] | None = None) -> int:
    found = None if names is None else names.get(text)
    return found if found is not None else c_integer(text) or 0


def _prefix(text: str, family: int) -> Prefix:
    if text in _EVERYTHING:
        return Prefix(ipaddress.IPv4Address(0) if family == 4 else ipaddress.IPv6Address(0), 0)
    head, _, length = text.partition("/")
    address = ipaddress.ip_address(head)
    return Prefix(address, int(length) if length else address.max_prefixlen)


def _realms(text: str) -> int:
    """``[SOURCE/]DESTINATION`` as the kernel packs them."""
    source, slash, destination = text.partition("/")
    return _number(source) << 16 | _number(destination) if slash else _number(source)


def _pair(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high)


def _time(text: str, per_millisecond: int) -> int:
    """A time in the kernel's units; without a unit the number is in those units already."""
    value, factor = text, 1
    places = 0
    for unit, shift in _TIME_UNITS:
        if text.endswith(unit):
            value, places, factor = text[: -len(unit)], shift, per_millisecond
            break
    number = scaled(value, places)
    if number is None:
        number = int(float(value) * 10**places)
    return min(max(number * factor, _MIN_TIME_MS * per_millisecond), _MAX_TIME_MS * per_millisecond)


def _encap(words: Words) -> Encap:
    kind = words[0]
    if kind == "mpls":
        return MplsEncap(tuple(_number(label) for label in words[1].split("/")))
    if kind == "ila":
        return IlaEncap(b"".join(int(group, 16).to_bytes(2, "big") for group in words[1].split(":")))
    values = dict(zip(words[1::2], words[2::2], strict=True))
    numbers = {name: _number(text, DSFIELDS) for name, text in values.items() if name not in ("dst", "src")}
    return IpEncap(
        family=4 if kind == "ip" else 6,
        id=numbers.get("id"),
        destination=ipaddress.ip_address(values["dst"]) if "dst" in values else None,
        source=ipaddress.ip_address(values["src"]) if "src" in values else None,
        tos=numbers.get("tos", numbers.get("tc")),
        ttl=numbers.get("ttl", numbers.get("hoplimit")),
        flags=numbers.get("flags"),
    )


def _nexthop(words: Words) -> Nexthop:
    gateway = interface = weight = encap = None
    onlink, realms = False, 0
    at = 0
    while at < len(words):
        word = words[at]
        if word == "onlink":
            onlink = True
            at += 1
            continue
        value = words[at + 1]
        at += 2
        if word == "via":
            gateway = ipaddress.ip_address(value)
        elif word == "dev":
            interface = value
        elif word == "weight":
            weight = int(value)
        elif word == "realms":
            realms = _realms(value)
        else:
            count = 2 if value in ("mpls", "ila") else 1 + _pairs(words[at:])
            encap = _encap(words[at - 1 : at - 1 + count])
            at += count - 1
    return Nexthop(gateway, interface, weight, onlink, realms, encap)


def _pairs(words: Words) -> int:
    """How many words from here on belong to ``encap ip`` or ``encap ip6``."""
    names = ("id", "dst", "src", "tos", "tc", "ttl", "hoplimit", "flags")
    count = 0
    while count < len(words) and words[count] in names:
        count += 2
    return count


# ---------------------------------------------------------------- routes


def route(line: RouteLine) -> Route:
    """The route that a line of ``virtual_routes`` or ``static_routes`` describes."""
    options = dict(line.options)  # of a repeated option the last one counts
    one = _one(options)
    address = _converted(one, ipaddress.ip_address)
    number = _converted(one, _number)
    no_track = "no_track" in options
    protocol = one("protocol")
    where, text = place_of(line.statement)
    kind = one("type")
    nexthops = [_nexthop(words) for name, words in line.options if name == "nexthop"]
    gateway = address("via")
    if line.statement is not None and "or" in line.statement.words:
        # The old form `gw A or B`: both are ways of the same rank.
        nexthops.insert(0, Nexthop(gateway))
        gateway = None
    metrics, locked = _metrics(options)
    return Route(
        family=line.family,
        destination=_prefix(one("to") or "default", line.family),
        kind=RTN_UNICAST if kind is None else ROUTE_TYPES[kind],
        typed=kind is not None,
        table=_number(one("table") or str(RT_TABLE_MAIN), TABLES),
        vrf=one("vrf"),
        protocol=_number(protocol, PROTOCOLS) if protocol and no_track else RTPROT_KEEPALIVED,
        protocol_shown=not no_track or protocol is not None,
        scope=_converted(one, lambda word: _number(word, SCOPES))("scope"),
        tos=_converted(one, lambda word: _number(word, DSFIELDS))("tos"),
        metric=number("metric"),
        preferred_source=address("src"),
        source=_converted(one, lambda word: _prefix(word, line.family))("from"),
        gateway=gateway,
        interface=one("dev"),
        onlink="onlink" in options,
        realms=_converted(one, _realms)("realms") or 0,
        expires=number("expires"),
        router_preference=_converted(one, lambda word: _number(word, _ROUTER_PREFERENCES))("pref"),
        ttl_propagate=_converted(one, lambda word: word == "enabled")("ttl-propagate"),
        metrics=metrics,
        locked=locked,
        congestion_control=options["congctl"][-1] if "congctl" in options else None,
        encap=_encap(options["encap"]) if "encap" in options else None,
        nexthops=tuple(nexthops),
        placing=_placing(line),
        no_track=no_track,
        track_group=one("track_group"),
        where=where,
        text=text,
    )


def _one(options: dict[str, Words]) -> Callable[[str], str | None]:
    def word(name: str) -> str | None:
        found = options.get(name)
        return found[0] if found else None

    return word


def _converted(one: Callable[[str], str | None], convert: Callable[[str], T]) -> Callable[[str], T | None]:
    def value(name: str) -> T | None:
        found = one(name)
        return None if found is None else convert(found)

    return value


def _metrics(options: dict[str, Words]) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """Numeric metrics with their values, and those (congctl, too) that are locked; both in order."""
    values: dict[int, int] = {}
    locked: set[int] = set()
    for name, words in options.items():
        metric: Metric
        if name in _TIMES:
            metric, per_millisecond = _TIMES[name]
            values[metric] = _time(words[-1], per_millisecond)
        elif name in _NUMBERS:
            metric = _NUMBERS[name]
            values[metric] = _number(words[-1])
        elif name == "features":
            metric = Metric.FEATURES
            values[metric] = FEATURE_ECN
        elif name == "congctl":
            metric = Metric.CC_ALGO
        else:
            continue
        # The kernel looks at rto_min only when it is locked; iproute2 always locks it, keepalived does not.
        if words[0] == "lock" or metric is Metric.RTO_MIN:
            locked.add(metric)
    return tuple(sorted(values.items())), tuple(sorted(locked))


def _placing(line: OptionLine) -> Placing:
    placing = Placing.PREPEND
    for name, _ in line.options:
        if name in ("add", "prepend", "append"):
            placing = Placing(name)
    return placing


# ---------------------------------------------------------------- rules


def rule(line: RuleLine, preference: int) -> Rule:
    """The rule that a line of ``virtual_rules`` or ``static_rules`` describes.

    ``preference`` is for a line that has none of its own.
    """
    options = dict(line.options)
    one = _one(options)
    number = _converted(one, _number)
    prefix = _converted(one, lambda word: _prefix(word, line.family))
    pair = _converted(one, _pair)
    action = next((_ACTIONS[name] for name in options if name in _ACTIONS), RuleAction.TABLE)
    if "goto" in options:
        action = RuleAction.GOTO
    mark, slash, mask = (one("fwmark") or "").partition("/")
    no_track = "no_track" in options
    protocol = number("protocol") if no_track else RTPROT_KEEPALIVED
    where, text = place_of(line.statement)
    written = number("preference")
    return Rule(
        family=line.family,
        preference=preference if written is None else written,
        action=action,
        table=_number(one("table") or "0", TABLES),
        inverted="not" in options,
        source=prefix("from"),
        destination=prefix("to"),
        tos=_number(one("tos") or "0", DSFIELDS),
        mark=_number(mark) if mark else None,
        mask=_number(mask) if slash else None,
        realms=_converted(one, _realms)("realms") or 0,
        suppress_prefix_length=number("suppress_prefixlength"),
        suppress_group=_converted(one, lambda word: _number(word, {"default": 0}))("suppress_ifgroup"),
        incoming=one("iif"),
        outgoing=one("oif"),
        tunnel=number("tunnel-id") or 0,
        users=pair("uidrange"),
        l3mdev="l3mdev" in options,
        protocol=protocol,
        transport=_converted(one, lambda word: _number(word.lower(), IP_PROTOCOLS))("ipproto"),
        source_ports=pair("sport"),
        destination_ports=pair("dport"),
        goto=number("goto"),
        no_track=no_track,
        track_group=one("track_group"),
        where=where,
        text=text,
    )


class Preferences:
    """The preferences of rules that have none: chosen per family, downwards, in the order of the file."""

    def __init__(self, lines: Iterable[RuleLine]) -> None:
        unnumbered = [line for line in lines if line.get("preference") is None]
        files = {line.statement.file for line in unnumbered if line.statement is not None}
        if len(files) == 1:
            unnumbered.sort(key=lambda line: line.statement.line if line.statement else 0)
        self._chosen: dict[int, int] = {}
        following = {4: FIRST_CHOSEN_PREFERENCE, 6: FIRST_CHOSEN_PREFERENCE}
        for line in unnumbered:
            self._chosen[id(line)] = following[line.family]
            following[line.family] -= 1

    def rule(self, line: RuleLine) -> Rule:
        """The rule of one of the lines."""
        return rule(line, self._chosen.get(id(line), FIRST_CHOSEN_PREFERENCE))


# ---------------------------------------------------------------- everything of a configuration


@dataclass(frozen=True, slots=True)
class OwnedPlan:
    """Routes, rules and static things of a configuration.

    ``watched`` are, per instance name, the interfaces of static lines whose ``track_group`` it is a member
    of: while one of them is down, the instance is at fault.
    """

    static: StaticSettings
    preferences: Preferences
    watched: Mapping[str, tuple[str, ...]]

    def complete(self, block: VrrpInstance, settings: RouterSettings) -> RouterSettings:
        """The settings of an instance with what it owns besides addresses."""
        routes = tuple(route(line) for line in block.virtual_routes)
        rules = tuple(self.preferences.rule(line) for line in block.virtual_rules)
        needed = dict.fromkeys((*needed_interfaces(routes, rules), *self.watched.get(block.name, ())))
        if not (routes or rules or needed):
            return settings
        return replace(settings, routes=routes, rules=rules, needed_interfaces=tuple(needed))


def plan_owned(config: Config) -> OwnedPlan:
    """What the routers of ``config`` own besides addresses, and what stands whatever they do."""
    rule_lines = [line for block in config.vrrp_instances for line in block.virtual_rules]
    numbers = Preferences([*config.static_rules, *rule_lines])
    addresses: list[StaticAddress] = []
    for line in config.static_ipaddress:
        where, _ = place_of(line.statement)
        interface = line.dev or config.global_defs.default_interface or DEFAULT_INTERFACE
        addresses.append(StaticAddress(virtual_address(line, interface), line.track_group, where))
    static = StaticSettings(
        tuple(addresses),
        tuple(route(line) for line in config.static_routes),
        tuple(numbers.rule(line) for line in config.static_rules),
    )
    return OwnedPlan(static, numbers, static_interfaces(config, static))


def needed_interfaces(routes: Iterable[Route], rules: Iterable[Rule]) -> tuple[str, ...]:
    """Interfaces whose going down is a fault of a router with these (keepalived tracks them, too)."""
    names: dict[str, None] = {}
    for one in routes:
        if not one.no_track and one.interface:
            names[one.interface] = None
    for rule_ in rules:
        if not rule_.no_track:
            names.update(dict.fromkeys(rule_.interfaces))
    return tuple(names)


def static_interfaces(config: Config, static: StaticSettings) -> dict[str, tuple[str, ...]]:
    """Per instance name: the interfaces of static lines whose ``track_group`` it is a member of."""
    members = {group.name: [entry.name for entry in group.group] for group in config.track_groups}
    tagged: list[tuple[str | None, str | None, bool]] = [
        (one.track_group, one.address.interface, one.address.no_track) for one in static.addresses
    ]
    tagged += [(one.track_group, one.interface, one.no_track) for one in static.routes]
    tagged += [(one.track_group, one.incoming, one.no_track) for one in static.rules]
    found: dict[str, dict[str, None]] = {}
    for group, interface, no_track in tagged:
        if group is not None and interface and not no_track:
            for member in members.get(group, ()):
                found.setdefault(member, {})[interface] = None
    return {name: tuple(interfaces) for name, interfaces in found.items()}
