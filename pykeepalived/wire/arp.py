"""Gratuitous ARP over Ethernet (RFC 826, RFC 5227 section 3), in the form that keepalived sends.

A broadcast request whose sender and target protocol address are both the announced address; the target
hardware address is all ones, the sender's the address that hosts shall learn.
"""

from __future__ import annotations

import enum
import struct
from ipaddress import IPv4Address

ETHERNET_BROADCAST = b"\xff" * 6
ETHERTYPE_ARP = 0x0806
_HARDWARE_ETHERNET = 1
_PROTOCOL_IPV4 = 0x0800
_FRAME = struct.Struct("!6s6sHHHBBH6s4s6s4s")


class Operation(enum.IntEnum):
    """ar$op.  keepalived sends requests; some switches learn from replies only."""

    REQUEST = 1
    REPLY = 2


def gratuitous_arp(address: IPv4Address, mac: bytes, *, operation: Operation = Operation.REQUEST) -> bytes:
    """A complete Ethernet frame that tells the segment: ``address`` is at ``mac`` (6 bytes)."""
    return _FRAME.pack(
        ETHERNET_BROADCAST,
        mac,
        ETHERTYPE_ARP,
        _HARDWARE_ETHERNET,
        _PROTOCOL_IPV4,
        6,
        4,
        operation,
        mac,
        address.packed,
        ETHERNET_BROADCAST,
        address.packed,
    )
