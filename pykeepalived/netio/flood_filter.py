"""What the kernel can refuse by itself while a socket is flooded, and what of that is still shown to us.

A packet that the receive ladder refuses costs the process about 10 us and changes nothing but counters.
Under a flood a stricter program takes the place of the filter by VRID: it finds what is certainly wrong
(length, TTL, version, type, authentication, over IPv4 also the checksum) and lets through one in
:data:`SAMPLE` of it, chosen at random, each counted for all.  What it is not sure of it passes: it never
drops a packet that the ladder would accept.  A rule is made only when all virtual routers of the socket agree
about it, so that what a reason's packets count for is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from pykeepalived.netio import bpf
from pykeepalived.netio.bpf import (
    ACCEPT_WHOLE,
    JEQ_K,
    LD_B_ABS,
    LD_B_IND,
    LD_MEM,
    RET_K,
    ST,
    TAX,
    Instruction,
)
from pykeepalived.wire.vrrp import AUTHENTICATION_LENGTH, FIXED_LENGTH, HOP_LIMIT, AuthenticationType
from pykeepalived.wire.vrrp_receive import DiscardReason, ReceivePolicy

FLOOD_PER_SECOND = 2000
"""Refused packets of one socket; twenty times what a badly configured neighbour could send."""

SAMPLE = 64
"""One in so many refused packets reaches the ladder; a power of two."""

MOST_SUMMED = 20
"""Checksums of messages with more addresses are left to the ladder: the program has no loops."""

FILTERABLE = frozenset(
    {
        DiscardReason.TOO_SHORT,
        DiscardReason.HOP_LIMIT,
        DiscardReason.VERSION,
        DiscardReason.TYPE,
        DiscardReason.INCOMPLETE,
        DiscardReason.CHECKSUM,
        DiscardReason.UNKNOWN_AUTH_TYPE,
        DiscardReason.AUTH_TYPE_MISMATCH,
        DiscardReason.AUTH_FAILURE,
    }
)
"""What there can be a rule for.  Refusals of other kinds are no reason for another filter: sockets that share
a VRID with different unicast peers refuse each other's adverts all the time."""

LD_W_ABS, LD_H_ABS, LD_W_IND, LD_LEN = 0x20, 0x28, 0x40, 0x80
LDX_IMM, LDX_MEM, TXA = 0x01, 0x61, 0x87
ALU_ADD_K, ALU_ADD_X, ALU_MUL_K, ALU_LSH_K, ALU_MOD_K = 0x04, 0x0C, 0x24, 0x64, 0x94
JGT_K, JGE_X = 0x25, 0x3D

RANDOM = 0xFFFFF000 + 56
"""SKF_AD_OFF + SKF_AD_RANDOM of linux/filter.h: loading from there gives 32 random bits (Linux 3.16)."""
NETWORK_HEADER = 0xFFF00000
"""SKF_NET_OFF: the IP header, also for IPv6 sockets, which see the packet from behind it."""

_IPV4_TTL, _IPV6_HOP_LIMIT = 8, 7
_PLAIN_IPV4 = 0x45
_IPV4_LENGTH = 20
_COUNT, _AUTHENTICATION_TYPE = 3, 4
_TO_SAMPLE, _TO_ACCEPT = -1, -2
_SUM, _WORDS = 1, 2
"""Scratch memory; 0 is the VRID filter's."""


@dataclass(frozen=True, slots=True)
class FloodFilter:
    """A program, and the reasons whose packets it shows one in :data:`SAMPLE` of."""

    program: tuple[Instruction, ...]
    reasons: frozenset[DiscardReason]

    def weight(self, reason: DiscardReason, packet: bytes) -> int:
        """For how many packets one stands that the ladder refused so; ``packet`` as the socket gave it."""
        if reason not in self.reasons:
            return 1
        if reason is DiscardReason.CHECKSUM and not (
            packet[0] == _PLAIN_IPV4 and packet[_IPV4_LENGTH + _COUNT] <= MOST_SUMMED
        ):
            return 1
        return SAMPLE


