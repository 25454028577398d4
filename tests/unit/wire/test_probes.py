"""Probes as another program reads them, and claims as others send them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest

from pykeepalived.wire.arp import Operation, gratuitous_arp
from pykeepalived.wire.ndisc import unsolicited_na
from pykeepalived.wire.probes import advertisement_claim, arp_claim, arp_probe, neighbour_probe

MAC = bytes.fromhex("525400aabbcc")
FOUR, SIX = IPv4Address("192.0.2.1"), IPv6Address("2001:db8::12:3456")


def test_an_arp_probe_asks_without_saying_who() -> None:
    """RFC 5227 section 2.1.1, read by scapy."""
    layers = pytest.importorskip("scapy.layers.l2")
    frame = layers.Ether(arp_probe(FOUR, MAC))
    arp = frame[layers.ARP]

    assert ("ff:ff:ff:ff:ff:ff", "52:54:00:aa:bb:cc") == (frame.dst, frame.src)
    assert (1, "0.0.0.0", "52:54:00:aa:bb:cc") == (arp.op, arp.psrc, arp.hwsrc)
    assert ("192.0.2.1", "00:00:00:00:00:00") == (arp.pdst, arp.hwdst)


def test_a_neighbour_probe_is_that_of_duplicate_address_detection() -> None:
    """RFC 4862 section 5.4.2: from the unspecified address to the solicited-node group, without options."""
    layers = pytest.importorskip("scapy.layers.inet6")
    l2 = pytest.importorskip("scapy.layers.l2")
    frame = l2.Ether(neighbour_probe(SIX, MAC))
    packet, solicitation = frame[layers.IPv6], frame[layers.ICMPv6ND_NS]

    assert ("33:33:ff:12:34:56", "::", "ff02::1:ff12:3456") == (frame.dst, packet.src, packet.dst)
    assert (255, str(SIX), 24) == (packet.hlim, solicitation.tgt, packet.plen)
    assert not solicitation.payload
    sent = solicitation.cksum
    del solicitation.cksum
    assert sent == layers.IPv6(bytes(packet))[layers.ICMPv6ND_NS].cksum


def test_requests_and_answers_claim_their_senders_address() -> None:
    for operation in Operation:
        assert (FOUR, MAC) == arp_claim(gratuitous_arp(FOUR, MAC, operation=operation))


def test_a_probe_claims_nothing() -> None:
    assert arp_claim(arp_probe(FOUR, MAC)) is None


def test_what_is_cut_off_or_not_ethernet_claims_nothing() -> None:
    frame = gratuitous_arp(FOUR, MAC)
    assert arp_claim(frame[:-1]) is None
    assert arp_claim(frame[:18] + b"\x08" + frame[19:]) is None


def test_an_advertisement_claims_its_target() -> None:
    assert (SIX, MAC) == advertisement_claim(unsolicited_na(SIX, MAC))
    assert (SIX, b"") == advertisement_claim(unsolicited_na(SIX, MAC)[:24])


def test_options_of_an_advertisement_are_read_with_care() -> None:
    head = unsolicited_na(SIX, MAC)[:24]
    other = bytes([14, 2]) + bytes(14)
    assert (SIX, MAC) == advertisement_claim(head + other + b"\x02\x01" + MAC)
    # A length of zero would be read for ever; one that reaches beyond the end has nothing behind it.
    assert (SIX, b"") == advertisement_claim(head + bytes(8))
    assert (SIX, b"") == advertisement_claim(head + b"\x0e\xff" + bytes(6))
    assert advertisement_claim(head[:23]) is None
    assert advertisement_claim(b"\x87" + head[1:]) is None
