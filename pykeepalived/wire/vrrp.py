"""VRRP advertisements: version 2 (RFC 3768, RFC 2338) and version 3 (RFC 9568 section 5).

The fixed part is eight bytes in both versions; what differs is the meaning of bytes 4 and 5::

    0        1        2        3        4        5        6        7
    +--------+--------+--------+--------+--------+--------+--------+--------+
    |ver|type|  vrid  |priority| count  |auth type|seconds| checksum        |  v2, addresses, 8 bytes
    |ver|type|  vrid  |priority| count  |0|centiseconds   | checksum        |  v3, addresses
    +--------+--------+--------+--------+--------+--------+--------+--------+

Intervals are nanoseconds outside this file and seconds or centiseconds only in it.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from pykeepalived.base.units import NANOSECONDS_PER_CENTISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.wire.checksum import checksum, pseudo_header_sum
from pykeepalived.wire.ip import PROTOCOL_VRRP

IPAddress = IPv4Address | IPv6Address

FIXED_LENGTH = 8
AUTHENTICATION_LENGTH = 8
"""Authentication Data of version 2: on the wire even without authentication (RFC 3768 section 5.3.10)."""
HOP_LIMIT = 255
MAX_ADDRESSES = 255
MAX_INTERVAL_CS = 0x0FFF

FIXED = struct.Struct("!BBBBHH")
ADDRESS_LENGTH = {4: 4, 6: 16}


class AuthenticationType(enum.IntEnum):
    """Auth Type of version 2 (RFC 2338 section 5.3.6)."""

    NONE = 0
    PASS = 1
    AH = 2


class ChecksumForm(enum.Enum):
    """What a checksum covers."""

    MESSAGE = "message"
    """The VRRP message alone: version 2, and version 3 over IPv4 as RFC 9568 section 5.2.8 has it."""
    PSEUDO_HEADER = "pseudo-header"
    """With pseudo-header: version 3 over IPv6, and over IPv4 as keepalived and FRR send it."""
    OLD_UNICAST = "old unicast"
    """Unicast IPv4 with the multicast group as destination of the pseudo-header: keepalived before 1.3.6."""


class Advertisement(NamedTuple):
    """One advertisement as it was received and found to be in order: a tuple, because one is made per packet.

    ``address_bytes`` are the advertised addresses as they came; ``addresses_match`` tells whether they are
    the expected ones.  ``interval_ns`` is the sender's interval.
    """

    version: int
    vrid: int
    priority: int
    interval_ns: int
    source: IPAddress
    address_bytes: bytes
    addresses_match: bool
    checksum_form: ChecksumForm

    @property
    def addresses(self) -> tuple[IPAddress, ...]:
        """The advertised addresses in the order of the packet."""
        return split_addresses(self.address_bytes, self.source.version)


def split_addresses(data: bytes, family: int) -> tuple[IPAddress, ...]:
    """Packed addresses of one family (4 or 6) as a tuple; an incomplete last one is left out."""
    size = ADDRESS_LENGTH[family]
    pieces = [data[at : at + size] for at in range(0, len(data) - size + 1, size)]
    if family == 4:
        return tuple(IPv4Address(piece) for piece in pieces)
    return tuple(IPv6Address(piece) for piece in pieces)


def join_addresses(addresses: Sequence[IPAddress], *, least: int = 1) -> bytes:
    """Addresses as they stand in a packet.  Raises ValueError for too few, too many or mixed families.

    ``least`` is 0 for a router that has none (keepalived's ``no_virtual_ipaddress``): others that have none
    either hear its adverts, everybody else refuses them (erratum 8299 of RFC 9568).
    """
    if not least <= len(addresses) <= MAX_ADDRESSES:
        raise ValueError(f"an advertisement holds 1 to {MAX_ADDRESSES} addresses, not {len(addresses)}")
    if len({address.version for address in addresses}) > 1:
        raise ValueError("addresses of one advertisement must be of one family (RFC 9568 section 5.2.9)")
    return b"".join(address.packed for address in addresses)


def interval_to_centiseconds(interval_ns: int) -> int:
    """Max Advertise Interval of version 3; raises ValueError outside 1..4095 centiseconds."""
    centiseconds = round(interval_ns / NANOSECONDS_PER_CENTISECOND)
    if not 1 <= centiseconds <= MAX_INTERVAL_CS:
        raise ValueError(f"an interval of version 3 is 0.01 s to 40.95 s, not {centiseconds} cs")
    return centiseconds


def interval_to_seconds(interval_ns: int) -> int:
    """Advertisement Interval of version 2; raises ValueError outside 1..255 whole seconds."""
    seconds, rest = divmod(interval_ns, NANOSECONDS_PER_SECOND)
    if rest or not 1 <= seconds <= 255:
        raise ValueError(f"an interval of version 2 is 1 to 255 whole seconds, not {interval_ns} ns")
    return seconds


def encode_v2(
    *,
    vrid: int,
    priority: int,
    interval_ns: int,
    addresses: Sequence[IPAddress],
    authentication: AuthenticationType = AuthenticationType.NONE,
    password: bytes = b"",
    least: int = 1,
) -> bytes:
    """A version 2 message.  PASS puts ``password`` (cut to 8 bytes, zero padded) at its end, others zeros."""
    packed = join_addresses(addresses, least=least)
    if len(packed) != 4 * len(addresses):
        raise ValueError("version 2 carries IPv4 addresses only")
    data = password if authentication is AuthenticationType.PASS else b""
    tail = packed + data[:AUTHENTICATION_LENGTH].ljust(AUTHENTICATION_LENGTH, b"\0")
    field = authentication << 8 | interval_to_seconds(interval_ns)
    return _finish(0x21, vrid, priority, len(addresses), field, tail, 0)


def encode_v3(
    *,
    vrid: int,
    priority: int,
    interval_ns: int,
    addresses: Sequence[IPAddress],
    source: IPAddress,
    destination: IPAddress,
    form: ChecksumForm = ChecksumForm.PSEUDO_HEADER,
    least: int = 1,
) -> bytes:
    """A version 3 message from ``source`` to ``destination``, which only the pseudo-header needs.

    Over IPv6 the pseudo-header is always part of the checksum, whatever ``form`` says.
    """
    packed = join_addresses(addresses, least=least)
    if len({source.version, destination.version, *(address.version for address in addresses)}) != 1:
        raise ValueError("addresses, source and destination must be of one family")
    initial = 0
    if form is ChecksumForm.PSEUDO_HEADER or source.version == 6:
        length = FIXED_LENGTH + len(packed)
        initial = pseudo_header_sum(source.packed, destination.packed, PROTOCOL_VRRP, length)
    field = interval_to_centiseconds(interval_ns)
    return _finish(0x31, vrid, priority, len(addresses), field, packed, initial)


def attach_trailer(message: bytes, trailer: bytes, source: IPAddress, destination: IPAddress) -> bytes:
    """A message with bytes of an extension behind it.

    Over IPv4 its checksum stays as it is; over IPv6 it covers them too, because the receiver's kernel may
    check the whole payload (RFC 8200 section 8.1).
    """
    if source.version == 4:
        return message + trailer
    blank = message[:6] + b"\0\0" + message[8:] + trailer
    initial = pseudo_header_sum(source.packed, destination.packed, PROTOCOL_VRRP, len(blank))
    return blank[:6] + checksum(blank, initial).to_bytes(2, "big") + blank[8:]


def _finish(first: int, vrid: int, priority: int, count: int, field: int, tail: bytes, initial: int) -> bytes:
    if not 1 <= vrid <= 255:
        raise ValueError(f"a virtual router id is 1 to 255, not {vrid}")
    if not 0 <= priority <= 255:
        raise ValueError(f"a priority is 0 to 255, not {priority}")
    blank = FIXED.pack(first, vrid, priority, count, field, 0) + tail
    return blank[:6] + checksum(blank, initial).to_bytes(2, "big") + tail


class AdvertisementEncoder:
    """The advertisements of one router towards one destination, built ahead.

    Only the priority changes from one to the next, so that the few that occur (current, 0) are kept;
    sending is a dictionary look-up.  A change of address list, interval or source needs a new encoder.
    """

    __slots__ = ("_ready", "_template")

    def __init__(
        self,
        *,
        version: int,
        vrid: int,
        interval_ns: int,
        addresses: Sequence[IPAddress],
        source: IPAddress,
        destination: IPAddress,
        form: ChecksumForm = ChecksumForm.PSEUDO_HEADER,
        authentication: AuthenticationType = AuthenticationType.NONE,
        password: bytes = b"",
        least: int = 1,
    ) -> None:
        self._ready: dict[int, bytes] = {}
        if version == 2:
            self._template = encode_v2(
                vrid=vrid,
                priority=0,
                interval_ns=interval_ns,
                addresses=addresses,
                authentication=authentication,
                password=password,
                least=least,
            )
        else:
            self._template = encode_v3(
                vrid=vrid,
                priority=0,
                interval_ns=interval_ns,
                addresses=addresses,
                source=source,
                destination=destination,
                form=form,
                least=least,
            )

    def encode(self, priority: int) -> bytes:
        """The message with this priority."""
        ready = self._ready.get(priority)
        if ready is None:
            ready = self._ready[priority] = self._with_priority(priority)
        return ready

    def _with_priority(self, priority: int) -> bytes:
        # The priority is the high byte of its 16-bit word; what the sum gains the checksum loses (RFC 1624).
        blank = self._template
        old = int.from_bytes(blank[6:8], "big")
        new = (old - (priority << 8)) % 0xFFFF or 0xFFFF
        return blank[:2] + bytes((priority,)) + blank[3:6] + new.to_bytes(2, "big") + blank[8:]
