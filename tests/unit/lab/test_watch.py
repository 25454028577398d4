import struct
from ipaddress import ip_address

import pytest
import scapy.all as scapy
from scapy.layers import vrrp as scapy_vrrp

from pykeepalived.lab import watch
from pykeepalived.lab.timeline import SECOND_NS, Advert, Announcement


def test_a_version_2_advert() -> None:
    frame = bytes(
        scapy.Ether()
        / scapy.IP(src="192.0.2.1", dst="224.0.0.18", ttl=255, proto=112)
        / scapy_vrrp.VRRP(vrid=51, priority=150, adv=1, addrlist=["192.0.2.100"])
    )

    assert Advert(7, "a", "outside", 2, 51, 150, SECOND_NS) == watch.decode(frame, 7, "a", "outside")


def test_a_version_3_advert_over_ipv6() -> None:
    body = scapy_vrrp.VRRPv3(vrid=61, priority=100, adv=20, addrlist=["2001:db8::1"], ipcount=1)
    frame = bytes(scapy.Ether() / scapy.IPv6(src="fe80::1", dst="ff02::12", hlim=255, nh=112) / body)

    assert Advert(7, "b", "outside", 3, 61, 100, 200_000_000) == watch.decode(frame, 7, "b", "outside")


def test_a_gratuitous_arp_is_an_announcement() -> None:
    frame = bytes(scapy.Ether(dst="ff:ff:ff:ff:ff:ff") / scapy.ARP(psrc="192.0.2.100", pdst="192.0.2.100"))

    assert Announcement(7, "a", "192.0.2.100") == watch.decode(frame, 7, "a", "outside")


def test_an_ordinary_arp_request_is_none() -> None:
    frame = bytes(scapy.Ether() / scapy.ARP(psrc="192.0.2.10", pdst="192.0.2.100"))

    assert watch.decode(frame, 7, "client", "outside") is None


@pytest.mark.parametrize(("solicited", "seen"), [(0, True), (1, False)])
def test_only_an_unsolicited_neighbour_advertisement_is_an_announcement(solicited: int, seen: bool) -> None:
    body = scapy.ICMPv6ND_NA(tgt="2001:db8:1::100", R=0, S=solicited, O=1)
    frame = bytes(scapy.Ether() / scapy.IPv6(src="2001:db8:1::100", dst="ff02::1") / body)

    found = watch.decode(frame, 7, "a", "outside")

    assert (Announcement(7, "a", "2001:db8:1::100") if seen else None) == found


def test_a_frame_that_is_cut_short_is_none() -> None:
    frame = bytes(scapy.Ether() / scapy.IP(src="192.0.2.1", dst="224.0.0.18", proto=112) / b"\x21")

    assert watch.decode(frame, 7, "a", "outside") is None


def address_message(kind: int, address: str) -> bytes:
    raw = ip_address(address).packed
    attribute = struct.pack("HH", 4 + len(raw), watch.IFA_ADDRESS) + raw
    body = struct.pack("BBBBI", 2 if len(raw) == 4 else 10, 24, 0, 0, 3) + attribute
    return struct.pack("IHHII", 16 + len(body), kind, 0, 0, 0) + body


def test_several_address_changes_in_one_datagram() -> None:
    datagram = address_message(watch.RTM_NEWADDR, "192.0.2.100") + address_message(
        watch.RTM_DELADDR, "2001:db8::1"
    )

    assert [(True, "192.0.2.100"), (False, "2001:db8::1")] == list(watch.address_changes(datagram))
