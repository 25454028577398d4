"""nf_tables in bytes: tables, chains, sets, elements and rules as netlink messages, encoded ahead.

A message is plain ``bytes``; :mod:`pykeepalived.kernel.nftables` sends any number of them as one atomic
batch.  What a rule consists of is in :mod:`pykeepalived.kernel.nft_expressions`.  Facts:
``linux/netfilter/nf_tables.h``, ``linux/netfilter/nfnetlink.h``; numbers in attributes are big-endian.

::

    table = Table(Family.IPV4, "keepalived")
    batch = [
        add_table(table, owned=True),
        add_chain(table, "in", BaseChain(Hook.INPUT, priority=-1)),
        add_set(table, "vips", IPV4_ADDRESS),
        add_rule(table, "in", ipv4_destination(), lookup("vips"), drop()),
        *add_elements(table, "vips", [address.packed]),
    ]
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pykeepalived.kernel.netlink import NLM_F_CREATE, NLM_F_EXCL, attribute, message

SUBSYSTEM = 10
"""NFNL_SUBSYS_NFTABLES: the upper byte of every message type."""

NLM_F_APPEND = 0x800
NLA_F_NESTED = 0x8000

NEWTABLE, GETTABLE, DELTABLE = 0, 1, 2
NEWCHAIN, GETCHAIN, DELCHAIN = 3, 4, 5
NEWRULE, GETRULE, DELRULE = 6, 7, 8
NEWSET, GETSET, DELSET = 9, 10, 11
NEWSETELEM, GETSETELEM, DELSETELEM = 12, 13, 14

TABLE_DORMANT, TABLE_OWNER = 0x1, 0x2

ELEMENTS_PER_MESSAGE = 500
"""An attribute holds 65,535 bytes; an element of the longest kind (address and interface) takes 52."""

_GENERIC = struct.Struct(">BBH")  # struct nfgenmsg: family, version, resource
_U32 = struct.Struct(">I")
_I32 = struct.Struct(">i")
_LIST_ELEMENT = 1
_NOTE_KEY, _NOTE_DATA = 0, 1
_NATIVE, _BIG_ENDIAN = 1, 2
_DATA_VALUE = 1


class Family(enum.IntEnum):
    """NFPROTO_* numbers."""

    UNSPECIFIED = 0
    INET = 1
    IPV4 = 2
    IPV6 = 10


class Hook(enum.IntEnum):
    """Where a base chain sits, for the families of IP (NF_INET_*)."""

    PREROUTING = 0
    INPUT = 1
    FORWARD = 2
    OUTPUT = 3
    POSTROUTING = 4


@dataclass(frozen=True, slots=True)
class Table:
    """What everything else belongs to."""

    family: Family
    name: str


@dataclass(frozen=True, slots=True)
class BaseChain:
    """A chain that packets enter by itself.  ``kind``: ``filter``, ``nat`` or ``route``; policy accept."""

    hook: Hook
    priority: int
    kind: str = "filter"


@dataclass(frozen=True, slots=True)
class KeyType:
    """What a set holds: length in bytes, nft's number for it, and whether its bytes are in the order of this
    machine (only ``nft list`` looks at these two).
    """

    number: int
    length: int
    native: bool = False

    def __add__(self, other: KeyType) -> KeyType:
        """A concatenation; each part is padded to four bytes (see :func:`concatenated`)."""
        return KeyType(self.number << 6 | other.number, _padded(self.length) + _padded(other.length))


IPV4_ADDRESS = KeyType(7, 4)
IPV6_ADDRESS = KeyType(8, 16)
INET_PROTOCOL = KeyType(12, 1)
INET_SERVICE = KeyType(13, 2)
MARK = KeyType(19, 4, native=True)
INTERFACE_INDEX = KeyType(20, 4, native=True)
ICMPV6_TYPE = KeyType(29, 1)
INTERFACE_NAME = KeyType(41, 16, native=True)


def _padded(length: int) -> int:
    return (length + 3) & ~3


def concatenated(*parts: bytes) -> bytes:
    """The key of a concatenation: each part begins at a multiple of four bytes."""
    return b"".join(part + bytes(-len(part) % 4) for part in parts)


def interface_name(name: str) -> bytes:
    """An interface name as a set or a comparison wants it: 16 bytes."""
    return name.encode().ljust(INTERFACE_NAME.length, b"\0")


# ---------------------------------------------------------------- attributes


def nested(kind: int, *parts: bytes) -> bytes:
    """An attribute that holds attributes."""
    return attribute(kind | NLA_F_NESTED, b"".join(parts))


def number(kind: int, value: int) -> bytes:
    """An unsigned 32-bit attribute."""
    return attribute(kind, _U32.pack(value))


def text(kind: int, value: str) -> bytes:
    """A NUL-terminated string."""
    return attribute(kind, value.encode() + b"\0")


def data_value(kind: int, value: bytes) -> bytes:
    """Bytes as keys, constants and masks are given (NFTA_DATA_VALUE)."""
    return nested(kind, attribute(_DATA_VALUE, value))


def list_element(*parts: bytes) -> bytes:
    """One entry of a list (NFTA_LIST_ELEM)."""
    return nested(_LIST_ELEMENT, *parts)


def request(kind: int, family: Family, flags: int, *parts: bytes) -> bytes:
    """One nf_tables message."""
    payload = _GENERIC.pack(family, 0, 0) + b"".join(parts)
    return message(SUBSYSTEM << 8 | kind, flags, payload)


# ---------------------------------------------------------------- tables, chains


def add_table(table: Table, *, owned: bool = False) -> bytes:
    """Make the table; one that exists is not an error unless ``owned``.

    ``owned`` (Linux 5.12 and later): the table goes when the socket that made it closes, whatever way its
    process ends, and nobody else can change it, ``nft flush ruleset`` included.
    """
    flags = NLM_F_CREATE | (NLM_F_EXCL if owned else 0)
    return request(NEWTABLE, table.family, flags, text(1, table.name), number(2, TABLE_OWNER if owned else 0))


def delete_table(table: Table) -> bytes:
    """Remove the table and everything in it; ENOENT when there is none."""
    return request(DELTABLE, table.family, 0, text(1, table.name))


def add_chain(table: Table, name: str, base: BaseChain | None = None) -> bytes:
    """Make a chain: one that is jumped to, or a base chain."""
    parts = [text(1, table.name), text(3, name)]
    if base is not None:
        parts.append(nested(4, number(1, base.hook), attribute(2, _I32.pack(base.priority))))
        parts += [number(5, 1), text(7, base.kind)]  # policy NF_ACCEPT
    return request(NEWCHAIN, table.family, NLM_F_CREATE, *parts)


def add_rule(table: Table, chain: str, *expressions: bytes) -> bytes:
    """Append a rule."""
    return request(
        NEWRULE,
        table.family,
        NLM_F_CREATE | NLM_F_APPEND,
        text(1, table.name),
        text(2, chain),
        nested(4, *expressions),
    )


# ---------------------------------------------------------------- sets


def add_set(table: Table, name: str, key: KeyType, *, maps_to: KeyType | None = None) -> bytes:
    """Make a set, or a map when ``maps_to`` is given."""
    parts = [text(1, table.name), text(2, name), number(4, key.number), number(5, key.length)]
    notes = _byte_order(_NOTE_KEY, key)
    if maps_to is not None:
        parts += [number(3, 0x8), number(6, maps_to.number), number(7, maps_to.length)]
        notes += _byte_order(_NOTE_DATA, maps_to)
    # An id is mandatory; it matters only to who refers to the set by it, and we use names.
    return request(NEWSET, table.family, NLM_F_CREATE, *parts, number(10, 1), attribute(13, notes))


def _byte_order(note: int, kind: KeyType) -> bytes:
    """A note to ``nft`` (type, length, native number): without it, it prints native keys backwards."""
    return struct.pack("=BBI", note, 4, _NATIVE if kind.native else _BIG_ENDIAN)


def add_elements(
    table: Table, name: str, elements: Iterable[bytes] | Iterable[tuple[bytes, bytes]]
) -> list[bytes]:
    """Put keys, or (key, data) pairs of a map, into a set; one that is there is not an error."""
    return [_elements(NEWSETELEM, table, name, NLM_F_CREATE, some) for some in _portions(_encoded(elements))]


def delete_elements(table: Table, name: str, keys: Iterable[bytes]) -> list[bytes]:
    """Take keys out of a set; ENOENT when one is not there (and then the whole batch does nothing)."""
    return delete_encoded(table, name, _encoded(keys))


def encoded_key(key: bytes) -> bytes:
    """A key as :func:`add_encoded` takes it: for elements that come and go and are encoded once."""
    return list_element(data_value(1, key))


def add_encoded(table: Table, name: str, elements: Sequence[bytes]) -> list[bytes]:
    """As :func:`add_elements`."""
    return [_elements(NEWSETELEM, table, name, NLM_F_CREATE, some) for some in _portions(elements)]


def delete_encoded(table: Table, name: str, elements: Sequence[bytes]) -> list[bytes]:
    """As :func:`delete_elements`."""
    return [_elements(DELSETELEM, table, name, 0, some) for some in _portions(elements)]


def _encoded(elements: Iterable[bytes] | Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    encoded = []
    for element in elements:
        if isinstance(element, bytes):
            encoded.append(encoded_key(element))
        else:
            key, data = element
            encoded.append(list_element(data_value(1, key), data_value(2, data)))
    return encoded


def _portions(encoded: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(encoded), ELEMENTS_PER_MESSAGE):
        yield encoded[start : start + ELEMENTS_PER_MESSAGE]


def _elements(kind: int, table: Table, name: str, flags: int, encoded: Sequence[bytes]) -> bytes:
    return request(kind, table.family, flags, text(1, table.name), text(2, name), nested(3, *encoded))
