"""The nft tables around IPVS: marks for groups of addresses before it, source NAT behind it.  Encoding."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator

from pykeepalived.kernel import nft_expressions as nft
from pykeepalived.kernel.nft_messages import (
    INET_PROTOCOL,
    INET_SERVICE,
    IPV4_ADDRESS,
    IPV6_ADDRESS,
    MARK,
    BaseChain,
    Family,
    Hook,
    KeyType,
    Table,
    add_chain,
    add_elements,
    add_rule,
    add_table,
    concatenated,
)
from pykeepalived.kernel.nft_ranges import Range, add_mark_set, add_range_set, add_ranges, source_nat_range
from pykeepalived.lvs.service import IPAddress, Protocol
from pykeepalived.plan.group_marks import GroupMarks, MarkedRange
from pykeepalived.plan.source_nat import NattedService, SourceNat, SourcePool

SOURCE_NAT_PRIORITY = 100
"""NF_IP_PRI_NAT_SRC."""

_TCP_FLAGS, _SYN = 13, 0x02
_STATE_INVALID, _STATE_NEW = 0x1, 0x8
"""NF_CT_STATE_INVALID_BIT, NF_CT_STATE_BIT(IP_CT_NEW); mid-stream packets of unknown connections are new."""

_ADDRESS = {Family.IPV4: IPV4_ADDRESS, Family.IPV6: IPV6_ADDRESS}
_VERSION = {4: Family.IPV4, 6: Family.IPV6}


def _port(number: int) -> bytes:
    return struct.pack(">H", number)


def _native(number: int) -> bytes:
    return number.to_bytes(4, sys.byteorder)


# ---------------------------------------------------------------- marks


def mark_tables(marks: GroupMarks) -> list[tuple[Table, list[bytes]]]:
    """The tables that mark packets to the addresses of groups, with the messages that make each."""
    tables = []
    for family in (Family.IPV4, Family.IPV6):
        mine = [one for one in marks.ranges if _VERSION[one.first.version] is family]
        if mine:
            table = Table(family, marks.name)
            tables.append((table, [*_mark_messages(table, marks, mine)]))
    return tables


def _mark_messages(table: Table, marks: GroupMarks, ranges: list[MarkedRange]) -> Iterator[bytes]:
    address = _ADDRESS[table.family]
    port_register = address.length // 4
    yield add_table(table, owned=True)
    yield add_chain(table, "in", BaseChain(Hook.INPUT, marks.priority))
    for protocol in Protocol:
        mine = [one for one in ranges if one.protocol is protocol]
        if not mine:
            continue
        name = f"{protocol.name.lower()}_map"
        yield add_range_set(table, name, address, INET_SERVICE, maps_to=MARK, counted=marks.counters)
        yield from add_ranges(table, name, [(_span(one), _native(one.mark)) for one in mine])
        destination = nft.ipv4_destination if table.family is Family.IPV4 else nft.ipv6_destination
        yield add_rule(
            table,
            "in",
            nft.meta(nft.Meta.L4PROTO),
            nft.compare(bytes([protocol])),
            destination(),
            nft.destination_port(to=port_register),
            nft.lookup(name, to=0),
            nft.set_meta(nft.Meta.MARK),
            nft.counter(),
            nft.leave(),
        )


def _span(one: MarkedRange) -> Range:
    return (
        concatenated(one.first.packed, _port(one.first_port)),
        concatenated(one.last.packed, _port(one.last_port)),
    )


# ---------------------------------------------------------------- source NAT


def source_nat_tables(plan: SourceNat) -> list[tuple[Table, list[bytes]]]:
    """The tables that give balanced connections another source address."""
    tables = []
    for family in (Family.IPV4, Family.IPV6):
        pools = [pool for pool in plan.pools if pool.family == family]
        if pools:
            table = Table(family, plan.name)
            tables.append((table, [*_nat_messages(table, pools)]))
    return tables


def _nat_messages(table: Table, pools: list[SourcePool]) -> Iterator[bytes]:
    yield add_table(table, owned=True)
    yield add_chain(table, "post", BaseChain(Hook.POSTROUTING, SOURCE_NAT_PRIORITY, "nat"))
    named = [(pool.first, pool.last) for pool in pools if pool.first is not None and pool.last is not None]
    if named:
        yield add_chain(table, "in", BaseChain(Hook.INPUT, 0))
        for first, last in dict.fromkeys(named):
            yield _orphans(table, first, last)
    for number, pool in enumerate(pools):
        services = [one for one in pool.services if one.address is not None]
        marks = [one.mark for one in pool.services if one.address is None]
        translate = _translation(table.family, pool.first, pool.last)
        if services:
            yield from _by_original_tuple(table, f"services{number}", services, translate)
        if marks:
            yield add_mark_set(table, f"marks{number}")
            yield from add_elements(table, f"marks{number}", [_native(mark) for mark in marks])
            yield add_rule(
                table,
                "post",
                nft.meta(nft.Meta.MARK),
                nft.lookup(f"marks{number}"),
                *_of_original_direction(),
                nft.counter(),
                *translate,
            )


def _orphans(table: Table, first: IPAddress, last: IPAddress) -> bytes:
    """Drop what servers go on sending to a source address that has just moved here.

    Connection tracking knows these connections only when the client has sent again.  Until then the packet
    would be delivered here, where no socket is, and the reset that answers it would end the connection.
    """
    destination = nft.ipv4_destination if table.family is Family.IPV4 else nft.ipv6_destination
    return add_rule(
        table,
        "in",
        destination(),
        nft.compare(first.packed, nft.Op.GTE),
        nft.compare(last.packed, nft.Op.LTE),
        nft.meta(nft.Meta.L4PROTO),
        nft.compare(bytes([Protocol.TCP])),
        nft.payload(nft.Base.TRANSPORT, _TCP_FLAGS, 1),
        nft.masked(bytes([_SYN])),
        nft.compare(b"\0"),
        nft.ct(nft.Ct.STATE),
        nft.masked(_native(_STATE_INVALID | _STATE_NEW)),
        nft.compare(_native(0), nft.Op.NEQ),
        nft.counter(),
        nft.drop(),
    )


def _by_original_tuple(
    table: Table, name: str, services: list[NattedService], translate: list[bytes]
) -> Iterator[bytes]:
    address: KeyType = _ADDRESS[table.family]
    after = address.length // 4
    yield add_range_set(table, name, address, INET_PROTOCOL, INET_SERVICE)
    yield from add_ranges(table, name, [(_tuple_range(one), None) for one in services])
    key = nft.Ct.DST_IP if table.family is Family.IPV4 else nft.Ct.DST_IP6
    yield add_rule(
        table,
        "post",
        *_of_original_direction(),
        nft.ct(key, original=True),
        nft.meta(nft.Meta.L4PROTO, to=after),
        nft.ct(nft.Ct.PROTO_DST, original=True, to=after + 1),
        nft.lookup(name),
        nft.counter(),
        *translate,
    )


def _of_original_direction() -> list[bytes]:
    return [nft.ct(nft.Ct.DIRECTION), nft.compare(b"\0")]


def _tuple_range(one: NattedService) -> Range:
    assert one.address is not None
    assert one.protocol is not None
    protocol = bytes([one.protocol])
    return (
        concatenated(one.address.packed, protocol, _port(one.first_port)),
        concatenated(one.address.packed, protocol, _port(one.last_port)),
    )


def _translation(family: Family, first: IPAddress | None, last: IPAddress | None) -> list[bytes]:
    if first is None or last is None:
        return [nft.masquerade()]
    words = _ADDRESS[family].length // 4
    return [
        nft.constant(first.packed),
        nft.constant(last.packed, to=words),
        source_nat_range(family, 0, words),
    ]
