"""Asking whether somebody else has an address, and reading what others say they have.

IPv4: an ARP probe, sender address zero (RFC 5227 section 2.1.1); whoever has the address answers, and nobody
learns anything from the question.  IPv6: the neighbour solicitation of duplicate address detection (RFC 4862
section 5.4.2), answered to all nodes.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.wire.arp import ETHERNET_BROADCAST, ETHERTYPE_ARP
from pykeepalived.wire.checksum import checksum, pseudo_header_sum
from pykeepalived.wire.ip import PROTOCOL_ICMPV6
from pykeepalived.wire.ndisc import ETHERTYPE_IPV6

_ARP = struct.Struct("!HHBBH6s4s6s4s")
_ETHERNET = struct.Struct("!6s6sH")
_IPV6 = struct.Struct("!IHBB16s16s")
_SOLICITATION = struct.Struct("!BBH4x16s")
_ARP_ETHERNET_IPV4 = (1, 0x0800, 6, 4)
_REQUEST = 1
_NEIGHBOUR_SOLICITATION, _NEIGHBOUR_ADVERTISEMENT = 135, 136
_OPTION_TARGET_LINK_LAYER_ADDRESS = 2
_HOP_LIMIT = 255
_SOLICITED_NODE = bytes.fromhex("ff0200000000000000000001ff000000")


def arp_probe(address: IPv4Address, mac: bytes) -> bytes:
    """The whole frame that asks who has ``address``; ``mac`` (6 bytes) is ours."""
    arp = _ARP.pack(*_ARP_ETHERNET_IPV4, _REQUEST, mac, bytes(4), bytes(6), address.packed)
    return _ETHERNET.pack(ETHERNET_BROADCAST, mac, ETHERTYPE_ARP) + arp


def neighbour_probe(address: IPv6Address, mac: bytes) -> bytes:
    """The whole frame that asks who has ``address``; ``mac`` (6 bytes) is ours."""
    group = _SOLICITED_NODE[:13] + address.packed[13:]
    blank = _SOLICITATION.pack(_NEIGHBOUR_SOLICITATION, 0, 0, address.packed)
    pseudo = pseudo_header_sum(bytes(16), group, PROTOCOL_ICMPV6, len(blank))
    message = blank[:2] + checksum(blank, pseudo).to_bytes(2, "big") + blank[4:]
    header = _IPV6.pack(6 << 28, len(message), PROTOCOL_ICMPV6, _HOP_LIMIT, bytes(16), group)
    return _ETHERNET.pack(b"\x33\x33" + group[12:], mac, ETHERTYPE_IPV6) + header + message


def arp_claim(frame: bytes) -> tuple[IPv4Address, bytes] | None:
    """The address that the sender of an Ethernet frame with ARP has, and its MAC address.

    None for a frame that claims nothing.
    """
    if len(frame) < _ETHERNET.size + _ARP.size:
        return None
    *kinds, _, mac, address, _, _ = _ARP.unpack_from(frame, _ETHERNET.size)
    if tuple(kinds) != _ARP_ETHERNET_IPV4 or address == bytes(4):
        return None
    return IPv4Address(address), mac


def advertisement_claim(message: bytes) -> tuple[IPv6Address, bytes] | None:
    """The target of an ICMPv6 neighbour advertisement and the MAC address that it is at (empty: not said)."""
    if len(message) < 24 or message[0] != _NEIGHBOUR_ADVERTISEMENT:
        return None
    target = IPv6Address(message[8:24])
    at = 24
    while at + 8 <= len(message) and message[at + 1]:
        if message[at] == _OPTION_TARGET_LINK_LAYER_ADDRESS:
            return target, message[at + 2 : at + 8]
        at += 8 * message[at + 1]
    return target, b""
