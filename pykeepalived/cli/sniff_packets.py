"""One VRRP packet as it was on the wire: what it says, and what is wrong with it.

The verdict is that of the daemon's own receive ladder, under a policy made from the packet itself: whatever
no configuration could make right.  What depends on somebody's configuration (passwords, keys, intervals) is
judged by comparing senders with each other (:mod:`pykeepalived.cli.sniff_summary`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.base.units import NANOSECONDS_PER_CENTISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.wire.ah import AH_LENGTH
from pykeepalived.wire.auth_hmac import TRAILER_LENGTH
from pykeepalived.wire.ip import PROTOCOL_AH, PROTOCOL_VRRP
from pykeepalived.wire.vrrp import (
    AUTHENTICATION_LENGTH,
    FIXED,
    FIXED_LENGTH,
    MAX_INTERVAL_CS,
    Advertisement,
    AuthenticationType,
    ChecksumForm,
    IPAddress,
    split_addresses,
)
from pykeepalived.wire.vrrp_receive import Discard, DiscardReason, ReceivePolicy, Receiver

_HMAC_TYPE = 1
_OLD_GROUP = IPv4Address("224.0.0.18").packed
_SPI_OF_SENDER_ONLY = frozenset({DiscardReason.AUTH_FAILURE, DiscardReason.AH_REPLAY})
"""Refusals that say nothing to who has no key."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Around the IP packet.  ``at_ns`` is since 1970; MAC addresses are empty where the link has none.

    ``outgoing``: this host sent it.  ``vlan`` is the tag inside the frame.
    """

    at_ns: int
    link: str
    source_mac: str = ""
    destination_mac: str = ""
    outgoing: bool = False
    vlan: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A packet of protocol 112 (or 51 with it inside).

    What stands behind an incomplete header is None or empty.  ``authentication`` is ``none``, ``PASS``,
    ``AH``, or ``HMAC key 3``; ``secret`` tells passwords apart without showing them.  ``problem`` is why any
    router would discard it.
    """

    frame: Frame
    source: IPAddress
    destination: IPAddress
    ttl: int
    vrid: int | None = None
    version: int | None = None
    type: int | None = None
    priority: int | None = None
    interval_ns: int | None = None
    addresses: tuple[IPAddress, ...] = ()
    authentication: str = "none"
    secret: int = 0
    form: ChecksumForm | None = None
    problem: Discard | None = None

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.source.version

    @property
    def is_unicast(self) -> bool:
        """Not sent to a group."""
        return not self.destination.is_multicast


def decode(packet: bytes, frame: Frame) -> Heard | None:
    """An IP packet from its header on; None when it is none, or does not carry VRRP."""
    if len(packet) >= 20 and packet[0] >> 4 == 4:
        return _decode4(packet, frame)
    if len(packet) >= 40 and packet[0] >> 4 == 6 and packet[6] == PROTOCOL_VRRP:
        source, destination = packet[8:24], packet[24:40]
        message = packet[40 : 40 + int.from_bytes(packet[4:6], "big")]
        heard = Heard(frame, IPv6Address(source), IPv6Address(destination), packet[7])
        receiver, heard = _prepared(heard, message, AuthenticationType.NONE)
        return _judged(heard, receiver.receive_ipv6(message, source, destination, packet[7]))
    return None


def _decode4(packet: bytes, frame: Frame) -> Heard | None:
    protocol, header = packet[9], (packet[0] & 0x0F) << 2
    if protocol not in (PROTOCOL_VRRP, PROTOCOL_AH) or packet[6] & 0x1F or packet[7]:
        return None  # another protocol, or a later fragment
    end = min(len(packet), int.from_bytes(packet[2:4], "big"))
    carried = AuthenticationType.NONE
    if protocol == PROTOCOL_AH:
        if packet[header : header + 1] != bytes((PROTOCOL_VRRP,)):
            return None  # some other use of IPsec
        header, carried = header + AH_LENGTH, AuthenticationType.AH
    heard = Heard(frame, IPv4Address(packet[12:16]), IPv4Address(packet[16:20]), packet[8])
    receiver, heard = _prepared(heard, packet[header:end], carried)
    return _judged(heard, receiver.receive_ipv4(packet))


def _prepared(heard: Heard, message: bytes, carried: AuthenticationType) -> tuple[Receiver, Heard]:
    """What the message says, and a receiver that expects exactly that."""
    if len(message) < FIXED_LENGTH:
        return Receiver(heard.family, {}), heard
    first, vrid, priority, count, field, _ = FIXED.unpack_from(message)
    version = first >> 4
    size = 4 if heard.family == 4 else 16
    end = FIXED_LENGTH + count * size
    packed = message[FIXED_LENGTH:end]
    authentication, secret, kind = "none", 0, AuthenticationType.NONE
    tail = message[end : end + AUTHENTICATION_LENGTH]
    if version == 2:
        interval_ns = (field & 0xFF) * NANOSECONDS_PER_SECOND
        if field >> 8 in tuple(AuthenticationType):
            kind = AuthenticationType(field >> 8)
        authentication = kind.name if kind else "none"
        secret = hash(tail) if kind is AuthenticationType.PASS else 0
        end += AUTHENTICATION_LENGTH
    else:
        interval_ns = (field & MAX_INTERVAL_CS) * NANOSECONDS_PER_CENTISECOND
    trailer = message[end:]
    if carried is AuthenticationType.AH:
        authentication = "AH"
    elif len(trailer) == TRAILER_LENGTH and trailer[0] == _HMAC_TYPE:
        authentication = f"HMAC key {trailer[1]}"
    policy = ReceivePolicy(
        vrid=vrid,
        version=version if version in (2, 3) else 3,
        address_bytes=packed,
        interval_s=field & 0xFF,
        authentication=kind,
        password=tail if kind is AuthenticationType.PASS else b"",
        multicast=heard.destination.is_multicast,
        old_unicast_group=b"" if heard.destination.is_multicast or heard.family == 6 else _OLD_GROUP,
    )
    told = replace(
        heard,
        vrid=vrid,
        version=version,
        type=first & 0x0F,
        priority=priority,
        interval_ns=interval_ns,
        addresses=split_addresses(packed, heard.family),
        authentication=authentication,
        secret=secret,
    )
    return Receiver(heard.family, {vrid: policy}), told


def _judged(heard: Heard, verdict: Advertisement | Discard) -> Heard:
    if isinstance(verdict, Advertisement):
        return replace(heard, form=verdict.checksum_form)
    if verdict.reason in _SPI_OF_SENDER_ONLY and heard.authentication == "AH":
        return replace(heard, form=ChecksumForm.MESSAGE)
    return replace(heard, problem=verdict)
