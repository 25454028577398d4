"""Socket filter for BFD: a packet that names none of our sessions never wakes the process.

It lets through what carries one of our discriminators, and what carries none but comes from a neighbour.
Of packets that came from too far away (RFC 5082) it lets one in sixteen through: enough for the receive
ladder to say so, too few to crowd out the neighbour's.  Everything else about a packet is left to the ladder,
which counts it by reason.  What the filter drops the kernel counts per socket.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable

from pykeepalived.netio.bpf import ACCEPT_WHOLE, JA, JEQ_K, JSET_K, LD_B_ABS, RET_K, Instruction

LD_W_ABS, JGE_K = 0x20, 0x35
_NETWORK_HEADER = 0xFFF00000
"""SKF_NET_OFF of linux/filter.h: offsets count from the IP header."""
_YOUR_DISCRIMINATOR = 8 + 8
"""The filter of a UDP socket sees the packet from its UDP header on."""
_SOURCE_WORD = {socket.AF_INET: _NETWORK_HEADER + 12, socket.AF_INET6: _NETWORK_HEADER + 8 + 12}
"""The source address, of IPv6 its last four bytes: enough to keep strangers out."""
_HOP_LIMIT_BYTE = {socket.AF_INET: _NETWORK_HEADER + 8, socket.AF_INET6: _NETWORK_HEADER + 7}
RANDOM = 0xFFFFF000 + 56
"""SKF_AD_OFF + SKF_AD_RANDOM: loads a random number."""
_ONE_IN_16 = 0xF
_MAX_INSTRUCTIONS = 4096


def session_filter(
    family: socket.AddressFamily,
    discriminators: Iterable[int],
    neighbors: Iterable[bytes],
    lowest_hop_limit: int = 0,
) -> list[Instruction]:
    """The program for these discriminators and packed neighbour addresses.

    ``lowest_hop_limit`` is the least that any session accepts.  With more sessions than a program can hold
    everything is let through.
    """
    known = _any_of(sorted(set(discriminators)))
    addresses = _any_of(sorted({int.from_bytes(packed[-4:], "big") for packed in neighbors}))
    program = [
        Instruction(LD_B_ABS, value=_HOP_LIMIT_BYTE[family]),
        Instruction(JGE_K, if_true=3, value=lowest_hop_limit),
        Instruction(LD_W_ABS, value=RANDOM),
        Instruction(JSET_K, if_false=1, value=_ONE_IN_16),
        Instruction(RET_K),
        Instruction(LD_W_ABS, value=_YOUR_DISCRIMINATOR),
        Instruction(JEQ_K, if_false=1, value=0),
        Instruction(JA, value=len(known)),
        *known,
        Instruction(LD_W_ABS, value=_SOURCE_WORD[family]),
        *addresses,
    ]
    if len(program) > _MAX_INSTRUCTIONS:
        return [Instruction(RET_K, value=ACCEPT_WHOLE)]
    return program


def _any_of(values: Iterable[int]) -> list[Instruction]:
    program: list[Instruction] = []
    for value in values:
        program += [Instruction(JEQ_K, if_false=1, value=value), Instruction(RET_K, value=ACCEPT_WHOLE)]
    return [*program, Instruction(RET_K)]