def flood_filter(family: int, policies: Collection[ReceivePolicy], *, skip_bytes: int = 0) -> FloodFilter:
    """For a socket of this family (4 or 6) that serves these virtual routers.

    ``skip_bytes`` stand before the VRRP header: an authentication header.
    """
    versions = {policy.version for policy in policies}
    multicast = all(policy.multicast for policy in policies)
    index = Instruction(bpf.LDX_B_MSH) if family == 4 else Instruction(LDX_IMM)
    reasons = {DiscardReason.TOO_SHORT}
    program = [
        *_ours(family, policies, skip_bytes),
        index,
        Instruction(TXA),
        Instruction(ALU_ADD_K, value=skip_bytes + FIXED_LENGTH),
        Instruction(TAX),
        Instruction(LD_LEN),
        Instruction(JGE_X, if_true=1),
        Instruction(bpf.JA, value=_TO_SAMPLE),
        index,
    ]
    if multicast:
        reasons.add(DiscardReason.HOP_LIMIT)
        ttl = _IPV4_TTL if family == 4 else NETWORK_HEADER + _IPV6_HOP_LIMIT
        program += _required(Instruction(LD_B_ABS, value=ttl), HOP_LIMIT)
    if len(versions) == 1:
        (version,) = versions
        reasons |= {DiscardReason.VERSION, DiscardReason.TYPE, DiscardReason.INCOMPLETE}
        program += _required(Instruction(LD_B_IND, value=skip_bytes), version << 4 | 1)
        if version == 2:
            program += _authentication_type(policies, skip_bytes, reasons)
        program += _complete(family, version, skip_bytes)
        if version == 2:
            program += _password(policies, skip_bytes, reasons)
        if family == 4 and not skip_bytes and multicast and not any(policy.hmac for policy in policies):
            reasons.add(DiscardReason.CHECKSUM)
            program += _checksum(version)
    return FloodFilter(tuple(_resolved(program)), frozenset(reasons))


def _ours(family: int, policies: Iterable[ReceivePolicy], skip_bytes: int) -> list[Instruction]:
    """The filter by VRID, going on where that one accepts."""
    vrids = [policy.vrid for policy in policies]
    whole = bpf.vrid_filter(vrids, with_ip_header=family == 4, skip_bytes=skip_bytes)
    return [*whole[:-3], Instruction(bpf.JSET_K, if_true=1, value=1), Instruction(RET_K)]


def _required(load: Instruction, value: int) -> list[Instruction]:
    return [load, Instruction(JEQ_K, if_true=1, value=value), Instruction(bpf.JA, value=_TO_SAMPLE)]


def _authentication_type(
    policies: Collection[ReceivePolicy], skip_bytes: int, reasons: set[DiscardReason]
) -> list[Instruction]:
    kinds = {policy.authentication for policy in policies}
    if len(kinds) != 1:
        return []
    reasons |= {DiscardReason.UNKNOWN_AUTH_TYPE, DiscardReason.AUTH_TYPE_MISMATCH}
    return _required(Instruction(LD_B_IND, value=skip_bytes + _AUTHENTICATION_TYPE), kinds.pop())


def _complete(family: int, version: int, skip_bytes: int) -> list[Instruction]:
    """As long as its address count wants; leaves the length of headers and addresses in X."""
    rest = skip_bytes + FIXED_LENGTH + (AUTHENTICATION_LENGTH if version == 2 else 0)
    return [
        Instruction(LD_B_IND, value=skip_bytes + _COUNT),
        Instruction(ALU_MUL_K, value=4 if family == 4 else 16),
        Instruction(ALU_ADD_X),
        Instruction(ST, value=_SUM),
        Instruction(ALU_ADD_K, value=rest),
        Instruction(TAX),
        Instruction(LD_LEN),
        Instruction(JGE_X, if_true=1),
        Instruction(bpf.JA, value=_TO_SAMPLE),
        Instruction(LDX_MEM, value=_SUM),
    ]


