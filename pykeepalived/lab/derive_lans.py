"""Which networks a set of configuration files talks about: who is plugged in where, and addresses. Pure.

Two directors' interfaces are on one segment when an instance of the same VRID and family runs on both, or
when both have the same name and nothing speaks against it. A segment's networks are those of the virtual
addresses on it; what the files leave open (prefix lengths, the directors' own addresses) is chosen, and said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from itertools import combinations
from typing import TYPE_CHECKING, TypeGuard

from pykeepalived.base.errors import UsageError

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
    from pykeepalived.config.values import AddressLine, OptionLine

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DEFAULT_INTERFACE = "eth0"
GUESSED_PREFIX = {4: 24, 6: 64}
# RFC 2544: networks for tests, which no file that is in use will name.
MADE_UP = ip_network("198.18.0.0/15")


@dataclass(frozen=True, slots=True)
class Source:
    """A director and its configuration."""

    name: str
    config: Config


@dataclass(slots=True)
class Segment:
    """One network segment: a director's interface at most once, its networks, and who has which address."""

    name: str
    cards: dict[str, str] = field(default_factory=dict)
    """Director -> interface."""
    networks: list[Network] = field(default_factory=list)
    own: dict[str, list[Address]] = field(default_factory=dict)
    """Machine -> its addresses here."""

    def network_of(self, address: Address) -> Network | None:
        fitting = [network for network in self.networks if address in network]
        return max(fitting, key=lambda network: network.prefixlen, default=None)

    def written(self, address: Address) -> str:
        """With the prefix length of its network."""
        network = self.network_of(address)
        return f"{address}/{network.prefixlen if network else address.max_prefixlen}"


@dataclass(slots=True)
class Lans:
    segments: list[Segment]
    taken: set[Address]
    """Every address that a file names or that was given away."""
    notes: list[str]

    def of(self, director: str, interface: str) -> Segment | None:
        return next((one for one in self.segments if one.cards.get(director) == interface), None)

    def holding(self, address: Address) -> Segment | None:
        """The segment that has a network for this address; the narrowest network wins."""
        found = [(one.network_of(address), one) for one in self.segments]
        fitting = [(network.prefixlen, one) for network, one in found if network is not None]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def add(self, network: Network | None = None) -> Segment:
        segment = Segment(f"net{len(self.segments) + 1}", networks=[network] if network else [])
        self.segments.append(segment)
        return segment

    def give(self, segment: Segment, machine: str, address: Address) -> None:
        self.taken.add(address)
        segment.own.setdefault(machine, []).append(address)

    def free(self, network: Network, first: int = 1) -> Address:
        """A host address of the network that nobody has. Raises UsageError when it is full."""
        base, size = int(network.network_address), network.num_addresses
        for offset in range(first, min(size - 1, 65536)):
            address = ip_address(base + offset) if network.version == 4 else IPv6Address(base + offset)
            if address not in self.taken:
                return address
        raise UsageError(
            f"{network} has no address left for another machine of the lab: write a wider prefix in a copy"
        )

    def made_up(self) -> Network:
        used = [network for one in self.segments for network in one.networks]
        for network in MADE_UP.subnets(new_prefix=24):
            if not any(network.version == other.version and network.overlaps(other) for other in used):
                return network
        raise UsageError("no network left to make up")


def interface_of(config: Config, instance: VrrpInstance) -> str:
    return instance.interface or config.global_defs.default_interface or DEFAULT_INTERFACE


def family_of(instance: VrrpInstance) -> int:
    for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded):
        return line.address.version
    source = instance.unicast_src_ip or instance.mcast_src_ip
    return source.version if source else 6 if instance.native_ipv6 else 4


def made_by_daemon(config: Config) -> set[str]:
    """Interfaces that the daemon makes by itself."""
    found = set()
    for instance in config.vrrp_instances:
        for virtual in (instance.use_vmac, instance.use_ipvlan):
            if virtual is not None:
                found.add(virtual.name or f"vrrp.{instance.virtual_router_id}")
                found.add(f"vrrp6.{instance.virtual_router_id}")
    return found


def placed_lines(config: Config) -> Iterator[tuple[str, AddressLine]]:
    """(interface, line) of every address that the daemon adds; those of its own VMACs count for the base."""
    own = made_by_daemon(config)
    for instance in config.vrrp_instances:
        base = interface_of(config, instance)
        for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded):
            yield (line.dev if line.dev and line.dev not in own else base), line
    for line in config.static_ipaddress:
        yield line.dev or config.global_defs.default_interface or DEFAULT_INTERFACE, line


def option_lines(config: Config) -> Iterator[OptionLine]:
    yield from config.static_routes
    for instance in config.vrrp_instances:
        yield from instance.virtual_routes


