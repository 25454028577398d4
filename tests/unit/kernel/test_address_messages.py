"""Our bytes for addresses, read and written by pyroute2 as the independent oracle."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

from pykeepalived.kernel import netlink
from pykeepalived.kernel.addresses import RTPROT_KEEPALIVED, encode_add, encode_delete
from pykeepalived.kernel.links import AddressOnLink, decode_address
from pykeepalived.vrrp.settings import VirtualAddress

IFA_F_NODAD = 0x02
IFA_F_NOPREFIXROUTE = 0x200

PLAIN4 = VirtualAddress(IPv4Address("192.0.2.7"), 24, "eth0")
FULL4 = VirtualAddress(
    IPv4Address("192.0.2.8"),
    24,
    "eth0",
    label="eth0:vip",
    scope=253,
    broadcast=IPv4Address("192.0.2.255"),
    flags=IFA_F_NOPREFIXROUTE,
    preferred_lifetime=0,
)
PEER4 = VirtualAddress(IPv4Address("192.0.2.9"), 32, "eth0", peer=IPv4Address("192.0.2.10"))
LIMITED6 = VirtualAddress(IPv6Address("2001:db8::6"), 64, "eth0", preferred_lifetime=60)
PLAIN6 = VirtualAddress(IPv6Address("2001:db8::7"), 128, "eth0", flags=IFA_F_NODAD, preferred_lifetime=0)


def read_by_oracle(message: bytes) -> Any:
    decoded = ifaddrmsg(message)
    decoded.decode()
    return decoded


@pytest.mark.parametrize("virtual", [PLAIN4, FULL4, PEER4, PLAIN6], ids=str)
def test_the_oracle_reads_from_an_add_what_the_configuration_says(virtual: VirtualAddress) -> None:
    decoded = read_by_oracle(encode_add(virtual, 7))

    assert netlink.RTM_NEWADDR == decoded["header"]["type"]
    assert len(encode_add(virtual, 7)) == decoded["header"]["length"]
    assert netlink.NLM_F_REQUEST | netlink.NLM_F_CREATE | netlink.NLM_F_REPLACE == decoded["header"]["flags"]
    assert {4: 2, 6: 10}[virtual.address.version] == decoded["family"]
    assert virtual.prefix_length == decoded["prefixlen"]
    assert 7 == decoded["index"]
    assert virtual.scope == decoded["scope"]
    assert virtual.address == ip_address(decoded.get_attr("IFA_LOCAL"))
    assert (virtual.peer or virtual.address) == ip_address(decoded.get_attr("IFA_ADDRESS"))
    assert (str(virtual.broadcast) if virtual.broadcast else None) == decoded.get_attr("IFA_BROADCAST")
    assert virtual.label == decoded.get_attr("IFA_LABEL")
    assert (virtual.flags or None) == decoded.get_attr("IFA_FLAGS")
    assert RTPROT_KEEPALIVED == int(decoded.get_attr("IFA_PROTO"))


def test_a_lifetime_is_sent_only_for_ipv6_and_when_it_is_limited() -> None:
    limited = read_by_oracle(encode_add(LIMITED6, 7)).get_attr("IFA_CACHEINFO")

    assert (60, 0xFFFFFFFF) == (limited["ifa_preferred"], limited["ifa_valid"])
    for without in (PLAIN4, FULL4):
        assert read_by_oracle(encode_add(without, 7)).get_attr("IFA_CACHEINFO") is None


@pytest.mark.parametrize("virtual", [PLAIN4, FULL4, PEER4, PLAIN6], ids=str)
def test_a_delete_names_exactly_this_address(virtual: VirtualAddress) -> None:
    decoded = read_by_oracle(encode_delete(virtual, 7))

    assert netlink.RTM_DELADDR == decoded["header"]["type"]
    assert virtual.prefix_length == decoded["prefixlen"]
    assert virtual.address == ip_address(decoded.get_attr("IFA_LOCAL"))
    assert 7 == decoded["index"]


@pytest.mark.parametrize("virtual", [PLAIN4, FULL4, PEER4, PLAIN6], ids=str)
def test_we_read_what_we_write(virtual: VirtualAddress) -> None:
    message = encode_add(virtual, 7)
    (reply,) = netlink.replies(message)

    assert decode_address(reply) == AddressOnLink(
        7,
        virtual.address,
        virtual.prefix_length,
        virtual.scope,
        virtual.flags,
        virtual.label or "",
        RTPROT_KEEPALIVED,
    )


def test_we_read_what_the_oracle_writes() -> None:
    written = ifaddrmsg()
    written["family"], written["prefixlen"], written["index"], written["scope"] = 2, 16, 3, 0
    written["attrs"] = [
        ("IFA_ADDRESS", "10.100.0.1"),
        ("IFA_LOCAL", "10.100.0.1"),
        ("IFA_LABEL", "eth0"),
        ("IFA_FLAGS", 0x81),
    ]
    written["header"]["type"] = netlink.RTM_NEWADDR
    written.encode()
    (reply,) = netlink.replies(bytes(written.data))

    assert decode_address(reply) == AddressOnLink(3, IPv4Address("10.100.0.1"), 16, 0, 0x81, "eth0")


def test_attributes_are_padded_to_four_bytes() -> None:
    assert netlink.attribute(3, b"abcde") == struct.pack("=HH", 9, 3) + b"abcde\0\0\0"


def test_a_cut_message_yields_what_is_whole() -> None:
    whole = encode_add(PLAIN4, 7)

    assert [] == list(netlink.replies(whole[:-1]))
    assert 1 == len(list(netlink.replies(whole + whole[:10])))
    assert [] == list(netlink.attributes(b"\xff\xff\x01\x00", 0, 4))
