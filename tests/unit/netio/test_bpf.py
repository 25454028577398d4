"""The socket filter, run in a small interpreter of classic BPF and in the kernel."""

from __future__ import annotations

import random
import socket

import pytest

from pykeepalived.netio import bpf
from tests.support.bpf_machine import run


def ipv4(vrid: int, *, header_words: int = 5) -> bytes:
    return bytes([0x40 | header_words]) + bytes(header_words * 4 - 1) + bytes([0x31, vrid, 100, 1])


SETS = [
    {1},
    {255},
    {31, 32},
    {51, 52, 200},
    set(range(1, 256)),
    set(range(1, 256, 2)),
    *[set(random.Random(seed).sample(range(1, 256), 40)) for seed in range(5)],
]


@pytest.mark.parametrize("vrids", SETS, ids=lambda v: f"{len(v)}-vrids-from-{min(v)}")
def test_exactly_our_vrids_pass(vrids: set[int]) -> None:
    with_header = bpf.vrid_filter(vrids, with_ip_header=True)
    without_header = bpf.vrid_filter(vrids, with_ip_header=False)

    assert vrids == {vrid for vrid in range(256) if run(with_header, ipv4(vrid))}
    assert vrids == {vrid for vrid in range(256) if run(without_header, bytes([0x31, vrid]))}


def test_ip_options_do_not_hide_the_vrid() -> None:
    program = bpf.vrid_filter({51}, with_ip_header=True)

    assert run(program, ipv4(51, header_words=8)) == bpf.ACCEPT_WHOLE
    assert run(program, ipv4(52, header_words=15)) == 0


def test_no_vrid_lets_nothing_through() -> None:
    program = bpf.vrid_filter(set(), with_ip_header=True)

    assert {0} == {run(program, ipv4(vrid)) for vrid in range(256)}


def test_a_packet_without_room_for_a_vrid_is_dropped() -> None:
    assert run(bpf.vrid_filter({0}, with_ip_header=True), bytes([0x45]) + bytes(20)) == 0
    assert run(bpf.vrid_filter({0}, with_ip_header=False), b"\x31") == 0


def test_the_kernel_takes_the_program_and_filters_as_the_interpreter_does() -> None:
    program = bpf.vrid_filter({3, 77}, with_ip_header=False)
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, receiver:
        bpf.attach(receiver, program)
        receiver.setblocking(False)
        for vrid in range(256):
            sender.send(bytes([0x31, vrid]))
        received = []
        while len(received) < 2:
            received.append(receiver.recv(10)[1])

        assert [3, 77] == received
        with pytest.raises(BlockingIOError):
            receiver.recv(10)
