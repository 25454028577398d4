"""The IP authentication header with HMAC-MD5-96 as VRRPv2 uses it.

Source: RFC 2402, RFC 2403, RFC 2338 section 5.3.6.

As keepalived does it: the SPI is the sender's IPv4 address, the key is the configured password, and the
digest runs over the IPv4 header with type of service and header checksum zeroed, the authentication header
with its digest zeroed, and the message.  (RFC 2402 would also zero TTL and fragment fields; both ends keep
them, which is sound because a VRRP packet is never forwarded nor fragmented.)
"""

from __future__ import annotations

import enum
import struct
from _operator import _compare_digest as compare_digest
from ipaddress import IPv4Address

from pykeepalived.wire.ip import PROTOCOL_AH, PROTOCOL_VRRP, Ipv4Header, encode_ipv4

_FIXED = struct.Struct("!BBHII")
_DIGEST_LENGTH = 12
AH_LENGTH = _FIXED.size + _DIGEST_LENGTH
_PAYLOAD_LENGTH = AH_LENGTH // 4 - 2
"""In 32-bit words minus two (RFC 2402 section 2.2)."""


class AhResult(enum.Enum):
    """Outcome of checking an authentication header."""

    OK = "ok"
    MALFORMED = "malformed"
    BAD_DIGEST = "bad digest"
    REPLAY = "replay"


def _digest(packet: bytes, header_length: int, key: bytes) -> bytes:
    # Here, because few routers sign and OpenSSL, which comes with it, costs every start 3 ms.
    import hmac

    at = header_length + _FIXED.size
    immutable = b"".join(
        (
            packet[:1],
            b"\0",
            packet[2:10],
            b"\0\0",
            packet[12:at],
            bytes(_DIGEST_LENGTH),
            packet[at + _DIGEST_LENGTH :],
        )
    )
    return hmac.new(key, immutable, "md5").digest()[:_DIGEST_LENGTH]


def encode_ah_packet(
    *,
    source: IPv4Address,
    destination: IPv4Address,
    identification: int,
    sequence: int,
    key: bytes,
    message: bytes,
    ttl: int = 255,
) -> bytes:
    """A whole IPv4 packet for a socket with IP_HDRINCL.

    ``identification`` must be 1..65535: the kernel replaces 0 and would so break the digest.  ``sequence``
    grows by one per packet of this sender.
    """
    if not 1 <= identification <= 0xFFFF:
        raise ValueError("the IPv4 identification must be set, or the kernel changes what was signed")
    total = 20 + AH_LENGTH + len(message)
    header = encode_ipv4(
        Ipv4Header(source, destination, PROTOCOL_AH, ttl, total, identification=identification)
    )
    fixed = _FIXED.pack(
        PROTOCOL_VRRP, _PAYLOAD_LENGTH, 0, int.from_bytes(source.packed, "big"), sequence & 0xFFFFFFFF
    )
    unsigned = header + fixed + bytes(_DIGEST_LENGTH) + message
    return header + fixed + _digest(unsigned, len(header), key) + message


def check_ah(packet: bytes, header_length: int, key: bytes, last_sequence: int) -> tuple[AhResult, int]:
    """Judge the authentication header of ``packet`` (IPv4 header included); also returns its sequence number.

    ``last_sequence`` is the highest number accepted from this sender, 0 for none.
    """
    if len(packet) < header_length + AH_LENGTH:
        return AhResult.MALFORMED, 0
    next_header, length, _reserved, spi, sequence = _FIXED.unpack_from(packet, header_length)
    source = int.from_bytes(packet[12:16], "big")
    if next_header != PROTOCOL_VRRP or length != _PAYLOAD_LENGTH or spi != source:
        return AhResult.MALFORMED, sequence
    at = header_length + _FIXED.size
    if not compare_digest(packet[at : at + _DIGEST_LENGTH], _digest(packet, header_length, key)):
        return AhResult.BAD_DIGEST, sequence
    if sequence <= last_sequence:
        return AhResult.REPLAY, sequence
    return AhResult.OK, sequence
