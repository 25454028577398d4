"""Tells when somebody else uses an address that one of our Masters holds.

A second after a takeover (never before: nothing of this may slow one) its addresses are asked for once, and
from then on whoever says that it has one of them is named in the log with its MAC address.  That is a host
that was given the address by mistake, or another router that thinks it is Master, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeVar

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.log_limit import LogLimit
from pykeepalived.daemon.vrrp_actions import Runtime
from pykeepalived.ipc.details import ClaimReport
from pykeepalived.kernel.links import LinkTable
from pykeepalived.netio.claims import ArpClaims, Claim, NeighbourClaims
from pykeepalived.vrrp.settings import VirtualAddress
from pykeepalived.vrrp.virtual_link import is_virtual_mac
from pykeepalived.wire.probes import arp_probe, neighbour_probe

log = get_logger()

COUNTER = "address_claimed"
S = TypeVar("S", ArpClaims, NeighbourClaims)
_SETTLE_NS = 1_000_000_000
_PAUSE_NS = 1_000_000_000
"""How long nothing is read after something was: a flood of claims costs one wake-up a second."""
_LOG_INTERVAL_NS = 600_000_000_000
_READ_LIMIT = 32
MOST_CLAIMS = 8
"""Of one router that are remembered."""


@dataclass(frozen=True, slots=True)
class ClaimsKey:
    """Names the deadline of looking at who is Master."""


@dataclass(frozen=True, slots=True)
class ClaimsPauseKey:
    """Names the deadline of reading again."""


class Claims:
    """Listens for the addresses of all Masters.

    ``send`` queues frames of a router onto an interface.
    """

    def __init__(
        self,
        routers: Mapping[str, Runtime],
        links: LinkTable,
        *,
        send: Callable[[str, str, Sequence[bytes]], None],
        watch: Callable[[int, Callable[[], None]], object],
        unwatch: Callable[[int], object],
        set_deadline: Callable[[Hashable, int | None], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._routers = routers
        self._links = links
        self._send = send
        self._watch = watch
        self._unwatch = unwatch
        self._set_deadline = set_deadline
        self._clock = clock
        self._arp: ArpClaims | None = None
        self._neighbours: NeighbourClaims | None = None
        self._paused = False
        self._asked: set[VirtualAddress] = set()
        self._listening: tuple[frozenset[IPv4Address], frozenset[IPv6Address]] = (frozenset(), frozenset())
        self._lines = LogLimit(_LOG_INTERVAL_NS)

    def changed(self) -> None:
        """A router became Master or stopped being it; looked at when things have settled."""
        self._set_deadline(ClaimsKey(), self._clock() + _SETTLE_NS)

    def on_deadline(self) -> None:
        """Listen for what is held now, and ask once for what is held newly."""
        held = {
            virtual: name for name, runtime in self._routers.items() for virtual in runtime.taken.values()
        }
        self._listen(
            frozenset(one.address for one in held if isinstance(one.address, IPv4Address)),
            frozenset(one.address for one in held if isinstance(one.address, IPv6Address)),
        )
        self._asked &= held.keys()
        frames: dict[tuple[str, str], list[bytes]] = {}
        for virtual, name in held.items():
            link = self._links.link(virtual.interface)
            if virtual in self._asked or link is None or not link.usable or not link.speaks_arp:
                continue
            self._asked.add(virtual)
            address = virtual.address
            probe = (
                arp_probe(address, link.mac)
                if isinstance(address, IPv4Address)
                else neighbour_probe(address, link.mac)
            )
            frames.setdefault((name, virtual.interface), []).append(probe)
        for (name, interface), probes in frames.items():
            self._send(name, interface, probes)

    def close(self) -> None:
        """Give the descriptors back."""
        self._listen(frozenset(), frozenset())

    # ------------------------------------------------------------ sockets

    def _listen(self, four: frozenset[IPv4Address], six: frozenset[IPv6Address]) -> None:
        if (four, six) == self._listening:
            return
        self._listening = (four, six)
        try:
            self._arp = self._serve(self._arp, four, ArpClaims)
            self._neighbours = self._serve(self._neighbours, six, NeighbourClaims)
        except OSError as refused:
            log.warning(f"cannot listen for other owners of virtual addresses: {refused.strerror}")

    def _serve(
        self, listening: S | None, addresses: frozenset[Any], make: Callable[[frozenset[Any]], S]
    ) -> S | None:
        """A socket for these addresses: the present one, another one, or none."""
        if not addresses:
            if listening is not None:
                if not self._paused:
                    self._unwatch(listening.fileno())
                listening.close()
            return None
        if listening is None:
            listening = make(addresses)
            if not self._paused:
                self._watch(listening.fileno(), self._read)
        else:
            listening.listen_for(addresses)
        return listening

    def _read(self) -> None:
        claims: list[Claim] = []
        for listening in (self._arp, self._neighbours):
            if listening is not None:
                claims += listening.read(_READ_LIMIT)
                self._unwatch(listening.fileno())
        self._paused = True
        self._set_deadline(ClaimsPauseKey(), self._clock() + _PAUSE_NS)
        for claim in claims:
            self._judge(claim)

    def read_again(self) -> None:
        """The pause is over."""
        self._paused = False
        for listening in (self._arp, self._neighbours):
            if listening is not None:
                self._watch(listening.fileno(), self._read)

    # ------------------------------------------------------------ judging

    def _judge(self, claim: Claim) -> None:
        if any(link.mac == claim.mac for link in self._links.links.values()):
            return
        link = self._links.links.get(claim.link_index)
        for name, runtime in self._routers.items():
            parents = {one.name: one.parent for one in runtime.settings.links}
            for virtual in runtime.taken.values():
                here = {virtual.interface, parents.get(virtual.interface, virtual.interface)}
                if virtual.address == claim.address and link is not None and link.name in here:
                    runtime.counters[COUNTER] += 1
                    self._note(runtime, virtual, claim.mac)
                    self._tell(name, virtual, claim.mac)
                    return

    def _note(self, runtime: Runtime, virtual: VirtualAddress, mac: bytes) -> None:
        """For whoever asks later; forged claims push out older ones and fill nothing."""
        key = (str(virtual), mac.hex(":"))
        known = runtime.claims.pop(key, None)
        times = 1 if known is None else known.times + 1
        while len(runtime.claims) >= MOST_CLAIMS:
            del runtime.claims[next(iter(runtime.claims))]
        runtime.claims[key] = ClaimReport(key[0], virtual.interface, key[1], times, self._clock())

    def _tell(self, name: str, virtual: VirtualAddress, mac: bytes) -> None:
        if self._lines.admit((name, virtual.address, mac), self._clock()) is None:
            return
        who = mac.hex(":") if mac else "somebody who does not say its MAC address"
        if is_virtual_mac(mac):
            why = f"another router is Master of VRID {mac[5]}, too"
        else:
            why = "another host, or another router that is Master, too"
        log.warning(
            f"({name}) {virtual} dev {virtual.interface} is used by {who} as well: {why}",
            instance=name,
            mac=mac.hex(":"),
        )
