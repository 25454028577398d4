"""The nftables table of the virtual routers, as messages.

One table for each family that needs it.  ``vips`` and, for IPv6, ``vips_link_local`` hold the addresses of
Masters that must not accept packets (RFC 9568 Accept_Mode false; names and rules are keepalived's: dropped on
the way in and out, but never neighbour discovery).  ``standby`` holds the macvlans of routers that are not
Master: what is sent to the virtual MAC address is dropped (RFC 9568 section 6.4.2), and no group membership
report leaves with that MAC address, or switches would send the Master's traffic here.
"""

from __future__ import annotations

import sys
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.kernel import nft_expressions as expr
from pykeepalived.kernel import nft_messages as nft
from pykeepalived.kernel.nft_messages import BaseChain, Family, Hook, KeyType, Table

VIPS = "vips"
LINK_LOCAL = "vips_link_local"
STANDBY = "standby"

_RAW_PRIORITY = -300
_IGMP, _ICMPV6 = b"\x02", b"\x3a"
_PACKET_HOST = b"\0"
_NEIGHBOUR_SOLICITATION, _NEIGHBOUR_ADVERTISEMENT = 135, 136
_MEMBERSHIP = (131, 132, 143)  # MLD report and done, MLDv2 report
_LINK_LOCAL_MASK = b"\xff\xc0" + bytes(14)
_LINK_LOCAL_PREFIX = b"\xfe\x80" + bytes(14)
_DISCOVERY_SET, _MEMBERSHIP_SET = "neighbor-discovery", "mld-report"


def table_of(family: int, name: str) -> Table:
    """``family`` is 4 or 6."""
    return Table(Family.IPV4 if family == 4 else Family.IPV6, name)


def link_local_type(*, by_index: bool) -> KeyType:
    """What tells link-local addresses apart: the address and its interface."""
    return nft.IPV6_ADDRESS + (nft.INTERFACE_INDEX if by_index else nft.INTERFACE_NAME)


def layout(table: Table, *, priority: int, by_index: bool, counters: bool, owned: bool) -> list[bytes]:
    """The whole table with its sets still empty."""
    count = [expr.counter()] if counters else []
    drop = [*count, expr.drop()]
    messages = [
        nft.add_table(table, owned=owned),
        nft.add_chain(table, "before", BaseChain(Hook.PREROUTING, _RAW_PRIORITY)),
        nft.add_chain(table, "in", BaseChain(Hook.INPUT, priority)),
        nft.add_chain(table, "out", BaseChain(Hook.OUTPUT, priority)),
        nft.add_set(table, STANDBY, nft.INTERFACE_NAME),
        nft.add_rule(
            table,
            "before",
            expr.meta(expr.Meta.IIFNAME),
            expr.lookup(STANDBY),
            expr.meta(expr.Meta.PKTTYPE),
            expr.compare(_PACKET_HOST),
            *drop,
        ),
    ]
    if table.family is Family.IPV4:
        return messages + _ipv4(table, drop)
    return messages + _ipv6(table, drop, by_index=by_index)


def _ipv4(table: Table, drop: list[bytes]) -> list[bytes]:
    standby = [expr.meta(expr.Meta.OIFNAME), expr.lookup(STANDBY)]
    return [
        nft.add_set(table, VIPS, nft.IPV4_ADDRESS),
        nft.add_rule(table, "in", expr.ipv4_destination(), expr.lookup(VIPS), *drop),
        nft.add_rule(table, "out", expr.ipv4_source(), expr.lookup(VIPS), *drop),
        nft.add_rule(table, "out", expr.meta(expr.Meta.L4PROTO), expr.compare(_IGMP), *standby, *drop),
    ]


def _ipv6(table: Table, drop: list[bytes], *, by_index: bool) -> list[bytes]:
    standby = [expr.meta(expr.Meta.OIFNAME), expr.lookup(STANDBY)]
    icmpv6 = [expr.meta(expr.Meta.L4PROTO), expr.compare(_ICMPV6), expr.icmp_type()]
    coming, going = (expr.Meta.IIF, expr.Meta.OIF) if by_index else (expr.Meta.IIFNAME, expr.Meta.OIFNAME)
    near = [expr.masked(_LINK_LOCAL_MASK), expr.compare(_LINK_LOCAL_PREFIX)]
    discovery = [bytes([kind]) for kind in (_NEIGHBOUR_SOLICITATION, _NEIGHBOUR_ADVERTISEMENT)]
    messages = [
        nft.add_set(table, VIPS, nft.IPV6_ADDRESS),
        nft.add_set(table, LINK_LOCAL, link_local_type(by_index=by_index)),
        nft.add_set(table, _DISCOVERY_SET, nft.ICMPV6_TYPE),
        *nft.add_elements(table, _DISCOVERY_SET, discovery),
        nft.add_set(table, _MEMBERSHIP_SET, nft.ICMPV6_TYPE),
        *nft.add_elements(table, _MEMBERSHIP_SET, [bytes([kind]) for kind in _MEMBERSHIP]),
        nft.add_rule(table, "out", *icmpv6, expr.lookup(_MEMBERSHIP_SET), *standby, *drop),
    ]
    for chain, address, interface in (
        ("in", expr.ipv6_destination, coming),
        ("out", expr.ipv6_source, going),
    ):
        messages += [
            nft.add_rule(table, chain, *icmpv6, expr.lookup(_DISCOVERY_SET), expr.accept()),
            nft.add_rule(
                table,
                chain,
                address(),
                *near,
                address(),
                expr.meta(interface, to=4),
                expr.lookup(LINK_LOCAL),
                *drop,
            ),
            nft.add_rule(table, chain, address(), expr.lookup(VIPS), *drop),
        ]
    return messages


def address_key(
    address: IPv4Address | IPv6Address, interface: str, index: int, *, by_index: bool
) -> tuple[str, bytes]:
    """The set that an address belongs into, and its key there."""
    if isinstance(address, IPv4Address) or not address.is_link_local:
        return VIPS, address.packed
    where = index.to_bytes(4, sys.byteorder) if by_index else nft.interface_name(interface)
    return LINK_LOCAL, nft.concatenated(address.packed, where)


def standby_key(interface: str) -> tuple[str, bytes]:
    """The set of macvlans on standby, and the key of one."""
    return STANDBY, nft.interface_name(interface)
