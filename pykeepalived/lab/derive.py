"""A site made up around somebody's own keepalived.conf files. Pure: configurations in, a layout out.

The files say which interfaces, virtual addresses, real servers and peers there are; everything else is
chosen here, and every choice and every limit ends up in the notes of the layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_interface, ip_network
from typing import TYPE_CHECKING

from pykeepalived.base.errors import UsageError
from pykeepalived.lab.derive_doubts import clashes, doubled, lonely_sessions
from pykeepalived.lab.derive_lans import (
    GUESSED_PREFIX,
    Address,
    Lans,
    Network,
    Segment,
    Source,
    find_lans,
    gateways,
    option_lines,
    placed_lines,
)
from pykeepalived.lab.derive_servers import ServerDraft, please_checks, speaks_on
from pykeepalived.lab.layout import (
    Layout,
    Leg,
    Listen,
    Machine,
    Role,
    Target,
    Watched,
)

if TYPE_CHECKING:
    from pykeepalived.config.blocks.real_server import RealServer
    from pykeepalived.config.blocks.virtual_server import VirtualServer

MOST_TARGETS, MOST_WATCHED = 6, 8
FULL_NAT = "FULLNAT"
DEALT_IN_TURN = ("rr", "wrr")
BY_CLIENT = ("sh", "dh", "mh", "lblc", "lblcr")
# For a client that must not be a neighbour of the real servers (RFC 5737, RFC 3849).
FOREIGN: tuple[Network, ...] = (
    *map(ip_network, ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24")),
    *map(ip_network, ("2001:db8:ffff:1::/64", "2001:db8:ffff:2::/64")),
)
DEFAULT_PORT = 80


def derive(sources: list[Source], name: str, title: str) -> Layout:
    """The site for these directors. Raises UsageError when they cannot be on one site."""
    lans = find_lans(sources)
    if unusable := list(clashes(lans)):
        raise UsageError("\n".join(unusable))
    return _Draft(sources, lans).layout(name, title)


@dataclass(slots=True)
class _Draft:
    sources: list[Source]
    lans: Lans
    servers: dict[Address, ServerDraft] = field(default_factory=dict)
    director_listens: dict[Listen, None] = field(default_factory=dict)
    director_routes: dict[str, list[str]] = field(default_factory=dict)
    extra_cards: dict[str, list[tuple[str, Segment]]] = field(default_factory=dict)
    router: dict[str, tuple[Segment, list[Address]]] = field(default_factory=dict)
    foreign: dict[int, Network] = field(default_factory=dict)
    """IP version -> the network of a client that is no neighbour."""
    carried: dict[Address, Segment] = field(default_factory=dict)
    """Service addresses of a director without VRRP: it has them itself."""

    @property
    def notes(self) -> list[str]:
        return self.lans.notes

    def layout(self, name: str, title: str) -> Layout:
        if len(self.sources) == 1 and not self.sources[0].config.vrrp_instances:
            self._carry(self.sources[0])
        targets = self._targets()
        self._routers_of_routes()
        self._gateways(targets)
        client = self._client(targets)
        full_nat = any(FULL_NAT in server.modes for server in self.servers.values())
        forwards = full_nat or any("NAT" in server.modes for server in self.servers.values())
        directors = [self._director(source, forwards) for source in self.sources]
        machines = [
            client,
            *self._router(),
            *directors,
            *(server.machine() for server in self.servers.values()),
        ]
        watched = self._watched()
        self.notes.extend((*doubled(self.sources), *lonely_sessions(self.sources, self.lans)))
        if not targets:
            self.notes.append("nothing to ask: no virtual address or service is reachable for a client")
        return Layout(
            name,
            title,
            tuple(machines),
            tuple(targets),
            watched,
            tuple(dict.fromkeys(self.notes)),
            needs_nat_rules=full_nat,
            carried=tuple(map(str, self.carried)),
        )

    def _carry(self, source: Source) -> None:
        """The one director of a site without VRRP gets the addresses of its services."""
        for service in self._services():
            for address, _ in self._addresses(service):
                if address in self._reachable() or address.is_loopback:
                    continue
                segment = self.lans.holding(address)
                if segment is None:
                    network = ip_interface(f"{address}/{GUESSED_PREFIX[address.version]}").network
                    segment = self._one_more_card(network)
                self.lans.taken.add(address)
                self.carried[address] = segment
        if self.carried:
            self.notes.append("no vrrp_instance in the file: the director has the services' addresses itself")

    # ---------------------------------------------------------------------------- services

    def _services(self) -> Iterator[VirtualServer]:
        """Every virtual_server once, though several directors have it."""
        seen = set()
        for source in self.sources:
            for service in source.config.virtual_servers:
                key = (service.address, service.port, service.protocol, service.fwmark, service.group)
                if key not in seen:
                    seen.add(key)
                    yield service

    def _targets(self) -> list[Target]:
        reachable = self._reachable()
        targets: list[Target] = []
        left_out = []
        for service in self._services():
            shares = self._shares(service)
            for address, port in self._addresses(service):
                protocol = (service.protocol or "UDP").lower()
                label = f"virtual_server {address} {port}"
                if address not in reachable:
                    self.notes.append(f"{label}: not asked, no director gets this address on a network")
                elif protocol == "sctp":
                    self.notes.append(f"{label}: not asked, the lab's client speaks TCP and UDP only")
                elif len(targets) >= MOST_TARGETS:
                    left_out.append(label)
                else:
                    sticky = service.persistence_timeout is not None or service.lb_algo in BY_CLIENT
                    targets.append(
                        Target(
                            str(address),
                            port,
                            protocol,
                            shares,
                            exact=service.lb_algo in DEALT_IN_TURN and not sticky,
                            all_serve=service.lb_algo in (*DEALT_IN_TURN, "wlc", "lc") and not sticky,
                        )
                    )
        if left_out:
            self.notes.append(f"{len(left_out)} more services are there but not asked: {', '.join(left_out)}")
        if not targets and (virtual := self._own_services(reachable)):
            targets = [Target(str(address)) for address in virtual]
            self.director_listens[Listen()] = None
            none = "virtual_server at a virtual address" if any(self._services()) else "virtual_server"
            self.notes.append(f"no {none} in the files: the directors answer on port 80 themselves")
        return targets

    def _reachable(self) -> dict[Address, Segment]:
        """Virtual and static addresses and where they are."""
        found: dict[Address, Segment] = {}
        for source in self.sources:
            for interface, line in placed_lines(source.config):
                segment = self.lans.of(source.name, interface)
                if segment is not None and not line.address.is_link_local:
                    found.setdefault(line.address, segment)
        return found | self.carried

    def _own_services(self, reachable: dict[Address, Segment]) -> list[Address]:
        first = []
        for source in self.sources:
            for instance in source.config.vrrp_instances:
                usable = [one.address for one in instance.virtual_ipaddress if one.address in reachable]
                first += usable[:1]
        return list(dict.fromkeys(first))[:MOST_TARGETS]

    def _addresses(self, service: VirtualServer) -> Iterator[tuple[Address, int]]:
        if service.address is not None:
            yield service.address, service.port or DEFAULT_PORT
        elif service.fwmark is not None:
            self.notes.append(
                f"virtual_server fwmark {service.fwmark}: not asked, no packet here has the mark"
            )
        for source in self.sources:
            for group in source.config.virtual_server_groups:
                if service.group is None or group.name != service.group:
                    continue
                for entry in group.entries:
                    if entry.first is not None:
                        yield entry.first, entry.port or DEFAULT_PORT
                return

    # ---------------------------------------------------------------------------- real servers

    def _shares(self, service: VirtualServer) -> tuple[tuple[str, int], ...]:
        shares = []
        for real in service.real_servers:
            server = self._server(service, real)
            weight = real.weight if real.weight is not None else service.weight
            if server is not None and weight:
                shares.append((server.name, weight))
        if service.sorry_server is not None:
            self._sorry(service)
        return tuple(shares)

    def _server(self, service: VirtualServer, real: RealServer) -> ServerDraft | None:
        kind = self._kind(service, real)
        server = self._place(real.address, service, kind)
        if server is None:
            return None
        protocol = (service.protocol or "UDP").lower()
        port = (real.port if kind in ("NAT", FULL_NAT) else service.port) or service.port or DEFAULT_PORT
        server.listens[Listen("udp" if protocol == "udp" else "tcp", port, speaks_on(real, port))] = None
        please_checks(server, real, port, self.lans)
        if service.address is not None:
            server.modes.setdefault(kind, {})[service.address] = None
        else:
            for address, _ in self._addresses(service):
                server.modes.setdefault(kind, {})[address] = None
        return server

    @staticmethod
    def _kind(service: VirtualServer, real: RealServer) -> str:
        forwarding = real.lvs_method or service.lb_kind
        method = forwarding.method if forwarding is not None else "NAT"
        return FULL_NAT if method == "NAT" and service.source_nat is not None else method

    def _sorry(self, service: VirtualServer) -> None:
        assert service.sorry_server is not None
        forwarding = service.sorry_server_lvs_method or service.lb_kind
        kind = forwarding.method if forwarding is not None else "NAT"
        server = self._place(service.sorry_server.address, service, kind)
        if server is not None:
            port = service.sorry_server.port or service.port or DEFAULT_PORT
            server.listens.setdefault(Listen("tcp", port))
            if service.address is not None:
                server.modes.setdefault(kind, {})[service.address] = None

    def _place(self, address: Address, service: VirtualServer, kind: str) -> ServerDraft | None:
        if address in self.servers:
            return self.servers[address]
        if address.is_loopback or self._is_director(address):
            self.director_listens[Listen("tcp", service.port or DEFAULT_PORT)] = None
            self.notes.append(f"real_server {address} is a director itself: it answers there")
            return None
        segment = self.lans.holding(address) or self._new_place(address, service, kind)
        server = ServerDraft(f"rs{len(self.servers) + 1}", address, segment)
        self.servers[address] = server
        self.lans.give(segment, server.name, address)
        return server

    def _is_director(self, address: Address) -> bool:
        names = {source.name for source in self.sources}
        return any(
            address in own for one in self.lans.segments for name, own in one.own.items() if name in names
        )

    def _new_place(self, address: Address, service: VirtualServer, kind: str) -> Segment:
        """Where a real server is whose network no interface of the files is in."""
        network = ip_interface(f"{address}/{GUESSED_PREFIX[address.version]}").network
        reachable = self._reachable()
        front = reachable.get(service.address) if service.address is not None else None
        front = front or (self.lans.segments[0] if self.lans.segments else None)
        if kind == "TUN" and front is not None:
            segment = self.lans.add(network)
            via = self._router_on(front, address.version)
            self._router_on(segment, address.version)
            for source in self.sources:
                if via is not None:
                    self.director_routes.setdefault(source.name, []).append(f"{network} via {via}")
            self.notes.append(
                f"real servers in {network} are behind a router: no interface of the files is there"
            )
            return segment
        if kind == "DR" and front is not None:
            front.networks.append(network)
            for name, _ in self._cards_on(front):
                self.lans.give(front, name, self.lans.free(network))
            self.notes.append(f"{network} is on the segment of {front.name}: DR needs neighbours")
            return front
        segment = self._one_more_card(network)
        self.notes.append(f"no interface of the files is in {network}: the directors get one more for it")
        return segment

    def _one_more_card(self, network: Network) -> Segment:
        """Every director gets a card in a network that no interface of the files is in."""
        segment = self.lans.add(network)
        for n, source in enumerate(self.sources):
            card = f"lab{len(self.extra_cards.get(source.name, ()))}"
            self.extra_cards.setdefault(source.name, []).append((card, segment))
            self.lans.give(segment, source.name, self.lans.free(network, 1 + n))
        return segment

    # ---------------------------------------------------------------------------- routers and gateways

    def _router_on(self, segment: Segment, version: int) -> Address | None:
        """The router's address on a segment; it gets a card there when it has none."""
        _, own = self.router.setdefault(segment.name, (segment, []))
        for address in own:
            if address.version == version:
                return address
        network = next((one for one in segment.networks if one.version == version), None)
        if network is None:
            return None
        address = self.lans.free(network, min(254, network.num_addresses - 2))
        self.lans.give(segment, "router", address)
        own.append(address)
        return address

    def _routers_of_routes(self) -> None:
        for source in self.sources:
            for line in option_lines(source.config):
                for gateway in gateways(line):
                    segment = self.lans.holding(gateway)
                    if segment is None or any(gateway in own for own in segment.own.values()):
                        continue
                    self.lans.give(segment, "router", gateway)
                    self.router.setdefault(segment.name, (segment, []))[1].append(gateway)

    def _gateways(self, targets: list[Target]) -> None:
        """The way back from each real server to the client."""
        virtual = self._reachable()
        services = {service.address for service in self._services()}
        fronts = {
            name.name for address, name in virtual.items() if str(address) in {t.address for t in targets}
        }
        for server in self.servers.values():
            if "NAT" in server.modes:
                near = [
                    address
                    for address, segment in virtual.items()
                    if segment is server.segment and address.version == server.address.version
                ]
                apart = [address for address in near if address not in services]
                server.gateway = next(iter([*apart, *near]), None)
                if server.gateway is None:
                    first = self.sources[0].name
                    own = server.segment.own.get(first, [])
                    server.gateway = next((one for one in own if one.version == server.address.version), None)
                    if len(self.sources) > 1:
                        self.notes.append(
                            f"no virtual address near {server.address}: with NAT its replies go through "
                            f"{first} only, and a failover loses them"
                        )
                elif server.gateway in services and server.segment.name in fronts:
                    self._client_abroad(server.address.version)
            elif FULL_NAT in server.modes:
                pass  # the directors are all that it sees
            elif server.segment.name not in fronts and fronts:
                front = next(one for one in self.lans.segments if one.name in fronts)
                self._router_on(front, server.address.version)
                server.gateway = self._router_on(server.segment, server.address.version)

    def _client_abroad(self, version: int) -> None:
        """A client that real servers see as a neighbour would get their replies past the director."""
        used = [one for lan in self.lans.segments for one in lan.networks if one.version == version]
        free = (one for one in FOREIGN if one.version == version and not any(map(one.overlaps, used)))
        if version not in self.foreign and (network := next(free, None)) is not None:
            self.foreign[version] = network
            self.notes.append(
                f"NAT with one network: the client is in {network}, so replies pass the director"
            )

    # ---------------------------------------------------------------------------- machines

    def _client(self, targets: list[Target]) -> Machine:
        virtual = {str(address): (address, segment) for address, segment in self._reachable().items()}
        legs: dict[str, tuple[Segment, list[str]]] = {}
        routes: list[str] = []
        for target in targets:
            address, segment = virtual[target.address]
            n = list(legs).index(segment.name) if segment.name in legs else len(legs)
            _, own = legs.setdefault(segment.name, (segment, []))
            network = segment.network_of(address)
            if (foreign := self.foreign.get(address.version)) is not None:
                mine = f"{foreign.network_address + 10}/{foreign.prefixlen}"
                if mine not in own:
                    own.append(mine)
                    for name, card in self._cards_on(segment):
                        self.director_routes.setdefault(name, []).append(f"{foreign} dev {card}")
                routes.append(f"{address} dev eth{n}")
            elif network is not None and not any(ip_interface(one).network == network for one in own):
                free = self.lans.free(network, min(10, network.num_addresses - 2))
                self.lans.give(segment, "client", free)
                own.append(f"{free}/{network.prefixlen}")
        if not legs and self.lans.segments:
            legs[self.lans.segments[0].name] = (self.lans.segments[0], [])
        cards = tuple(
            Leg(f"eth{n}", segment.name, tuple(own)) for n, (segment, own) in enumerate(legs.values())
        )
        return Machine("client", Role.CLIENT, cards, tuple(dict.fromkeys(routes)))

    def _cards_on(self, segment: Segment) -> Iterator[tuple[str, str]]:
        """(director, interface) of everyone plugged in there."""
        yield from segment.cards.items()
        for name, cards in self.extra_cards.items():
            yield from ((name, card) for card, there in cards if there is segment)

    def _router(self) -> Iterator[Machine]:
        legs = [
            Leg(f"eth{n}", segment.name, tuple(segment.written(address) for address in own))
            for n, (segment, own) in enumerate(self.router.values())
        ]
        if legs:
            yield Machine("router", Role.ROUTER, tuple(legs), forwards=True)

    def _director(self, source: Source, forwards: bool) -> Machine:
        cards = [(one.cards[source.name], one) for one in self.lans.segments if source.name in one.cards]
        legs = []
        for card, segment in (*cards, *self.extra_cards.get(source.name, ())):
            own = [segment.written(one) for one in segment.own.get(source.name, ())]
            # Each as a host's address: what the director sends by itself comes from its own one.
            own += [f"{one}/{one.max_prefixlen}" for one, there in self.carried.items() if there is segment]
            legs.append(Leg(card, segment.name, tuple(own)))
        return Machine(
            source.name,
            Role.DIRECTOR,
            tuple(legs),
            tuple(dict.fromkeys(self.director_routes.get(source.name, ()))),
            forwards=forwards,
            listens=tuple(self.director_listens),
        )

    def _watched(self) -> tuple[Watched, ...]:
        found: dict[Address, Watched] = {}
        for source in self.sources:
            for instance in source.config.vrrp_instances:
                lines = (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded)
                own = [line.address for line in lines]
                # Every IPv6 instance has a link-local address; it says less than the one clients use.
                chosen = next((one for one in own if not one.is_link_local), own[0] if own else None)
                if chosen is not None:
                    found.setdefault(chosen, Watched(instance.name, str(chosen)))
        watched = tuple(found.values())
        if len(watched) > MOST_WATCHED:
            self.notes.append(f"{len(watched)} instances; the owners of the first {MOST_WATCHED} are drawn")
        return watched[:MOST_WATCHED]
