"""A simulated host: its routers, what they would send, which packets they let in, what its kernel holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.plan.vrrp_plan import VrrpPlan, with_all_routers
from pykeepalived.plan.vrrp_wire import advertisement_encoder, destinations, is_unicast, receive_policy
from pykeepalived.simulate.site import Port, Site
from pykeepalived.tracking.settings import Key, TrackerKind
from pykeepalived.tracking.tracker import Tracking
from pykeepalived.vrrp.actions import Action
from pykeepalived.vrrp.events import Event
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import Authentication, AuthenticationKind, RouterSettings, VirtualAddress
from pykeepalived.vrrp.sync_group import SyncGroup
from pykeepalived.wire.ip import PROTOCOL_VRRP, Ipv4Header, encode_ipv4
from pykeepalived.wire.vrrp import Advertisement, AdvertisementEncoder
from pykeepalived.wire.vrrp_receive import Discard, Receiver

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """An advertisement on its way; a router sends the same object again and again.

    ``secret`` is the setting behind the digest it would carry.
    """

    host: str
    router: str
    lan: int
    source: IPAddress
    destination: IPAddress
    hop_limit: int
    vrid: int
    family: int
    secret: object
    data: bytes


@dataclass(slots=True)
class Node:
    """One virtual router of a host, with what the network sees of it."""

    host: str
    port: Port
    lan: int
    settings: RouterSettings
    core: VirtualRouter
    source: IPAddress
    group: SyncGroup | None = None
    receiver: Receiver = field(init=False)
    _encoders: list[tuple[IPAddress, AdvertisementEncoder]] = field(init=False)
    _ready: dict[int, list[Packet]] = field(default_factory=dict)
    _verdicts: dict[Packet, Advertisement | Discard] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A digest and a sequence number say nothing here that the setting behind them does not say.
        wire = replace(self.settings, hmac=None)
        if self.settings.authentication.kind is AuthenticationKind.AH:
            wire = replace(wire, authentication=Authentication())
        policy = receive_policy(wire, only_peers=False)
        own = frozenset((self.source.packed,))
        self.receiver = Receiver(self.settings.family, {self.settings.vrid: policy}, own)
        self._encoders = [
            (target, advertisement_encoder(wire, self.source, target))
            for target in destinations(self.settings)
        ]

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def unicast(self) -> bool:
        return is_unicast(self.settings)

    @property
    def _secret(self) -> object:
        """What two routers must share beyond what the bytes of a packet tell."""
        settings = self.settings
        if settings.authentication.kind is AuthenticationKind.AH:
            return settings.authentication
        return None if settings.hmac is None else settings.hmac.keys

    def packets(self, priority: int) -> list[Packet]:
        """One advertisement to everybody it goes to."""
        ready = self._ready.get(priority)
        if ready is None:
            ready = [self._packet(target, encoder.encode(priority)) for target, encoder in self._encoders]
            self._ready[priority] = ready
        return ready

    def _packet(self, target: IPAddress, message: bytes) -> Packet:
        settings = self.settings
        data = message
        if isinstance(self.source, IPv4Address) and isinstance(target, IPv4Address):
            length = 20 + len(message)
            header = Ipv4Header(self.source, target, PROTOCOL_VRRP, settings.hop_limit, length)
            data = encode_ipv4(header) + message
        return Packet(
            self.host,
            self.name,
            self.lan,
            self.source,
            target,
            settings.hop_limit,
            settings.vrid,
            settings.family,
            self._secret,
            data,
        )

    def judge(self, packet: Packet) -> Advertisement | Discard | str:
        """What the receive ladder says of it; the same packet is judged once."""
        if packet.secret != self._secret:
            return "authentication failed"
        verdict = self._verdicts.get(packet)
        if verdict is None:
            if packet.family == 4:
                verdict = self.receiver.receive_ipv4(packet.data)
            else:
                verdict = self.receiver.receive_ipv6(
                    packet.data, packet.source.packed, packet.destination.packed, packet.hop_limit
                )
            self._verdicts[packet] = verdict
        return verdict

    def handle(self, event: Event, now: int) -> list[tuple[str, Action]]:
        """Give the router (and its group) an event; actions with the router they belong to."""
        if self.group is not None:
            return self.group.handle(self.name, event, now)
        return [(self.name, action) for action in self.core.handle(event, now)]


@dataclass(slots=True)
class Host:
    """One host.

    ``asleep_until`` is set while its process does not run; ``suspended``: the kernel does not run either.
    ``queue`` is what arrives for whom meanwhile.  ``down`` are its interfaces without carrier, ``status`` is
    what its scripts, files, processes and BFD sessions say; both outlive the daemon.
    """

    name: str
    site: Site
    alive: bool = False
    suspended: bool = False
    asleep_since: int = 0
    asleep_until: int | None = None
    nodes: dict[str, Node] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    status: dict[Key, int] = field(default_factory=dict)
    tracking: Tracking = field(init=False)
    queue: list[tuple[str, Packet]] = field(default_factory=list)
    held: dict[tuple[str, VirtualAddress], None] = field(default_factory=dict)

    @property
    def plan(self) -> VrrpPlan:
        return self.site.plans[self.name]

    def boot(self) -> None:
        """A new process: its routers know nothing yet."""
        self.alive, self.suspended, self.asleep_until = True, False, None
        self.queue.clear()
        self.held.clear()
        self.nodes = {}
        self.tracking = Tracking(with_all_routers(self.plan.tracking, self.plan.routers))
        grouped = {member for group in self.plan.groups for member in group.members}
        for settings in self.plan.routers:
            port = Port(self.name, settings.interface)
            core = VirtualRouter(settings, grouped=settings.name in grouped)
            source = self.site.addresses[self.name, settings.name]
            self.nodes[settings.name] = Node(self.name, port, self.site.lans[port], settings, core, source)
        for group in self.plan.groups:
            made = SyncGroup(group, [self.nodes[name].core for name in group.members])
            for name in group.members:
                self.nodes[name].group = made

    def units(self, name: str) -> list[Node]:
        """The routers whose deadline an event of ``name`` may have moved."""
        group = self.nodes[name].group
        return [self.nodes[name]] if group is None else [self.nodes[member] for member in group.members]

    def answers_for(self, virtual: VirtualAddress) -> bool:
        """Whether somebody on the LAN would get an answer for this address from this host."""
        return not self.suspended and self.parent(virtual.interface) not in self.down

    def parent(self, interface: str) -> str:
        """The real interface below one that a router makes for itself."""
        links = (link for router in self.plan.routers for link in router.links if link.name == interface)
        return next((link.parent for link in links), interface)

    def tells(self, key: Key) -> int:
        """What a tracked thing says now: good, and 0 in a file, as long as nobody changed it."""
        kind, name = key
        if kind is TrackerKind.INTERFACE:
            return int(name not in self.down)
        return self.status.get(key, 0 if kind is TrackerKind.FILE else 1)