def interfaces(config: Config) -> list[str]:
    """Real interfaces that a file names, in its order."""
    named: list[str | None] = [interface_of(config, one) for one in config.vrrp_instances]
    named += [interface for interface, _ in placed_lines(config)]
    for instance in config.vrrp_instances:
        named += [entry.name for entry in instance.track_interface]
    for group in config.vrrp_sync_groups:
        named += [entry.name for entry in group.track_interface]
    for line in option_lines(config):
        named += list(line.get("dev") or ())[:1]
    if config.global_defs.lvs_sync_daemon is not None:
        named.append(config.global_defs.lvs_sync_daemon.interface)
    own = made_by_daemon(config) | {"lo"}
    return [name for name in dict.fromkeys(named) if name and name not in own]


def find_lans(sources: list[Source]) -> Lans:
    """The segments of these directors, with their networks and the directors' own addresses."""
    lans = Lans([], set(), [])
    lans.segments = _segments(sources, lans.notes)
    lans.taken = {address for source in sources for address in _named_addresses(source.config)}
    for segment in lans.segments:
        _find_networks(segment, sources, lans)
    for segment in lans.segments:
        _own_addresses(segment, sources, lans)
    return lans


def _named_addresses(config: Config) -> Iterator[Address]:
    for _, line in placed_lines(config):
        yield line.address
    for instance in config.vrrp_instances:
        yield from (peer.address for peer in instance.unicast_peer)
        yield from (one for one in (instance.unicast_src_ip, instance.mcast_src_ip) if one is not None)
    for session in config.bfd_instances:
        yield from (one for one in (session.source_ip, session.neighbor_ip) if one is not None)
    for service in config.virtual_servers:
        if service.address is not None:
            yield service.address
        yield from (server.address for server in service.real_servers)
    for route in option_lines(config):
        yield from gateways(route)


def gateways(line: OptionLine) -> Iterator[Address]:
    """The next hops of a route."""
    for option, words in line.options:
        wanted = words[:1] if option in ("via", "gw") else ()
        if option == "nexthop" and "via" in words:
            wanted = words[words.index("via") + 1 :][:1]
        for word in wanted:
            try:
                yield ip_address(word)
            except ValueError:
                continue  # "via inet6 ADDRESS": the lab's routers are found without it


# -------------------------------------------------------------------------------- who is plugged in where


def _segments(sources: list[Source], notes: list[str]) -> list[Segment]:
    cards = [(source.name, interface) for source in sources for interface in interfaces(source.config)]
    parts: list[dict[str, str]] = [{director: interface} for director, interface in cards]

    def join(first: tuple[str, str], second: tuple[str, str], why: str) -> None:
        one, other = (next(p for p in parts if p.get(who) == card) for who, card in (first, second))
        if one is other:
            return
        if one.keys() & other.keys():
            notes.append(f"{first[0]}'s {first[1]} and {second[0]}'s {second[1]} kept apart although {why}")
            return
        one.update(other)
        parts.remove(other)

    for one, other in combinations(sources, 2):
        for mine, theirs, why in _partners(one, other):
            join((one.name, mine), (other.name, theirs), why)
    for one, other in combinations(sources, 2):
        for interface in interfaces(one.config):
            here = next(p for p in parts if p.get(one.name) == interface)
            if interface in interfaces(other.config) and other.name not in here:
                there = next(p for p in parts if p.get(other.name) == interface)
                if not there.keys() & here.keys():
                    join((one.name, interface), (other.name, interface), "both have the same name")
    order = {source.name: n for n, source in enumerate(sources)}
    return [
        Segment(f"net{n}", dict(sorted(part.items(), key=lambda item: order[item[0]])))
        for n, part in enumerate(parts, 1)
    ]


def _partners(one: Source, other: Source) -> Iterator[tuple[str, str, str]]:
    """(interface, interface, why): instances of two files that are one virtual router."""
    for mine in one.config.vrrp_instances:
        here = interface_of(one.config, mine)
        candidates = [
            theirs
            for theirs in other.config.vrrp_instances
            if theirs.virtual_router_id == mine.virtual_router_id and family_of(theirs) == family_of(mine)
        ]
        addresses = {line.address for line in mine.virtual_ipaddress}

        def likeness(
            theirs: VrrpInstance, mine: VrrpInstance = mine, here: str = here, ours: set[Address] = addresses
        ) -> tuple[bool, bool, bool]:
            shared = bool(ours & {line.address for line in theirs.virtual_ipaddress})
            return shared, interface_of(other.config, theirs) == here, theirs.name == mine.name

        if candidates:
            best = max(candidates, key=likeness)
            yield (
                here,
                interface_of(other.config, best),
                f"both run virtual router {mine.virtual_router_id}",
            )


