"""The made-up site: which interfaces share a LAN, and what address each router speaks from.

A configuration does not say either.  Interfaces that carry the same virtual address are on one LAN, and so
are interfaces of one name where nothing says otherwise.  A router's address is the one it is configured
with, or the one its unicast peers name, or is made up: the first file gets the lowest.  What was made up is
said in ``Site.notes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import NamedTuple

from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.plan.vrrp_wire import is_unicast
from pykeepalived.tracking.settings import TrackerKind
from pykeepalived.vrrp.settings import RouterSettings

IPAddress = IPv4Address | IPv6Address

_FALLBACK_NETWORK = IPv4Network("192.0.2.0/24")
_LINK_LOCAL = IPv6Network("fe80::/64")


class Port(NamedTuple):
    """An interface of a host."""

    host: str
    interface: str

    def __str__(self) -> str:
        return f"{self.host} {self.interface}"


@dataclass(frozen=True, slots=True)
class Site:
    """``lans`` maps each port to the number of its LAN; ``addresses`` has (host, router name) as keys."""

    plans: Mapping[str, VrrpPlan]
    lans: Mapping[Port, int]
    addresses: Mapping[tuple[str, str], IPAddress]
    notes: tuple[str, ...] = ()

    def interfaces(self, host: str) -> list[str]:
        """The interfaces of a host that carry routers, in the order of its file."""
        return [port.interface for port in self.lans if port.host == host]

    def known_interfaces(self, host: str) -> list[str]:
        """Those, and the ones that are tracked."""
        tracked = (
            follow.name
            for router in self.plans[host].tracking.routers
            for follow in router.follows
            if follow.kind is TrackerKind.INTERFACE
        )
        return list(dict.fromkeys((*self.interfaces(host), *tracked)))


@dataclass(slots=True)
class _Sets:
    """Which ports belong together."""

    parent: dict[Port, Port] = field(default_factory=dict)

    def find(self, port: Port) -> Port:
        self.parent.setdefault(port, port)
        while self.parent[port] != port:
            port = self.parent[port]
        return port

    def join(self, one: Port, other: Port) -> None:
        self.parent[self.find(other)] = self.find(one)


def derive(plans: Mapping[str, VrrpPlan]) -> Site:
    """The site of these files; the keys are the names of the hosts."""
    notes: list[str] = []
    lans = _lans(plans, notes)
    return Site(plans, lans, _addresses(plans, notes), tuple(notes))


def _lans(plans: Mapping[str, VrrpPlan], notes: list[str]) -> dict[Port, int]:
    sets = _Sets()
    carriers: dict[IPAddress, Port] = {}
    ports: list[Port] = []
    related: set[Port] = set()
    for host, plan in plans.items():
        for router in plan.routers:
            port = Port(host, router.interface)
            if port not in ports:
                ports.append(port)
            sets.find(port)
            for held in router.all_addresses:
                other = carriers.setdefault(held.address, port)
                if other.host != host:
                    sets.join(other, port)
                    related.update((other, port))
    by_name: dict[str, Port] = {}
    for port in ports:
        if port not in related:
            sets.join(by_name.setdefault(port.interface, port), port)
        else:
            by_name.setdefault(port.interface, port)
    numbers: dict[Port, int] = {}
    lans = {port: numbers.setdefault(sets.find(port), len(numbers)) for port in ports}
    for number in range(len(numbers)):
        members = [port for port, lan in lans.items() if lan == number]
        if len({port.interface for port in members}) > 1:
            notes.append(f"taken to be one LAN, for they share virtual addresses: {_listed(members)}")
        elif len(members) == 1 and len(plans) > 1:
            notes.append(
                f"{members[0]} is alone on its LAN: no other file has this interface or its addresses"
            )
    return lans


def _listed(ports: list[Port]) -> str:
    return ", ".join(str(port) for port in ports)


def _addresses(plans: Mapping[str, VrrpPlan], notes: list[str]) -> dict[tuple[str, str], IPAddress]:
    virtual = {
        held.address for plan in plans.values() for router in plan.routers for held in router.all_addresses
    }
    found: dict[tuple[str, str], IPAddress] = {}
    made_up: dict[Port, IPAddress] = {}
    taken: set[IPAddress] = set(virtual)
    for number, (host, plan) in enumerate(plans.items(), 1):
        for router in plan.routers:
            address = router.source_address or _named_by_peers(plans, host, router)
            if address is None:
                port = Port(f"{host}/{router.family}", router.interface)
                if port not in made_up:
                    made_up[port] = _free(_network(router), number, taken)
                    taken.add(made_up[port])
                    notes.append(f"{host} {router.interface} is given the address {made_up[port]}")
                address = made_up[port]
            found[host, router.name] = address
    return found


def _named_by_peers(plans: Mapping[str, VrrpPlan], host: str, router: RouterSettings) -> IPAddress | None:
    """The address that the other routers of this virtual router send to and this one does not."""
    if not is_unicast(router):
        return None
    ours = {peer.address for peer in router.peers}
    named: list[set[IPAddress]] = []
    for other, plan in plans.items():
        for theirs in plan.routers:
            if (
                other != host
                and (theirs.family, theirs.vrid) == (router.family, router.vrid)
                and theirs.peers
            ):
                named.append({peer.address for peer in theirs.peers})
    common = set.intersection(*named) - ours if named else set()
    return min(common, key=lambda address: address.packed) if common else None


def _network(router: RouterSettings) -> IPv4Network | IPv6Network:
    if router.family == 6:
        return _LINK_LOCAL
    for held in router.all_addresses:
        if held.address.version == 4 and held.prefix_length < 31:
            return ip_network(f"{held.address}/{held.prefix_length}", strict=False)
    return _FALLBACK_NETWORK


def _free(network: IPv4Network | IPv6Network, number: int, taken: set[IPAddress]) -> IPAddress:
    """The address of host ``number``, or the next one that nobody has."""
    first = int(network.network_address)
    last = int(network.network_address) + network.num_addresses - 2
    kind = IPv4Address if network.version == 4 else IPv6Address
    for value in range(first + number, last + 1):
        if (address := kind(value)) not in taken:
            return address
    return kind(int(_FALLBACK_NETWORK.network_address) + number)
