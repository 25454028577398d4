"""Socket filters: packets of virtual routers that are not ours never wake the process.

Classic BPF (``linux/filter.h``), attached with SO_ATTACH_FILTER.  The filter looks only at the VRID: a
packet of one of our VRIDs that is wrong in another way has to reach the receive ladder, which counts it.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SO_ATTACH_FILTER = 26

LD_IMM, LD_B_ABS, LD_B_IND, LD_MEM, LDX_B_MSH = 0x00, 0x30, 0x50, 0x60, 0xB1
ST, TAX, RET_K = 0x02, 0x07, 0x06
ALU_AND_K, ALU_RSH_K, ALU_RSH_X = 0x54, 0x74, 0x7C
JA, JEQ_K, JSET_K = 0x05, 0x15, 0x45

ACCEPT_WHOLE = 0xFFFFFFFF
_VRID_OFFSET = 1
_WORD_BITS = 32


@dataclass(frozen=True, slots=True)
class Instruction:
    """One ``struct sock_filter``."""

    code: int
    if_true: int = 0
    if_false: int = 0
    value: int = 0

    def packed(self) -> bytes:
        """As the kernel reads it."""
        return struct.pack("=HBBI", self.code, self.if_true, self.if_false, self.value)


def vrid_filter(vrids: Iterable[int], *, with_ip_header: bool, skip_bytes: int = 0) -> list[Instruction]:
    """A program that lets through what belongs to ``vrids``.

    A raw IPv4 socket sees the packet from its IP header on (``with_ip_header``), a raw IPv6 socket from
    the VRRP header on.  ``skip_bytes`` stand before the VRRP header: an authentication header.  The set is
    a bitmap of 32-bit words, so that 255 VRIDs cost a packet no more than one: about 30 instructions.
    """
    words: dict[int, int] = {}
    for vrid in vrids:
        words[vrid // _WORD_BITS] = words.get(vrid // _WORD_BITS, 0) | 1 << vrid % _WORD_BITS
    if with_ip_header:
        load = [Instruction(LDX_B_MSH), Instruction(LD_B_IND, value=skip_bytes + _VRID_OFFSET)]
    else:
        load = [Instruction(LD_B_ABS, value=skip_bytes + _VRID_OFFSET)]
    program = [
        *load,
        Instruction(ST),
        Instruction(ALU_AND_K, value=_WORD_BITS - 1),
        Instruction(TAX),
        Instruction(LD_MEM),
        Instruction(ALU_RSH_K, value=5),
    ]
    remaining = len(words)
    for number, bits in sorted(words.items()):
        remaining -= 1
        program += [
            Instruction(JEQ_K, if_false=2, value=number),
            Instruction(LD_IMM, value=bits),
            # Over the words that follow, and over their common "none of them" return.
            Instruction(JA, value=3 * remaining + 1),
        ]
    return [
        *program,
        Instruction(RET_K),
        Instruction(ALU_RSH_X),
        Instruction(JSET_K, if_false=1, value=1),
        Instruction(RET_K, value=ACCEPT_WHOLE),
        Instruction(RET_K),
    ]


def attach(raw: socket.socket, program: Sequence[Instruction]) -> None:
    """Filter what ``raw`` receives from now on; replaces an earlier program."""
    code = ctypes.create_string_buffer(b"".join(step.packed() for step in program))
    # struct sock_fprog: count, padding, pointer.  The kernel copies the program during the call.
    raw.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(code))
    )
