"""A small interpreter of classic BPF (bpf(4)), to look at what socket filters decide."""

from __future__ import annotations

from collections.abc import Sequence

from pykeepalived.netio import bpf, flood_filter


def run(program: Sequence[bpf.Instruction], packet: bytes, *, network: bytes = b"", random: int = 0) -> int:
    """What the program returns for the packet; a load past the end returns 0.

    ``network`` is the IP header, ``random`` what the kernel would draw.
    """
    accumulator = index = 0
    memory = [0] * 16
    at = 0
    while True:
        step = program[at]
        at += 1
        load = _LOADS.get(step.code)
        if load is not None:
            size, indirect = load
            where = step.value + (index if indirect else 0)
            if where == flood_filter.RANDOM:
                accumulator = random
                continue
            source = packet
            if where >= flood_filter.NETWORK_HEADER:
                source, where = network, where - flood_filter.NETWORK_HEADER
            if where + size > len(source):
                return 0
            accumulator = int.from_bytes(source[where : where + size], "big")
            continue
        match step.code:
            case bpf.LDX_B_MSH:
                index = 4 * (packet[step.value] & 0xF)
            case flood_filter.LD_LEN:
                accumulator = len(packet)
            case bpf.LD_IMM:
                accumulator = step.value
            case flood_filter.LDX_IMM:
                index = step.value
            case bpf.LD_MEM:
                accumulator = memory[step.value]
            case flood_filter.LDX_MEM:
                index = memory[step.value]
            case bpf.ST:
                memory[step.value] = accumulator
            case bpf.TAX:
                index = accumulator
            case flood_filter.TXA:
                accumulator = index
            case bpf.ALU_AND_K:
                accumulator &= step.value
            case bpf.ALU_RSH_K:
                accumulator >>= step.value
            case bpf.ALU_RSH_X:
                accumulator >>= index
            case flood_filter.ALU_LSH_K:
                accumulator <<= step.value
            case flood_filter.ALU_ADD_K:
                accumulator += step.value
            case flood_filter.ALU_ADD_X:
                accumulator += index
            case flood_filter.ALU_MUL_K:
                accumulator *= step.value
            case flood_filter.ALU_MOD_K:
                accumulator %= step.value
            case bpf.JA:
                at += step.value
            case bpf.JEQ_K:
                at += step.if_true if accumulator == step.value else step.if_false
            case bpf.JSET_K:
                at += step.if_true if accumulator & step.value else step.if_false
            case flood_filter.JGT_K:
                at += step.if_true if accumulator > step.value else step.if_false
            case flood_filter.JGE_X:
                at += step.if_true if accumulator >= index else step.if_false
            case bpf.RET_K:
                return step.value
            case other:
                raise AssertionError(f"unknown instruction {other:#x}")


_LOADS = {
    bpf.LD_B_ABS: (1, False),
    bpf.LD_B_IND: (1, True),
    flood_filter.LD_H_ABS: (2, False),
    flood_filter.LD_W_ABS: (4, False),
    flood_filter.LD_W_IND: (4, True),
}
"""Bytes, and whether the index is added."""
