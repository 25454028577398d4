"""Unsolicited neighbour advertisements (RFC 4861 sections 4.4 and 7.2.6).

Sent to all nodes with hop limit 255, Override set and Solicited clear; the Router flag follows whether the
interface forwards.  The source is the announced address itself, as keepalived has it.
"""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

from pykeepalived.wire.checksum import checksum, pseudo_header_sum
from pykeepalived.wire.ip import PROTOCOL_ICMPV6

ALL_NODES = IPv6Address("ff02::1")
ALL_NODES_MAC = bytes.fromhex("333300000001")
ETHERTYPE_IPV6 = 0x86DD
_TYPE_NEIGHBOUR_ADVERTISEMENT = 136
_OPTION_TARGET_LINK_LAYER_ADDRESS = 2
_FLAG_ROUTER = 0x80
_FLAG_OVERRIDE = 0x20
_HOP_LIMIT = 255
_MESSAGE = struct.Struct("!BBHB3x16sBB6s")
_IPV6 = struct.Struct("!IHBB16s16s")


def unsolicited_na(address: IPv6Address, mac: bytes, *, router: bool = False) -> bytes:
    """The ICMPv6 message that tells all nodes: ``address`` is at ``mac`` (6 bytes)."""
    flags = _FLAG_OVERRIDE | (_FLAG_ROUTER if router else 0)
    option = (_OPTION_TARGET_LINK_LAYER_ADDRESS, 1, mac)
    blank = _MESSAGE.pack(_TYPE_NEIGHBOUR_ADVERTISEMENT, 0, 0, flags, address.packed, *option)
    pseudo = pseudo_header_sum(address.packed, ALL_NODES.packed, PROTOCOL_ICMPV6, len(blank))
    return blank[:2] + checksum(blank, pseudo).to_bytes(2, "big") + blank[4:]


def unsolicited_na_frame(address: IPv6Address, mac: bytes, *, router: bool = False) -> bytes:
    """The whole Ethernet frame around :func:`unsolicited_na`, for a packet socket."""
    message = unsolicited_na(address, mac, router=router)
    header = _IPV6.pack(6 << 28, len(message), PROTOCOL_ICMPV6, _HOP_LIMIT, address.packed, ALL_NODES.packed)
    return b"".join((ALL_NODES_MAC, mac, ETHERTYPE_IPV6.to_bytes(2, "big"), header, message))
