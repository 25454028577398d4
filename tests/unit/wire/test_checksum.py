"""The internet checksum against scapy and against the definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.utils import checksum as scapy_checksum

from pykeepalived.wire.checksum import checksum, is_valid, ones_sum, pseudo_header_sum


def by_definition(data: bytes) -> int:
    """RFC 1071: add words, fold the carries, complement."""
    if len(data) % 2:
        data += b"\0"
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@given(st.binary(min_size=1, max_size=600).filter(any))
def test_checksum_is_that_of_the_definition_and_of_scapy(data: bytes) -> None:
    """[TX-11]"""
    assert by_definition(data) % 0xFFFF == checksum(data) % 0xFFFF
    assert scapy_checksum(data) % 0xFFFF == checksum(data) % 0xFFFF


@given(st.binary(min_size=8, max_size=64).map(lambda data: data[: len(data) // 2 * 2]).filter(any))
def test_a_message_with_its_checksum_is_valid_and_any_changed_bit_is_seen(data: bytes) -> None:
    """[RX-5]"""
    blank = data[:6] + b"\0\0" + data[8:]
    full = blank[:6] + checksum(blank).to_bytes(2, "big") + blank[8:]
    assert is_valid(full)
    for bit in range(len(full) * 8):
        broken = bytearray(full)
        broken[bit // 8] ^= 1 << bit % 8
        assert not is_valid(bytes(broken))


@pytest.mark.parametrize("size", [4, 16])
def test_pseudo_header_sum_is_the_sum_of_its_bytes(size: int) -> None:
    """[TX-11]"""
    source, destination = bytes(range(1, size + 1)), bytes(range(101, 101 + size))
    if size == 4:
        written_out = source + destination + bytes((0, 112, 0, 20))
    else:
        written_out = source + destination + (40).to_bytes(4, "big") + bytes((0, 0, 0, 112))
    length = 20 if size == 4 else 40
    assert ones_sum(written_out) == pseudo_header_sum(source, destination, 112, length)
