"""Routes and policy rules that follow mastership, or that stand as long as the daemon runs.

Plain values, like everything in :mod:`pykeepalived.vrrp.settings`: numbers are the kernel's
(``linux/rtnetlink.h``, ``linux/fib_rules.h``, ``linux/lwtunnel.h``), names of the configuration language are
resolved.  ``where`` (file:line) and ``text`` say where a line stood and what it said; they are for people and
take no part in comparison, so that a line that only moved is not a change.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

IPAddress = IPv4Address | IPv6Address

RTPROT_KEEPALIVED = 18
"""Marks our routes and rules: by it they are found again after a crash."""

RT_TABLE_MAIN = 254
RTN_UNICAST = 1


class Metric(enum.IntEnum):
    """Metrics of a route that are numbers (RTAX_*).  Times are in the kernel's units, see ``plan.owned``."""

    MTU = 2
    WINDOW = 3
    RTT = 4
    RTTVAR = 5
    SSTHRESH = 6
    CWND = 7
    ADVMSS = 8
    REORDERING = 9
    HOPLIMIT = 10
    INITCWND = 11
    FEATURES = 12
    RTO_MIN = 13
    INITRWND = 14
    QUICKACK = 15
    CC_ALGO = 16
    FASTOPEN_NO_COOKIE = 17


FEATURE_ECN = 1
"""The one bit of ``Metric.FEATURES`` that the language knows."""


