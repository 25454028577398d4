"""The receive ladder of BFD: what a packet must pass before it may touch a session.

The rungs are those of RFC 5880 section 6.8.6 in the RFC's order; the first that fails names the
:class:`DiscardReason`.  The hop limit (RFC 5881 section 5, RFC 5082) and the port are judged once the session
is known, because only it says what is right.  No byte string raises.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pykeepalived.base.units import NANOSECONDS_PER_MICROSECOND
from pykeepalived.wire.bfd import (
    FLAG_AUTHENTICATION,
    FLAG_DEMAND,
    FLAG_FINAL,
    FLAG_MULTIPOINT,
    FLAG_POLL,
    LENGTH,
    LENGTH_WITH_AUTHENTICATION,
    PACKET,
    PORT,
    PORT_MULTIHOP,
    STATE_DOWN,
    VERSION,
    ControlPacket,
)


class DiscardReason(enum.Enum):
    """One rung each, in the order of the ladder: (counter label, text)."""

    TOO_SHORT = ("too_short", "{found} bytes are no BFD control packet")
    VERSION = ("version", "BFD version {found}, only {expected} is known")
    LENGTH_TOO_SMALL = ("length_too_small", "length field {found} is below {expected}")
    INCOMPLETE = ("incomplete", "length field {expected} in a packet of {found} bytes")
    ZERO_MULTIPLIER = ("zero_multiplier", "detection multiplier 0")
    MULTIPOINT = ("multipoint", "multipoint bit set")
    ZERO_DISCRIMINATOR = ("zero_discriminator", "sender's discriminator is 0")
    POLL_AND_FINAL = ("poll_and_final", "poll and final bit set together")
    UNKNOWN_DISCRIMINATOR = ("unknown_discriminator", "no session has discriminator {found:#010x}")
    NO_DISCRIMINATOR = ("no_discriminator", "state {found} without our discriminator")
    UNKNOWN_NEIGHBOR = ("unknown_neighbor", "no session with that neighbor")
    PORT = ("port", "came to port {found}, the session's is {expected}")
    HOP_LIMIT = ("hop_limit", "TTL or hop limit {found}, at least {expected} is needed")
    AUTHENTICATION = ("authentication", "authenticated, but no authentication is in use")

    def __init__(self, label: str, text: str) -> None:
        self.label = label
        self.text = text


class Discard(NamedTuple):
    """A packet that was not let through; ``session`` is the name, empty as long as it is not known."""

    reason: DiscardReason
    session: str = ""
    found: int = 0
    expected: int = 0

    @property
    def detail(self) -> str:
        """The reason in words; made only when somebody wants to read it."""
        return self.reason.text.format(found=self.found, expected=self.expected)


class Accepted(NamedTuple):
    """A packet for a session."""

    session: str
    packet: ControlPacket


@dataclass(frozen=True, slots=True)
class ReceivePolicy:
    """What one session lets in.

    ``neighbor`` and ``local`` are packed addresses (``local`` empty: any).  ``lowest_hop_limit`` 0: any.
    """

    session: str
    discriminator: int
    neighbor: bytes
    local: bytes = b""
    multihop: bool = False
    lowest_hop_limit: int = 255

    @property
    def port(self) -> int:
        """Where packets of this session arrive."""
        return PORT_MULTIHOP if self.multihop else PORT


class Receiver:
    """The ladder with the sessions of this host."""

    def __init__(self, policies: Iterable[ReceivePolicy]) -> None:
        self._by_discriminator: dict[int, ReceivePolicy] = {}
        self._by_neighbor: dict[tuple[bytes, bool], list[ReceivePolicy]] = {}
        for policy in policies:
            self._by_discriminator[policy.discriminator] = policy
            self._by_neighbor.setdefault((policy.neighbor, policy.multihop), []).append(policy)
        for same in self._by_neighbor.values():
            # Whoever names a local address goes before whoever takes any.
            same.sort(key=lambda policy: not policy.local)

    def judge(
        self, data: bytes, source: bytes, destination: bytes, port: int, hop_limit: int
    ) -> Accepted | Discard:
        """Judge the payload of a UDP packet.

        ``source`` and ``destination`` are packed addresses, ``port`` is the one it came to; ``hop_limit`` 0
        means that the kernel did not say.
        """
        size = len(data)
        if size < LENGTH:
            return Discard(DiscardReason.TOO_SHORT, "", size, LENGTH)
        first, flags, multiplier, length, mine, yours, min_tx, min_rx, echo = PACKET.unpack_from(data)
        if first >> 5 != VERSION:
            return Discard(DiscardReason.VERSION, "", first >> 5, VERSION)
        least = LENGTH_WITH_AUTHENTICATION if flags & FLAG_AUTHENTICATION else LENGTH
        if length < least:
            return Discard(DiscardReason.LENGTH_TOO_SMALL, "", length, least)
        if length > size:
            return Discard(DiscardReason.INCOMPLETE, "", size, length)
        if not multiplier:
            return Discard(DiscardReason.ZERO_MULTIPLIER)
        if flags & FLAG_MULTIPOINT:
            return Discard(DiscardReason.MULTIPOINT)
        if not mine:
            return Discard(DiscardReason.ZERO_DISCRIMINATOR)
        if flags & FLAG_POLL and flags & FLAG_FINAL:
            return Discard(DiscardReason.POLL_AND_FINAL)
        state = flags >> 6
        if yours:
            policy = self._by_discriminator.get(yours)
            if policy is None:
                return Discard(DiscardReason.UNKNOWN_DISCRIMINATOR, "", yours)
        else:
            if state > STATE_DOWN:
                return Discard(DiscardReason.NO_DISCRIMINATOR, "", state)
            policy = self._neighbor(source, destination, port)
            if policy is None:
                return Discard(DiscardReason.UNKNOWN_NEIGHBOR)
        name = policy.session
        if port != policy.port:
            return Discard(DiscardReason.PORT, name, port, policy.port)
        if hop_limit < policy.lowest_hop_limit:
            return Discard(DiscardReason.HOP_LIMIT, name, hop_limit, policy.lowest_hop_limit)
        if flags & FLAG_AUTHENTICATION:
            return Discard(DiscardReason.AUTHENTICATION, name)
        return Accepted(
            name,
            ControlPacket(
                state,
                first & 0x1F,
                multiplier,
                mine,
                yours,
                min_tx * NANOSECONDS_PER_MICROSECOND,
                min_rx * NANOSECONDS_PER_MICROSECOND,
                echo * NANOSECONDS_PER_MICROSECOND,
                bool(flags & FLAG_POLL),
                bool(flags & FLAG_FINAL),
                bool(flags & FLAG_DEMAND),
            ),
        )

    def _neighbor(self, source: bytes, destination: bytes, port: int) -> ReceivePolicy | None:
        """A session is found by its addresses only before the neighbour knows our discriminator."""
        for policy in self._by_neighbor.get((source, port == PORT_MULTIHOP), ()):
            if not policy.local or policy.local == destination:
                return policy
        return None