def _password(
    policies: Collection[ReceivePolicy], skip_bytes: int, reasons: set[DiscardReason]
) -> list[Instruction]:
    passwords = {
        policy.padded_password if policy.authentication == AuthenticationType.PASS else b""
        for policy in policies
    }
    if len(passwords) != 1 or not (password := passwords.pop()):
        return []
    reasons.add(DiscardReason.AUTH_FAILURE)
    at = skip_bytes + FIXED_LENGTH
    return [
        step
        for half in (0, 4)
        for step in _required(
            Instruction(LD_W_IND, value=at + half), int.from_bytes(password[half : half + 4], "big")
        )
    ]


def _checksum(version: int) -> list[Instruction]:
    """RFC 1071 over the message word by word, with and without pseudo-header; IPv4 without options only."""
    fixed_words = (FIXED_LENGTH + (AUTHENTICATION_LENGTH if version == 2 else 0)) // 4
    program = [
        Instruction(LD_B_ABS),
        Instruction(JEQ_K, if_true=1, value=_PLAIN_IPV4),
        Instruction(bpf.JA, value=_TO_ACCEPT),
        Instruction(LD_B_ABS, value=_IPV4_LENGTH + _COUNT),
        Instruction(JGT_K, if_false=1, value=MOST_SUMMED),
        Instruction(bpf.JA, value=_TO_ACCEPT),
        Instruction(ALU_ADD_K, value=fixed_words),
        Instruction(ST, value=_WORDS),
        Instruction(LDX_IMM),
    ]
    words = fixed_words + MOST_SUMMED
    summed: list[Instruction] = []
    ends: list[int] = []
    for word in range(words):
        if word >= fixed_words:
            summed += [Instruction(LD_MEM, value=_WORDS), Instruction(JEQ_K, if_false=1, value=word)]
            ends.append(len(summed))
            summed.append(Instruction(bpf.JA))
        for half in (0, 2):
            summed += _added(_IPV4_LENGTH + 4 * word + half)
    for at in ends:
        summed[at] = Instruction(bpf.JA, value=len(summed) - at - 1)
    # X is the sum of the message.
    right = [
        Instruction(ALU_MOD_K, value=0xFFFF),
        Instruction(JEQ_K, if_false=1),
        Instruction(bpf.JA, value=_TO_ACCEPT),
    ]
    return [
        *program,
        *summed,
        Instruction(LD_MEM, value=_WORDS),
        Instruction(ALU_LSH_K, value=2),
        Instruction(ALU_ADD_K, value=112),
        Instruction(ST, value=_WORDS),  # the pseudo-header's protocol and length
        Instruction(TXA),
        Instruction(ST, value=_SUM),
        *right,
        Instruction(LDX_MEM, value=_SUM),
        Instruction(LD_MEM, value=_WORDS),
        Instruction(ALU_ADD_X),
        Instruction(TAX),
        *(step for at in (12, 14, 16, 18) for step in _added(at)),
        Instruction(TXA),
        *right,
        Instruction(bpf.JA, value=_TO_SAMPLE),
    ]


def _added(at: int) -> list[Instruction]:
    """Two bytes of the packet onto X."""
    return [Instruction(LD_H_ABS, value=at), Instruction(ALU_ADD_X), Instruction(TAX)]


def _resolved(program: Sequence[Instruction]) -> list[Instruction]:
    """With the two ends behind: all good, and one in :data:`SAMPLE`."""
    size = len(program)
    ends = {_TO_ACCEPT: size, _TO_SAMPLE: size + 1}
    return [
        *(
            replace(step, value=ends[step.value] - at - 1) if step.value < 0 else step
            for at, step in enumerate(program)
        ),
        Instruction(RET_K, value=ACCEPT_WHOLE),
        Instruction(LD_W_ABS, value=RANDOM),
        Instruction(bpf.ALU_AND_K, value=SAMPLE - 1),
        Instruction(JEQ_K, if_false=1),
        Instruction(RET_K, value=ACCEPT_WHOLE),
        Instruction(RET_K),
    ]
