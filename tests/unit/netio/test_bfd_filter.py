"""The socket filter of BFD, run by a small interpreter of the instructions it uses."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence

import pytest

from pykeepalived.netio.bfd_filter import JGE_K, LD_W_ABS, RANDOM, session_filter
from pykeepalived.netio.bpf import ACCEPT_WHOLE, JA, JEQ_K, JSET_K, LD_B_ABS, RET_K, Instruction
from pykeepalived.wire.bfd import ControlPacket, encode

NEIGHBOR, STRANGER = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 9))
PACKET = ControlPacket(1, 0, 5, 9, 0, 10_000_000, 10_000_000)
NETWORK_HEADER = 0xFFF00000


def accepts(program: Sequence[Instruction], header: bytes, datagram: bytes, dice: int = 1) -> bool:
    accumulator = at = 0
    while True:
        step = program[at]
        at += 1
        match step.code:
            case c if c == LD_W_ABS and step.value == RANDOM:
                accumulator = dice
            case c if c == LD_B_ABS:
                accumulator = header[step.value - NETWORK_HEADER]
            case c if c == JGE_K:
                at += step.if_true if accumulator >= step.value else step.if_false
            case c if c == JSET_K:
                at += step.if_true if accumulator & step.value else step.if_false
            case c if c == LD_W_ABS:
                data, offset = datagram, step.value
                if step.value >= NETWORK_HEADER:
                    data, offset = header, step.value - NETWORK_HEADER
                if offset + 4 > len(data):
                    return False  # the kernel ends the program like this
                (accumulator,) = struct.unpack_from("!I", data, offset)
            case c if c == JEQ_K:
                at += step.if_true if accumulator == step.value else step.if_false
            case c if c == JA:
                at += step.value
            case c if c == RET_K:
                return step.value == ACCEPT_WHOLE
            case other:
                raise AssertionError(f"instruction {other:#x} is not expected")


def passes(packet: ControlPacket, source: bytes = NEIGHBOR, discriminators: Sequence[int] = (7, 8)) -> bool:
    program = session_filter(socket.AF_INET, discriminators, [NEIGHBOR])
    return accepts(program, bytes(12) + source + bytes(4), bytes(8) + encode(packet))


@pytest.mark.parametrize("number", [7, 8])
def test_our_discriminators_pass_from_anywhere(number: int) -> None:
    assert passes(PACKET._replace(your_discriminator=number), STRANGER)


def test_other_discriminators_do_not_even_from_a_neighbour() -> None:
    assert not passes(PACKET._replace(your_discriminator=6))


def test_without_a_discriminator_only_neighbours_pass() -> None:
    assert passes(PACKET)
    assert not passes(PACKET, STRANGER)


@pytest.mark.parametrize(
    ("family", "header"),
    [
        (socket.AF_INET, lambda hops: bytes((*bytes(8), hops, 17, 0, 0)) + NEIGHBOR + bytes(4)),
        (socket.AF_INET6, lambda hops: bytes((*bytes(7), hops)) + bytes(12) + NEIGHBOR + bytes(16)),
    ],
)
def test_from_too_far_away_one_in_sixteen_passes(
    family: socket.AddressFamily, header: Callable[[int], bytes]
) -> None:
    program = session_filter(family, [7], [NEIGHBOR], 250)
    datagram = bytes(8) + encode(PACKET)
    assert 16 == sum(accepts(program, header(250), datagram, dice) for dice in range(16))
    assert 1 == sum(accepts(program, header(249), datagram, dice) for dice in range(16))


def test_without_sessions_nothing_passes() -> None:
    program = session_filter(socket.AF_INET, [], [])
    assert not accepts(program, bytes(20), bytes(8) + encode(PACKET))


def test_what_is_too_short_for_a_discriminator_does_not_pass() -> None:
    program = session_filter(socket.AF_INET, [7], [NEIGHBOR])
    assert not accepts(program, bytes(20), bytes(19))


def test_ipv6_neighbours_are_told_by_their_last_four_bytes() -> None:
    neighbor = socket.inet_pton(socket.AF_INET6, "2001:db8::2")
    program = session_filter(socket.AF_INET6, [7], [neighbor])
    datagram = bytes(8) + encode(PACKET)
    assert accepts(program, bytes(8) + neighbor + bytes(16), datagram)
    stranger = socket.inet_pton(socket.AF_INET6, "2001:db8::3")
    assert not accepts(program, bytes(8) + stranger + bytes(16), datagram)


def test_more_sessions_than_a_program_holds_are_not_filtered() -> None:
    program = session_filter(socket.AF_INET, range(1, 5000), [NEIGHBOR])
    assert accepts(program, bytes(20), b"")


def test_the_largest_program_is_one_the_kernel_takes() -> None:
    program = session_filter(
        socket.AF_INET, range(1, 1001), [bytes((10, 0, n // 256, n % 256)) for n in range(1000)]
    )
    assert len(program) <= 4096
    assert passes(PACKET._replace(your_discriminator=1000), STRANGER, range(1, 1001))
