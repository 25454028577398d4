"""The expressions that nftables rules are made of; a rule is carried out from left to right.

Registers: packet data, keys and constants travel in 32-bit registers; 0 of these here is NFT_REG32_00.
Sixteen of them hold any concatenation.  Facts: ``linux/netfilter/nf_tables.h``.
"""

from __future__ import annotations

import enum
from typing import Final

from pykeepalived.kernel.netlink import attribute
from pykeepalived.kernel.nft_messages import (
    data_value,
    list_element,
    nested,
    number,
    text,
)

_REG32_00: Final = 8
_VERDICT_REGISTER: Final = 0
_ACCEPT, _DROP = 1, 0
_GOTO, _RETURN = 0xFFFFFFFC, 0xFFFFFFFB


class Base(enum.IntEnum):
    """Which header an offset counts from (NFT_PAYLOAD_*)."""

    LINK = 0
    NETWORK = 1
    TRANSPORT = 2


class Meta(enum.IntEnum):
    """What is known of a packet besides its bytes (NFT_META_*)."""

    MARK = 3
    IIF = 4
    OIF = 5
    IIFNAME = 6
    OIFNAME = 7
    L4PROTO = 16
    PKTTYPE = 19
    IIFKIND = 26
    OIFKIND = 27


class Ct(enum.IntEnum):
    """What connection tracking knows (NFT_CT_*)."""

    STATE = 0
    DIRECTION = 1
    MARK = 3
    SRC = 8
    DST = 9
    PROTOCOL = 10
    PROTO_SRC = 11
    PROTO_DST = 12
    SRC_IP = 19
    DST_IP = 20
    SRC_IP6 = 21
    DST_IP6 = 22


class Op(enum.IntEnum):
    """Comparisons (NFT_CMP_*)."""

    EQ = 0
    NEQ = 1
    LT = 2
    LTE = 3
    GT = 4
    GTE = 5


def expression(name: str, *parts: bytes) -> bytes:
    """Any expression: its name and its attributes."""
    return list_element(text(1, name), nested(2, *parts))


def register(index: int) -> int:
    """The kernel's number of the 32-bit register ``index`` (0 to 15)."""
    return _REG32_00 + index


# ---------------------------------------------------------------- loading


def payload(base: Base, offset: int, length: int, *, to: int = 0) -> bytes:
    """Bytes of the packet into a register."""
    return expression(
        "payload", number(1, register(to)), number(2, base), number(3, offset), number(4, length)
    )


def ipv4_source(*, to: int = 0) -> bytes:
    """Source address of an IPv4 packet: one register."""
    return payload(Base.NETWORK, 12, 4, to=to)


def ipv4_destination(*, to: int = 0) -> bytes:
    """Destination address of an IPv4 packet: one register."""
    return payload(Base.NETWORK, 16, 4, to=to)


def ipv6_source(*, to: int = 0) -> bytes:
    """Source address of an IPv6 packet: four registers."""
    return payload(Base.NETWORK, 8, 16, to=to)


def ipv6_destination(*, to: int = 0) -> bytes:
    """Destination address of an IPv6 packet: four registers."""
    return payload(Base.NETWORK, 24, 16, to=to)


def icmp_type(*, to: int = 0) -> bytes:
    """First byte after the IP headers; only to be asked for when the protocol was compared before."""
    return payload(Base.TRANSPORT, 0, 1, to=to)


def destination_port(*, to: int = 0) -> bytes:
    """Destination port of TCP, UDP and SCTP."""
    return payload(Base.TRANSPORT, 2, 2, to=to)


def meta(key: Meta, *, to: int = 0) -> bytes:
    """Something about the packet into a register: names take four, the rest one; numbers are native."""
    return expression("meta", number(2, key), number(1, register(to)))


def set_meta(key: Meta, *, source: int = 0) -> bytes:
    """Set the packet's mark (or another settable value) from a register."""
    return expression("meta", number(2, key), number(3, register(source)))


def ct(key: Ct, *, original: bool | None = None, to: int = 0) -> bytes:
    """Something about the connection into a register.

    ``original``: of the direction of the first packet; None for keys without a direction.
    """
    parts = [number(2, key), number(1, register(to))]
    if original is not None:
        parts.append(attribute(3, bytes([0 if original else 1])))
    return expression("ct", *parts)


def constant(value: bytes, *, to: int = 0) -> bytes:
    """A constant into a register."""
    return expression("immediate", number(1, register(to)), data_value(2, value))


def masked(mask: bytes, *, at: int = 0) -> bytes:
    """Keep the bits of ``mask`` of what is in a register."""
    return expression(
        "bitwise",
        number(1, register(at)),
        number(2, register(at)),
        number(3, len(mask)),
        data_value(4, mask),
        data_value(5, bytes(len(mask))),
    )


# ---------------------------------------------------------------- deciding


def compare(value: bytes, op: Op = Op.EQ, *, at: int = 0) -> bytes:
    """The rule ends here unless the register compares like this."""
    return expression("cmp", number(1, register(at)), number(2, op), data_value(3, value))


def lookup(name: str, *, at: int = 0, to: int | None = None, inverted: bool = False) -> bytes:
    """The rule ends here unless the register's content is in the set; ``to``: what a map maps it to."""
    parts = [text(1, name), number(2, register(at))]
    if to is not None:
        parts.append(number(3, register(to)))
    if inverted:
        parts.append(number(5, 1))
    return expression("lookup", *parts)


# ---------------------------------------------------------------- acting


def counter() -> bytes:
    """Count packets and bytes that come this far."""
    return expression("counter")


def masquerade() -> bytes:
    """Source NAT to the address of the outgoing interface (chains of kind ``nat``, postrouting)."""
    return expression("masq")


def source_nat(family: int, *, address: int = 0) -> bytes:
    """Source NAT to the address in a register (load it with :func:`constant`)."""
    return expression("nat", number(1, 0), number(2, family), number(3, register(address)))


def accept() -> bytes:
    """Let the packet pass this hook's chain."""
    return _verdict(number(1, _ACCEPT))


def drop() -> bytes:
    """Drop the packet."""
    return _verdict(number(1, _DROP))


def leave() -> bytes:
    """Go back to the calling chain (``return``)."""
    return _verdict(number(1, _RETURN))


def goto(chain: str) -> bytes:
    """Carry on in another chain and do not come back."""
    return _verdict(number(1, _GOTO), text(2, chain))


def _verdict(*parts: bytes) -> bytes:
    return expression("immediate", number(1, _VERDICT_REGISTER), nested(2, nested(2, *parts)))