class Placing(enum.Enum):
    """Where a route goes among others of the same destination; ``prepend`` is keepalived's default.

    ``add`` refuses when there is one already, as ``ip route add`` does.
    """

    PREPEND = "prepend"
    ADD = "add"
    APPEND = "append"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A network as written: bits beyond ``length`` may be set, and the kernel then refuses it."""

    address: IPAddress
    length: int

    def __str__(self) -> str:
        """As keepalived prints it: a host has no length."""
        full = self.length == self.address.max_prefixlen
        return str(self.address) if full else f"{self.address}/{self.length}"


@dataclass(frozen=True, slots=True)
class MplsEncap:
    """``encap mpls``: the label stack, outermost first."""

    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IpEncap:
    """``encap ip`` and ``encap ip6``: metadata for a tunnel device in collect-metadata mode.

    ``tos`` is the traffic class and ``ttl`` the hop limit for IPv6.
    """

    family: int
    id: int | None = None
    destination: IPAddress | None = None
    source: IPAddress | None = None
    tos: int | None = None
    ttl: int | None = None
    flags: int | None = None


@dataclass(frozen=True, slots=True)
class IlaEncap:
    """``encap ila``: the 64-bit locator, in network order."""

    locator: bytes


Encap = MplsEncap | IpEncap | IlaEncap


@dataclass(frozen=True, slots=True)
class Nexthop:
    """One of several ways.  ``weight`` counts from 1; ``realms`` packs two numbers, source << 16 | to."""

    gateway: IPAddress | None = None
    interface: str | None = None
    weight: int | None = None
    onlink: bool = False
    realms: int = 0
    encap: Encap | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One line of ``virtual_routes`` or ``static_routes``.

    ``kind`` is RTN_*; ``typed`` says that it was written.  ``vrf`` names a VRF device whose table is used.
    ``preferred_source`` is ``src``, ``source`` is ``from`` (IPv6 only).  ``router_preference`` is ``pref``.
    ``locked`` are the metrics that path MTU discovery and TCP must not change.  ``expires`` is in seconds.
    """

    family: int
    destination: Prefix
    kind: int = RTN_UNICAST
    typed: bool = False
    table: int = RT_TABLE_MAIN
    vrf: str | None = None
    protocol: int = RTPROT_KEEPALIVED
    protocol_shown: bool = True
    scope: int | None = None
    tos: int | None = None
    metric: int | None = None
    preferred_source: IPAddress | None = None
    source: Prefix | None = None
    gateway: IPAddress | None = None
    interface: str | None = None
    onlink: bool = False
    realms: int = 0
    expires: int | None = None
    router_preference: int | None = None
    ttl_propagate: bool | None = None
    metrics: tuple[tuple[int, int], ...] = ()
    locked: tuple[int, ...] = ()
    congestion_control: str | None = None
    encap: Encap | None = None
    nexthops: tuple[Nexthop, ...] = ()
    placing: Placing = Placing.PREPEND
    no_track: bool = False
    track_group: str | None = None
    where: str = field(default="", compare=False)
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"route {self.text or self.destination}"

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Every interface it names."""
        names = dict.fromkeys((self.interface, *(hop.interface for hop in self.nexthops)))
        return tuple(name for name in names if name)


class RuleAction(enum.IntEnum):
    """What a rule does with what it matches (FR_ACT_*)."""

    TABLE = 1
    GOTO = 2
    NOP = 3
    BLACKHOLE = 6
    UNREACHABLE = 7
    PROHIBIT = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of ``virtual_rules`` or ``static_rules``.

    ``incoming`` and ``outgoing`` are interface names.  ``l3mdev`` takes the table of the VRF that a packet
    belongs to, in place of ``table``.  ``protocol`` is who put the rule there (None: nobody in particular),
    ``transport`` the IP protocol it matches.  ``realms`` as in :class:`Nexthop`.
    """

    family: int
    preference: int
    action: RuleAction
    table: int = 0
    inverted: bool = False
    source: Prefix | None = None
    destination: Prefix | None = None
    tos: int = 0
    mark: int | None = None
    mask: int | None = None
    realms: int = 0
    suppress_prefix_length: int | None = None
    suppress_group: int | None = None
    incoming: str | None = None
    outgoing: str | None = None
    tunnel: int = 0
    users: tuple[int, int] | None = None
    l3mdev: bool = False
    protocol: int | None = RTPROT_KEEPALIVED
    transport: int | None = None
    source_ports: tuple[int, int] | None = None
    destination_ports: tuple[int, int] | None = None
    goto: int | None = None
    no_track: bool = False
    track_group: str | None = None
    where: str = field(default="", compare=False)
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"rule {self.text or self.preference}"

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Every interface it names."""
        return tuple(name for name in dict.fromkeys((self.incoming, self.outgoing)) if name)


Routing = Route | Rule


@dataclass(frozen=True, slots=True)
class RoutingDifference:
    """What leads from one list of routes and rules to another.

    ``replaced`` are routes that the kernel would not tell apart by destination and rank: the new one takes
    the place of the old one in one step, so that no packet finds neither.
    """

    removed: tuple[Routing, ...] = ()
    replaced: tuple[tuple[Route, Route], ...] = ()
    added: tuple[Routing, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.replaced or self.added)


def difference(before: Iterable[Routing], after: Iterable[Routing]) -> RoutingDifference:
    """Compare two lists; the order of what remains is not looked at."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    gone = [one for one in old if one not in new]
    fresh = [one for one in new if one not in old]
    places: dict[object, list[Route]] = {}
    for one in gone:
        if isinstance(one, Route):
            places.setdefault(_rank(one), []).append(one)
    replaced: list[tuple[Route, Route]] = []
    for one in fresh:
        candidates = places.get(_rank(one)) if isinstance(one, Route) else None
        if isinstance(one, Route) and candidates:
            replaced.append((candidates.pop(0), one))
    was, becomes = {old_ for old_, _ in replaced}, {new_ for _, new_ in replaced}
    return RoutingDifference(
        tuple(one for one in gone if one not in was),
        tuple(replaced),
        tuple(one for one in fresh if one not in becomes),
    )


def _rank(route: Route) -> object:
    """What NLM_F_REPLACE finds a route by."""
    return (route.family, route.destination, route.table, route.vrf, route.tos, route.metric)
