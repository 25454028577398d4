"""The advertisement codec against scapy, an independent implementation of the same RFCs."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.layers.vrrp import VRRP, VRRPv3

from pykeepalived.base.units import NANOSECONDS_PER_CENTISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.wire.vrrp import (
    AdvertisementEncoder,
    AuthenticationType,
    ChecksumForm,
    encode_v2,
    encode_v3,
    join_addresses,
    split_addresses,
)
from pykeepalived.wire.vrrp_receive import Discard, ReceivePolicy, Receiver

vrids = st.integers(1, 255)
priorities = st.integers(0, 255)
lists4 = st.lists(st.ip_addresses(v=4), min_size=1, max_size=30)
lists6 = st.lists(st.ip_addresses(v=6), min_size=1, max_size=20)
GROUP4, GROUP6 = IPv4Address("224.0.0.18"), IPv6Address("ff02::12")


@given(vrids, priorities, st.integers(1, 255), lists4, st.binary(max_size=8))
def test_version_2_is_what_scapy_builds(
    vrid: int, priority: int, seconds: int, addresses: list[IPv4Address], password: bytes
) -> None:
    """[TX-6] [TX-8] [TX-11] [TX-14] [TX-15]"""
    padded = password.ljust(8, b"\0")
    by_scapy = VRRP(
        vrid=vrid,
        priority=priority,
        adv=seconds,
        authtype=1 if password else 0,
        addrlist=[str(address) for address in addresses],
        auth1=int.from_bytes(padded[:4], "big"),
        auth2=int.from_bytes(padded[4:], "big"),
    )
    ours = encode_v2(
        vrid=vrid,
        priority=priority,
        interval_ns=seconds * NANOSECONDS_PER_SECOND,
        addresses=addresses,
        authentication=AuthenticationType.PASS if password else AuthenticationType.NONE,
        password=password,
    )
    assert same_but_for_minus_zero(bytes(by_scapy), ours)


@given(vrids, priorities, st.integers(1, 4095), lists4, st.ip_addresses(v=4))
def test_version_3_over_ipv4_is_what_scapy_builds(
    vrid: int, priority: int, centiseconds: int, addresses: list[IPv4Address], source: IPv4Address
) -> None:
    """[TX-6] [TX-9] [TX-10] [TX-11]"""
    by_scapy = IP(src=str(source), dst=str(GROUP4), proto=112) / VRRPv3(
        vrid=vrid, priority=priority, adv=centiseconds, addrlist=[str(address) for address in addresses]
    )
    ours = encode_v3(
        vrid=vrid,
        priority=priority,
        interval_ns=centiseconds * NANOSECONDS_PER_CENTISECOND,
        addresses=addresses,
        source=source,
        destination=GROUP4,
    )
    assert same_but_for_minus_zero(bytes(by_scapy)[20:], ours)


@given(vrids, priorities, st.integers(1, 4095), lists6, st.ip_addresses(v=6))
def test_version_3_over_ipv6_is_what_scapy_sums(
    vrid: int, priority: int, centiseconds: int, addresses: list[IPv6Address], source: IPv6Address
) -> None:
    """[TX-11] [TX-13]: scapy's VRRPv3 has no IPv6 address list, so that it is given the packed one."""
    by_scapy = IPv6(src=str(source), dst=str(GROUP6), nh=112) / VRRPv3(
        vrid=vrid, priority=priority, adv=centiseconds, ipcount=len(addresses), addrlist=[]
    )
    fixed = bytes(by_scapy)[40:48]
    ours = encode_v3(
        vrid=vrid,
        priority=priority,
        interval_ns=centiseconds * NANOSECONDS_PER_CENTISECOND,
        addresses=addresses,
        source=source,
        destination=GROUP6,
    )
    assert fixed[:6] == ours[:6]
    assert join_addresses(addresses) == ours[8:]
    assert in6_chksum(112, IPv6(src=str(source), dst=str(GROUP6)), ours) in (0, 0xFFFF)


