"""The sockets of all virtual routers: who shares one, what goes out through it, what comes in for whom.

Routers of one family on one interface share a socket (a second one for authentication headers).  Unicast
routers may use one VRID twice on an interface with different peers; each further one gets a socket of its
own and then hears its own peers only.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from pykeepalived.daemon.vrrp_flood import FloodGuard
from pykeepalived.netio.vrrp_socket import RECEIVE_BUDGET, Datagram, Route6, VrrpSocket
from pykeepalived.plan.vrrp_hmac import hmac_policy
from pykeepalived.plan.vrrp_wire import advertisement_encoder, destinations, is_unicast, receive_policy
from pykeepalived.vrrp.settings import PRIORITY_RELEASE, AuthenticationKind, RouterSettings
from pykeepalived.wire.ah import encode_ah_packet
from pykeepalived.wire.auth_hmac import HmacSigner
from pykeepalived.wire.ip import PROTOCOL_AH, PROTOCOL_VRRP, Ipv4Header, encode_ipv4
from pykeepalived.wire.vrrp import Advertisement, attach_trailer
from pykeepalived.wire.vrrp_receive import Discard, ReceivePolicy, Receiver

IPAddress = IPv4Address | IPv6Address


class EndpointKey(NamedTuple):
    """Routers with the same key share a socket."""

    family: int
    interface: str
    protocol: int
    ordinal: int


class Arrival(NamedTuple):
    """A judged packet.  ``router`` is empty when it belongs to none of ours.

    ``weight``: it stands for so many, more than one only while a flood is thinned by the kernel.
    """

    router: str
    verdict: Advertisement | Discard
    received_at: int
    weight: int = 1


@dataclass(slots=True)
class Endpoint:
    """One socket, its receive ladder, and the routers behind it by VRID."""

    socket: VrrpSocket
    receiver: Receiver
    routers: dict[int, str]
    guard: FloodGuard


@dataclass(frozen=True, slots=True)
class Speaker:
    """A router as the transport sees it; ``source`` None: it has no address to speak from now."""

    settings: RouterSettings
    source: IPAddress | None


def assign_endpoints(routers: Iterable[RouterSettings]) -> dict[str, EndpointKey]:
    """Which socket each router uses."""
    taken: set[tuple[EndpointKey, int]] = set()
    keys: dict[str, EndpointKey] = {}
    for settings in routers:
        protocol = PROTOCOL_AH if settings.authentication.kind is AuthenticationKind.AH else PROTOCOL_VRRP
        ordinal = 0
        while (
            key := EndpointKey(settings.family, settings.speaking_interface, protocol, ordinal),
            settings.vrid,
        ) in taken:
            ordinal += 1
        taken.add((key, settings.vrid))
        keys[settings.name] = key
    return keys


class Sender:
    """Ready packets of one router: one per destination and priority."""

    def __init__(
        self,
        settings: RouterSettings,
        source: IPAddress,
        endpoint: Endpoint,
        signer: HmacSigner | None = None,
    ) -> None:
        self._socket = vrrp_socket = endpoint.socket
        self._receiver = endpoint.receiver
        self._signer = signer
        self._settings = settings
        self._source = source
        # Above everything an earlier process of ours sent, or peers would take it for a replay.
        self._sequence = int(time.time())
        self._ready: dict[int, list[tuple[str, bytes]]] = {}
        self._targets = destinations(settings)
        self._encoders = [advertisement_encoder(settings, source, target) for target in self._targets]
        self._route6 = Route6(source.packed, vrrp_socket.index, hop_limit=settings.hop_limit)
        self.prepare(settings.priority)

    def prepare(self, *priorities: int) -> None:
        """Have these ready before they are needed."""
        if not self._signed:
            for priority in priorities:
                self._packets(priority)

    def send(self, priority: int) -> None:
        """Send to every destination.  OSError of the last one that refused, after all were tried."""
        failure: OSError | None = None
        for destination, packet in self._packets(priority):
            try:
                if self._settings.family == 4:
                    self._socket.send(packet, destination)
                else:
                    self._socket.send6(packet, destination, self._route6)
            except OSError as refused:
                failure = refused
        if failure is not None:
            raise failure

    @property
    def _signed(self) -> bool:
        """Each packet differs from the last one by its sequence number."""
        return self._by_header or self._signer is not None

    @property
    def _by_header(self) -> bool:
        return self._settings.authentication.kind is AuthenticationKind.AH

    def _packets(self, priority: int) -> list[tuple[str, bytes]]:
        ready = self._ready.get(priority)
        if ready is None:
            messages = [encoder.encode(priority) for encoder in self._encoders]
            if self._signer is not None and messages:
                trailer = self._signer.trailer(messages[0], self._source.packed, time.time_ns())
                messages = [
                    attach_trailer(message, trailer, self._source, target)
                    for message, target in zip(messages, self._targets, strict=True)
                ]
            ready = [
                (str(target), self._packet(target, message))
                for target, message in zip(self._targets, messages, strict=True)
            ]
            if not self._signed:
                self._ready[priority] = ready
        return ready

    def _packet(self, target: IPAddress, message: bytes) -> bytes:
        source = self._source
        if not isinstance(source, IPv4Address) or not isinstance(target, IPv4Address):
            return message
        if self._by_header:
            # Senders of one virtual router share one count: whoever takes over goes on above the others.
            self._sequence = max(self._sequence, self._receiver.ah_sequence(self._settings.vrid)) + 1
            return encode_ah_packet(
                source=source,
                destination=target,
                identification=self._sequence % 0xFFFF + 1,
                sequence=self._sequence & 0xFFFFFFFF,
                key=self._settings.authentication.password,
                message=message,
                ttl=self._settings.hop_limit,
            )
        length = 20 + len(message)
        header = Ipv4Header(source, target, PROTOCOL_VRRP, self._settings.hop_limit, length)
        return encode_ipv4(header) + message


class Transport:
    """Opens, shares and closes the sockets; sends and receives.

    ``watch`` and ``unwatch`` tell the loop about descriptors.
    """

    def __init__(self, *, watch: Callable[[Endpoint], None], unwatch: Callable[[Endpoint], None]) -> None:
        self._watch = watch
        self._unwatch = unwatch
        self._endpoints: dict[EndpointKey, Endpoint] = {}
        self._key_of: dict[str, EndpointKey] = {}
        self._senders: dict[str, Sender] = {}
        self._speakers: dict[str, Speaker] = {}
        self._signers: dict[str, HmacSigner] = {}
        self._policies: dict[str, tuple[RouterSettings, bool, ReceivePolicy]] = {}
        """By router, with what each was made of: a reload changes few of them."""
        self._farewells = False
        self.hear_all = False
        """Also what is for no router of ours, to tell of it; takes effect with the next :meth:`configure`."""

    def configure(self, speakers: Sequence[Speaker]) -> dict[str, OSError]:
        """Serve exactly these routers.  What is unchanged keeps its socket and misses no packet.

        Returns the routers that can't be served, each with the reason.
        """
        self._key_of = assign_endpoints(speaker.settings for speaker in speakers)
        for name in self._policies.keys() - self._key_of.keys():
            del self._policies[name]
        members: dict[EndpointKey, list[Speaker]] = {}
        for speaker in speakers:
            members.setdefault(self._key_of[speaker.settings.name], []).append(speaker)
        for key in list(self._endpoints):
            if key not in members or not self._still_valid(key):
                endpoint = self._endpoints.pop(key)
                self._unwatch(endpoint)
                endpoint.socket.close()
        failures: dict[str, OSError] = {}
        old_speakers, old_senders = self._speakers, self._senders
        self._speakers, self._senders = {}, {}
        for key, sharing in members.items():
            try:
                fresh = self._serve(key, sharing)
            except OSError as refused:
                failures.update((speaker.settings.name, refused) for speaker in sharing)
                continue
            for speaker in sharing:
                name = speaker.settings.name
                self._speakers[name] = speaker
                if not fresh and old_speakers.get(name) == speaker and name in old_senders:
                    self._senders[name] = old_senders[name]
                else:
                    self._make_sender(speaker)
        return failures

    def set_source(self, name: str, source: IPAddress | None) -> None:
        """The router speaks from another address now."""
        speaker = self._speakers.get(name)
        if speaker is None or speaker.source == source:
            return
        self._speakers[name] = Speaker(speaker.settings, source)
        self._make_sender(self._speakers[name])
        endpoint = self._endpoints[self._key_of[name]]
        endpoint.receiver.own_addresses = self._own_addresses(endpoint.routers.values())

    def send(self, name: str, priority: int) -> None:
        """Send the router's advertisement with this priority.

        Raises OSError when it does not leave; a router without socket or source address has none either.
        """
        sender = self._senders.get(name)
        if sender is None:
            raise OSError("no address to send from")
        sender.send(priority)

    def prepare(self, name: str, priority: int) -> None:
        """The router's priority will be this: have the packet ready."""
        sender = self._senders.get(name)
        if sender is not None:
            sender.prepare(priority)

    def prepare_farewells(self) -> None:
        """From now on every router has the packet ready that ends its mastership.

        Until then none has: a start makes the first adverts of a thousand routers without waiting for these.
        """
        self._farewells = True
        for sender in self._senders.values():
            sender.prepare(PRIORITY_RELEASE)

    def forget_silent(self, name: str) -> None:
        """The router's peers fell silent: who starts again may count from one."""
        endpoint, speaker = self.endpoint_of(name), self._speakers.get(name)
        if endpoint is not None and speaker is not None:
            endpoint.receiver.forget_ah_sequence(speaker.settings.vrid)

    def endpoint_of(self, name: str) -> Endpoint | None:
        """The socket that serves a router; None when it has none."""
        key = self._key_of.get(name)
        return None if key is None else self._endpoints.get(key)

    def sockets(self) -> list[tuple[EndpointKey, Endpoint]]:
        """Every socket with what it is for."""
        return list(self._endpoints.items())

    def endpoints(self) -> list[Endpoint]:
        """Every open socket."""
        return list(self._endpoints.values())

    def close(self) -> None:
        """Close every socket."""
        for endpoint in self._endpoints.values():
            self._unwatch(endpoint)
            endpoint.socket.close()
        self._endpoints.clear()
        self._senders.clear()

    def _still_valid(self, key: EndpointKey) -> bool:
        if not key.interface:
            return True
        try:
            return socket.if_nametoindex(key.interface) == self._endpoints[key].socket.index
        except OSError:
            return False

    def _serve(self, key: EndpointKey, sharing: Sequence[Speaker]) -> bool:
        """Have a socket with this key serve these routers; True when it is a new one."""
        endpoint = self._endpoints.get(key)
        fresh = endpoint is None
        if endpoint is None:
            family = socket.AF_INET if key.family == 4 else socket.AF_INET6
            below = next((one.settings.interface for one in sharing if one.settings.speaks_by_vmac), None)
            vrrp_socket = VrrpSocket(family, key.interface or None, protocol=key.protocol, above=below)
            receiver = Receiver(key.family, {}, realtime_ns=time.time_ns)
            endpoint = Endpoint(vrrp_socket, receiver, {}, FloodGuard(vrrp_socket, receiver))
        groups = {speaker.settings.multicast_group for speaker in sharing if not is_unicast(speaker.settings)}
        try:
            endpoint.socket.join(groups)
            endpoint.routers = {speaker.settings.vrid: speaker.settings.name for speaker in sharing}
            endpoint.receiver.policies = {
                speaker.settings.vrid: self._policy(speaker.settings, only_peers=key.ordinal > 0)
                for speaker in sharing
            }
            endpoint.receiver.own_addresses = frozenset(
                speaker.source.packed for speaker in sharing if speaker.source is not None
            )
            endpoint.socket.have_room(
                sum(speaker.settings.receive_buffer_bytes for speaker in sharing),
                sum(speaker.settings.receive_buffer_mtus for speaker in sharing),
            )
            endpoint.socket.listen_for(range(1, 256) if self.hear_all else endpoint.routers)
            endpoint.guard.forget()
        except OSError:
            if self._endpoints.pop(key, None) is not None:
                self._unwatch(endpoint)
            endpoint.socket.close()
            raise
        if fresh:
            self._endpoints[key] = endpoint
            self._watch(endpoint)
        return fresh

    def _policy(self, settings: RouterSettings, *, only_peers: bool) -> ReceivePolicy:
        known = self._policies.get(settings.name)
        if known is None or known[0] is not settings or known[1] is not only_peers:
            known = settings, only_peers, receive_policy(settings, only_peers=only_peers)
            self._policies[settings.name] = known
        return known[2]

    def _own_addresses(self, names: Iterable[str]) -> frozenset[bytes]:
        sources = (self._speakers[name].source for name in names if name in self._speakers)
        return frozenset(source.packed for source in sources if source is not None)

    def _make_sender(self, speaker: Speaker) -> None:
        name = speaker.settings.name
        self._senders.pop(name, None)
        if speaker.source is not None:
            endpoint = self._endpoints[self._key_of[name]]
            sender = Sender(speaker.settings, speaker.source, endpoint, self._signer_of(speaker.settings))
            if self._farewells:
                sender.prepare(PRIORITY_RELEASE)
            self._senders[name] = sender

    def _signer_of(self, settings: RouterSettings) -> HmacSigner | None:
        """Its numbers go on growing whatever else of the router changes."""
        policy = hmac_policy(settings.hmac)
        if policy is None or not policy.signs:
            self._signers.pop(settings.name, None)
            return None
        signer = self._signers.setdefault(settings.name, HmacSigner(policy))
        signer.policy = policy
        return signer


def arrivals(endpoint: Endpoint, budget: int = RECEIVE_BUDGET) -> Iterator[Arrival]:
    """Read and judge what is queued on a socket, at most ``budget`` packets."""
    for packet in endpoint.socket.receive(budget):
        yield judged(endpoint, packet)


def judged(endpoint: Endpoint, packet: Datagram) -> Arrival:
    """What an endpoint's ladder says of a packet, and whom it is for."""
    receiver = endpoint.receiver
    if receiver.family == 4:
        verdict = receiver.receive_ipv4(packet.data)
    else:
        verdict = receiver.receive_ipv6(packet.data, packet.source, packet.destination, packet.hop_limit)
    vrid = verdict.vrid
    name = "" if vrid is None else endpoint.routers.get(vrid, "")
    if isinstance(verdict, Discard):
        weight = endpoint.guard.refused(verdict, packet.data, packet.received_at)
        return Arrival(name, verdict, packet.received_at, weight)
    return Arrival(name, verdict, packet.received_at)
