"""BFD control packets (RFC 5880 section 4): bytes and their meaning.

Intervals are microseconds on the wire and nanoseconds everywhere else.  States and diagnostic codes stay the
numbers they are; their names belong to :mod:`pykeepalived.bfd.states`.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from pykeepalived.base.units import NANOSECONDS_PER_MICROSECOND

VERSION = 1
LENGTH = 24
"""Bytes of a packet without authentication section."""
LENGTH_WITH_AUTHENTICATION = 26
PORT = 3784
"""UDP destination port of single-hop sessions (RFC 5881 section 4)."""
PORT_MULTIHOP = 4784
"""UDP destination port of multihop sessions (RFC 5883 section 5)."""
SOURCE_PORTS = (49152, 65535)
"""Every packet of a session comes from the same port of this range (RFC 5881 section 4)."""
HOP_LIMIT = 255
MAX_INTERVAL_NS = 0xFFFFFFFF * NANOSECONDS_PER_MICROSECOND

STATE_ADMIN_DOWN, STATE_DOWN, STATE_INIT, STATE_UP = range(4)

FLAG_POLL = 0x20
FLAG_FINAL = 0x10
FLAG_CONTROL_PLANE_INDEPENDENT = 0x08
FLAG_AUTHENTICATION = 0x04
FLAG_DEMAND = 0x02
FLAG_MULTIPOINT = 0x01

PACKET = struct.Struct("!BBBBIIIII")
"""Version and diagnostic, state and flags, multiplier, length, two discriminators, three intervals."""


class ControlPacket(NamedTuple):
    """The mandatory section; names follow RFC 5880 section 4.1."""

    state: int
    diagnostic: int
    multiplier: int
    my_discriminator: int
    your_discriminator: int
    desired_min_tx_ns: int
    required_min_rx_ns: int
    required_min_echo_rx_ns: int = 0
    poll: bool = False
    final: bool = False
    demand: bool = False


def encode(packet: ControlPacket) -> bytes:
    """The bytes of a packet without authentication; ValueError for what may not be sent."""
    state, diagnostic, multiplier, mine, yours, min_tx_ns, min_rx_ns, echo_ns, poll, final, demand = packet
    if not mine:
        raise ValueError("My Discriminator must not be 0 (RFC 5880 section 6.8.1)")
    if not multiplier:
        raise ValueError("Detect Mult must not be 0 (RFC 5880 section 6.8.1)")
    if poll and final:
        raise ValueError("Poll and Final must not be set together (RFC 5880 section 6.5)")
    if max(min_tx_ns, min_rx_ns, echo_ns) > MAX_INTERVAL_NS:
        raise ValueError(f"an interval is above {MAX_INTERVAL_NS} ns, the most that fits in a packet")
    flags = state << 6
    if poll:
        flags |= FLAG_POLL
    if final:
        flags |= FLAG_FINAL
    if demand:
        flags |= FLAG_DEMAND
    return PACKET.pack(
        VERSION << 5 | diagnostic,
        flags,
        multiplier,
        LENGTH,
        mine,
        yours,
        min_tx_ns // NANOSECONDS_PER_MICROSECOND,
        min_rx_ns // NANOSECONDS_PER_MICROSECOND,
        echo_ns // NANOSECONDS_PER_MICROSECOND,
    )
