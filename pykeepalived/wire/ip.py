"""IPv4 headers as raw sockets deliver and accept them.

Only what VRRP needs: options are skipped on receive and never sent.  Source: RFC 791 section 3.1.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from pykeepalived.wire.checksum import checksum, is_valid

PROTOCOL_AH = 51
PROTOCOL_ICMPV6 = 58
PROTOCOL_VRRP = 112

TOS_INTERNETWORK_CONTROL = 0xC0
"""Precedence 6, what routing protocols use and keepalived sends."""

MINIMUM_LENGTH = 20
_HEADER = struct.Struct("!BBHHHBBH4s4s")
_MORE_FRAGMENTS_OR_OFFSET = 0x3FFF


@dataclass(frozen=True, slots=True)
class Ipv4Header:
    """A decoded IPv4 header.

    ``header_length`` and ``total_length`` are in bytes.  ``fragment`` is true for any packet that is not
    whole.
    """

    source: IPv4Address
    destination: IPv4Address
    protocol: int
    ttl: int
    total_length: int
    header_length: int = MINIMUM_LENGTH
    tos: int = TOS_INTERNETWORK_CONTROL
    identification: int = 0
    fragment: bool = False


def decode_ipv4(packet: bytes, *, verify_checksum: bool = False) -> Ipv4Header | None:
    """The header at the start of ``packet``; None when it is not a complete IPv4 packet.

    Bytes after ``total_length`` (Ethernet padding) are allowed.  The kernel has verified the header
    checksum of what a raw socket delivers; captures have ``verify_checksum``.
    """
    if len(packet) < MINIMUM_LENGTH:
        return None
    (first, tos, total_length, identification, fragment, ttl, protocol, _sum, source, destination) = (
        _HEADER.unpack_from(packet)
    )
    header_length = (first & 0x0F) * 4
    if first >> 4 != 4 or not MINIMUM_LENGTH <= header_length <= total_length <= len(packet):
        return None
    if verify_checksum and not is_valid(packet[:header_length]):
        return None
    return Ipv4Header(
        source=IPv4Address(source),
        destination=IPv4Address(destination),
        protocol=protocol,
        ttl=ttl,
        total_length=total_length,
        header_length=header_length,
        tos=tos,
        identification=identification,
        fragment=bool(fragment & _MORE_FRAGMENTS_OR_OFFSET),
    )


def encode_ipv4(header: Ipv4Header) -> bytes:
    """The 20 bytes of ``header`` with their checksum, for a socket with IP_HDRINCL."""
    fields = (
        0x45,
        header.tos,
        header.total_length,
        header.identification,
        0,
        header.ttl,
        header.protocol,
        0,
        header.source.packed,
        header.destination.packed,
    )
    blank = _HEADER.pack(*fields)
    return blank[:10] + checksum(blank).to_bytes(2, "big") + blank[12:]
