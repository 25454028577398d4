"""The internet checksum (RFC 1071) and the sums of pseudo-headers.

A ones'-complement sum of 16-bit words is the same residue class as the whole message read as one big-endian
number, modulo 65535, because 65536 leaves the remainder 1.  Python does that division in C.
"""

from __future__ import annotations

_MODULUS = 0xFFFF


def ones_sum(data: bytes, initial: int = 0) -> int:
    """Ones'-complement sum of ``data`` plus ``initial``, in 0..0xfffe (0xffff is the same residue as 0).

    An odd last byte counts as if a zero byte followed it.
    """
    number = int.from_bytes(data, "big")
    if len(data) & 1:
        number <<= 8
    return (number + initial) % _MODULUS


def checksum(data: bytes, initial: int = 0) -> int:
    """What belongs into the checksum field when that field is zero in ``data``.

    ``initial`` is the sum of a pseudo-header.  The result is in 1..0xffff: messages that are zero
    everywhere do not occur, so the sum behind 0xffff is never "really zero".
    """
    return _MODULUS - ones_sum(data, initial)


def is_valid(data: bytes, initial: int = 0) -> bool:
    """Whether ``data``, checksum field included, sums to "negative zero"."""
    return ones_sum(data, initial) == 0


def pseudo_header_sum(source: bytes, destination: bytes, protocol: int, length: int) -> int:
    """Sum of the pseudo-header of IPv4 (RFC 793 section 3.1) or IPv6 (RFC 8200 section 8.1).

    Both forms hold addresses, length and protocol in fields whose position does not change the sum.
    """
    return (int.from_bytes(source, "big") + int.from_bytes(destination, "big") + protocol + length) % _MODULUS
