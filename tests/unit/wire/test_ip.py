"""IPv4 headers against scapy, and everything that is not one."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from scapy.layers.inet import IP

from pykeepalived.wire.ip import Ipv4Header, decode_ipv4, encode_ipv4

HEADER = Ipv4Header(
    IPv4Address("192.0.2.1"), IPv4Address("224.0.0.18"), 112, 255, total_length=40, identification=7
)


def test_the_encoded_header_is_scapys() -> None:
    """[TX-1] [TX-3]"""
    by_scapy = IP(
        src="192.0.2.1", dst="224.0.0.18", proto=112, ttl=255, len=40, id=7, tos=0xC0, ihl=5, flags=0
    )
    assert bytes(by_scapy) == encode_ipv4(HEADER)


def test_decode_gives_back_what_was_encoded() -> None:
    assert decode_ipv4(encode_ipv4(HEADER) + bytes(20), verify_checksum=True) == HEADER


def test_padding_behind_the_packet_is_allowed() -> None:
    assert decode_ipv4(encode_ipv4(HEADER) + bytes(26)) == HEADER


def test_options_are_part_of_the_header() -> None:
    packet = bytes(IP(src="192.0.2.1", dst="224.0.0.18", proto=112, options=b"\x01\x01\x01\x00") / bytes(8))
    header = decode_ipv4(packet, verify_checksum=True)
    assert header is not None
    assert 24 == header.header_length


def test_a_fragment_is_told() -> None:
    packet = bytes(IP(src="192.0.2.1", dst="224.0.0.18", flags="MF") / bytes(8))
    header = decode_ipv4(packet)
    assert header is not None
    assert header.fragment


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes(19),
        bytes(40),
        b"\x60" + encode_ipv4(HEADER)[1:] + bytes(20),
        b"\x44" + encode_ipv4(HEADER)[1:] + bytes(20),
        b"\x4f" + encode_ipv4(HEADER)[1:] + bytes(20),
        encode_ipv4(HEADER) + bytes(19),
    ],
    ids=["empty", "19 bytes", "zeros", "version 6", "header of 16", "header of 60 in 40", "cut short"],
)
def test_what_is_no_whole_packet_is_refused(packet: bytes) -> None:
    """[RX-4]"""
    assert decode_ipv4(packet) is None


def test_a_wrong_header_checksum_is_seen_in_captures() -> None:
    packet = bytearray(encode_ipv4(HEADER) + bytes(20))
    packet[10] ^= 1
    assert decode_ipv4(bytes(packet), verify_checksum=True) is None
