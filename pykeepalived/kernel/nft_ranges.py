"""nf_tables sets of ranges: addresses and ports from … to, several of them in one key.

Needs Linux 5.6 (NFT_SET_CONCAT).  Facts: ``linux/netfilter/nf_tables.h``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from pykeepalived.kernel.netlink import NLM_F_CREATE, attribute
from pykeepalived.kernel.nft_messages import (
    ELEMENTS_PER_MESSAGE,
    MARK,
    NEWSET,
    NEWSETELEM,
    KeyType,
    Table,
    data_value,
    list_element,
    nested,
    number,
    request,
    text,
)

_INTERVAL, _MAP, _CONCAT = 0x4, 0x8, 0x80
_PERSISTENT = 0x8
"""NF_NAT_RANGE_PERSISTENT: a client keeps its address of the range."""

_HOST_ORDER_KEY = bytes([0, 4]) + struct.pack("=I", 1)
_HOST_ORDER_DATA = bytes([1, 4]) + struct.pack("=I", 1)
"""What ``nft list`` wants to know of a mark: it is a number of this machine, not of the network."""

Range = tuple[bytes, bytes]
"""Both ends of a key, ends included, each made by ``nft_messages.concatenated``."""


def add_range_set(
    table: Table, name: str, *fields: KeyType, maps_to: KeyType | None = None, counted: bool = False
) -> bytes:
    """Make a set of ranges over ``fields``, or a map when ``maps_to`` is given.

    ``counted``: each element counts its packets.
    """
    whole = sum(fields[1:], start=fields[0])
    flags = _INTERVAL | _CONCAT | (_MAP if maps_to is not None else 0)
    lengths = [list_element(number(1, one.length)) for one in fields]
    parts = [
        text(1, table.name),
        text(2, name),
        number(3, flags),
        number(4, whole.number),
        number(5, sum((one.length + 3) & ~3 for one in fields)),
        nested(9, nested(2, *lengths)),
        number(10, 1),
    ]
    if maps_to is not None:
        parts += [number(6, maps_to.number), number(7, maps_to.length)]
        parts.append(attribute(13, _HOST_ORDER_DATA))
    if counted:
        parts.append(nested(17, text(1, "counter"), nested(2)))
    return request(NEWSET, table.family, NLM_F_CREATE, *parts)


def add_mark_set(table: Table, name: str) -> bytes:
    """Make a set of firewall marks."""
    return request(
        NEWSET,
        table.family,
        NLM_F_CREATE,
        text(1, table.name),
        text(2, name),
        number(4, MARK.number),
        number(5, MARK.length),
        attribute(13, _HOST_ORDER_KEY),
        number(10, 1),
    )


def add_ranges(table: Table, name: str, elements: Iterable[tuple[Range, bytes | None]]) -> Iterator[bytes]:
    """Put ranges, each with its data when the set is a map, into a set."""
    encoded = []
    for (first, last), data in elements:
        parts = [data_value(1, first)]
        if data is not None:
            parts.append(data_value(2, data))
        encoded.append(list_element(*parts, data_value(10, last)))
    # A range takes up to 120 bytes here, more than twice a plain element.
    for start in range(0, len(encoded), ELEMENTS_PER_MESSAGE // 2):
        some = encoded[start : start + ELEMENTS_PER_MESSAGE // 2]
        yield request(
            NEWSETELEM,
            table.family,
            NLM_F_CREATE,
            text(1, table.name),
            text(2, name),
            nested(3, *some),
        )


def source_nat_range(family: int, first: int, last: int) -> bytes:
    """Source NAT to one of the addresses between those in two registers (numbers of registers 0 to 15)."""
    base = 8  # NFT_REG32_00
    return list_element(
        text(1, "nat"),
        nested(
            2,
            number(1, 0),
            number(2, family),
            number(3, base + first),
            number(4, base + last),
            number(7, _PERSISTENT),
        ),
    )