def same_but_for_minus_zero(theirs: bytes, ours: bytes) -> bool:
    """0x0000 and 0xffff are the same ones'-complement number; implementations differ in which they send."""
    if theirs[6:8] in (b"\0\0", b"\xff\xff") and ours[6:8] in (b"\0\0", b"\xff\xff"):
        return theirs[:6] + theirs[8:] == ours[:6] + ours[8:]
    return theirs == ours


ARGUMENTS: dict[str, Any] = {
    "version": 3,
    "vrid": 7,
    "interval_ns": NANOSECONDS_PER_SECOND,
    "addresses": [IPv4Address("192.0.2.100")],
    "source": IPv4Address("192.0.2.1"),
    "destination": GROUP4,
}


@given(st.sampled_from([2, 3]), vrids, priorities, lists4, st.sampled_from(ChecksumForm))
def test_the_prepared_packet_is_the_freshly_encoded_one(
    version: int, vrid: int, priority: int, addresses: list[IPv4Address], form: ChecksumForm
) -> None:
    """[TX-7] [TX-11]: the priority is patched into a template, checksum included."""
    arguments = ARGUMENTS | {"version": version, "vrid": vrid, "addresses": addresses, "form": form}
    prepared = AdvertisementEncoder(**arguments).encode(priority)
    common: dict[str, Any] = {
        "vrid": vrid,
        "priority": priority,
        "interval_ns": NANOSECONDS_PER_SECOND,
        "addresses": addresses,
    }
    if version == 2:
        fresh = encode_v2(**common)
    else:
        fresh = encode_v3(**common, source=ARGUMENTS["source"], destination=GROUP4, form=form)
    assert fresh == prepared


@given(vrids, priorities, st.integers(1, 4095), lists6)
def test_what_is_encoded_is_received(
    vrid: int, priority: int, centiseconds: int, addresses: list[IPv6Address]
) -> None:
    source = IPv6Address("fe80::1")
    interval_ns = centiseconds * NANOSECONDS_PER_CENTISECOND
    message = AdvertisementEncoder(
        version=3,
        vrid=vrid,
        interval_ns=interval_ns,
        addresses=addresses,
        source=source,
        destination=GROUP6,
    ).encode(priority)
    rules = ReceivePolicy(vrid=vrid, version=3, address_bytes=join_addresses(addresses))
    verdict = Receiver(6, {vrid: rules}).receive_ipv6(message, source.packed, GROUP6.packed, 255)
    assert not isinstance(verdict, Discard)
    assert (vrid, priority, interval_ns, tuple(addresses), True) == (
        verdict.vrid,
        verdict.priority,
        verdict.interval_ns,
        verdict.addresses,
        verdict.addresses_match,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"addresses": []}, "1 to 255 addresses"),
        ({"addresses": [IPv4Address(number) for number in range(256)]}, "1 to 255 addresses"),
        ({"addresses": [IPv4Address("192.0.2.1"), IPv6Address("fe80::1")]}, "one family"),
        ({"addresses": [IPv6Address("fe80::1")]}, "one family"),
        ({"interval_ns": 0}, "0.01 s to 40.95 s"),
        ({"interval_ns": 4096 * NANOSECONDS_PER_CENTISECOND}, "0.01 s to 40.95 s"),
        ({"vrid": 0}, "1 to 255"),
        ({"vrid": 256}, "1 to 255"),
        ({"version": 2, "interval_ns": NANOSECONDS_PER_SECOND // 2}, "whole seconds"),
        ({"version": 2, "interval_ns": 256 * NANOSECONDS_PER_SECOND}, "whole seconds"),
        ({"version": 2, "addresses": [IPv6Address("fe80::1")]}, "IPv4 addresses only"),
    ],
)
def test_what_must_not_be_sent_cannot_be_encoded(change: dict[str, Any], words: str) -> None:
    """[TX-8] [TX-10] [TX-13]"""
    with pytest.raises(ValueError, match=words):
        AdvertisementEncoder(**(ARGUMENTS | change))


def test_an_incomplete_last_address_is_left_out() -> None:
    assert (IPv4Address("192.0.2.1"),) == split_addresses(bytes((192, 0, 2, 1, 9, 9)), 4)