# -------------------------------------------------------------------------------- networks and addresses


def _loose(segment: Segment, sources: list[Source]) -> Iterator[tuple[Address, int]]:
    """(address, prefix length) of everything that must be reachable on this segment."""
    for source in sources:
        card = segment.cards.get(source.name)
        if card is None:
            continue
        for interface, line in placed_lines(source.config):
            if interface == card:
                yield line.address, line.prefix_length
        for instance in source.config.vrrp_instances:
            if interface_of(source.config, instance) == card:
                known = [instance.unicast_src_ip, instance.mcast_src_ip]
                known += [peer.address for peer in instance.unicast_peer]
                yield from ((one, one.max_prefixlen) for one in known if one is not None)
        for route in option_lines(source.config):
            if (route.get("dev") or ("",))[0] == card:
                yield from ((one, one.max_prefixlen) for one in gateways(route))


def _find_networks(segment: Segment, sources: list[Source], lans: Lans) -> None:
    loose = [(address, prefix) for address, prefix in _loose(segment, sources) if not address.is_link_local]
    exact = {
        ip_interface(f"{address}/{prefix}").network
        for address, prefix in loose
        if prefix < address.max_prefixlen
    }
    segment.networks = sorted(exact, key=lambda network: (network.version, int(network.network_address)))
    for address, _ in loose:
        if segment.network_of(address) is None:
            network = ip_interface(f"{address}/{GUESSED_PREFIX[address.version]}").network
            segment.networks.append(network)
            lans.notes.append(f"{_cards(segment)}: {address} has no network in the files: {network} taken")
    runs_v6_only = _instances(segment, sources) and all(
        family_of(instance) == 6 for instance in _instances(segment, sources)
    )
    if not segment.networks and not runs_v6_only:
        segment.networks.append(lans.made_up())
        lans.notes.append(f"{_cards(segment)}: no address in the files, made up: {segment.networks[-1]}")


def _instances(segment: Segment, sources: list[Source]) -> list[VrrpInstance]:
    return [
        instance
        for source in sources
        for instance in source.config.vrrp_instances
        if segment.cards.get(source.name) == interface_of(source.config, instance)
    ]


def _cards(segment: Segment) -> str:
    return ", ".join(f"{director} {interface}" for director, interface in segment.cards.items())


def _own_addresses(segment: Segment, sources: list[Source], lans: Lans) -> None:
    """What the files say each director has here; what they do not say is chosen."""
    written = {name: _written_sources(name, segment, sources) for name in segment.cards}
    peers = {name: _written_peers(name, segment, sources) for name in segment.cards}
    for name in segment.cards:
        others = [peers[other] for other in segment.cards if other != name and peers[other]]
        claimed = {address for other in segment.cards if other != name for address in written[other]}
        if others and not written[name]:
            # What every other one calls a peer, and it does not itself, is this one.
            known = set.intersection(*map(set, others)) - set(peers[name]) - claimed
            written[name] = sorted(known, key=int)[:1]
    chosen = []
    for name in segment.cards:
        for address in written[name]:
            lans.give(segment, name, address)
        for network in segment.networks:
            if not any(address in network for address in segment.own.get(name, ())):
                address = lans.free(network)
                lans.give(segment, name, address)
                chosen.append(f"{name} {address}")
    if chosen:
        lans.notes.append(f"{_cards(segment)}: own addresses chosen: {', '.join(chosen)}")


def _written_sources(name: str, segment: Segment, sources: list[Source]) -> list[Address]:
    found: list[Address] = []
    for source in sources:
        if source.name != name:
            continue
        for instance in source.config.vrrp_instances:
            if interface_of(source.config, instance) == segment.cards[name]:
                address = instance.unicast_src_ip or instance.mcast_src_ip
                if address is not None and not address.is_link_local:
                    found.append(address)
        found += [one.source_ip for one in source.config.bfd_instances if _is_there(one.source_ip, segment)]
    return list(dict.fromkeys(found))


def _written_peers(name: str, segment: Segment, sources: list[Source]) -> list[Address]:
    found = [
        peer.address
        for source in sources
        if source.name == name
        for instance in source.config.vrrp_instances
        if interface_of(source.config, instance) == segment.cards[name]
        for peer in instance.unicast_peer
    ]
    for source in sources:
        if source.name == name:
            sessions = source.config.bfd_instances
            found += [one.neighbor_ip for one in sessions if _is_there(one.neighbor_ip, segment)]
    return list(dict.fromkeys(found))


def _is_there(address: Address | None, segment: Segment) -> TypeGuard[Address]:
    """Whether the address is in a network of the segment."""
    return address is not None and segment.network_of(address) is not None
