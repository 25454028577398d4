"""The receive ladder: order of the rungs, what each lets through, and that nothing else is decided there."""

from __future__ import annotations

import dataclasses
import json
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from scapy.layers.inet import IP
from scapy.layers.vrrp import VRRPv3

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.wire.ah import encode_ah_packet
from pykeepalived.wire.auth_hmac import HmacPolicy, HmacSigner
from pykeepalived.wire.checksum import checksum, pseudo_header_sum
from pykeepalived.wire.vrrp import (
    Advertisement,
    AdvertisementEncoder,
    AuthenticationType,
    ChecksumForm,
    encode_v2,
    encode_v3,
)
from pykeepalived.wire.vrrp_receive import Discard, DiscardReason, ReceivePolicy, Receiver

SOURCE, GROUP = IPv4Address("192.0.2.2"), IPv4Address("224.0.0.18")
VIP = IPv4Address("192.0.2.100")
RULES = ReceivePolicy(vrid=51, version=3, address_bytes=VIP.packed)
GOLDEN = Path(__file__).parents[2] / "golden" / "wire"


def packet(
    message: bytes, *, ttl: int = 255, source: IPv4Address = SOURCE, destination: IPv4Address = GROUP
) -> bytes:
    return bytes(IP(src=str(source), dst=str(destination), proto=112, ttl=ttl) / message)


def v3(
    *,
    priority: int = 100,
    form: ChecksumForm = ChecksumForm.PSEUDO_HEADER,
    destination: IPv4Address = GROUP,
    interval_ns: int = NANOSECONDS_PER_SECOND,
) -> bytes:
    return encode_v3(
        vrid=51,
        priority=priority,
        interval_ns=interval_ns,
        addresses=[VIP],
        source=SOURCE,
        destination=destination,
        form=form,
    )


def v2(interval_s: int = 1) -> bytes:
    return encode_v2(vrid=51, priority=100, interval_ns=interval_s * NANOSECONDS_PER_SECOND, addresses=[VIP])


def judge(data: bytes, rules: ReceivePolicy = RULES) -> Advertisement | Discard:
    return Receiver(4, {rules.vrid: rules}).receive_ipv4(data)


def reason(data: bytes, rules: ReceivePolicy = RULES) -> DiscardReason | None:
    verdict = judge(data, rules)
    return verdict.reason if isinstance(verdict, Discard) else None


def test_every_reason_has_its_own_label_and_a_test() -> None:
    """[RX-20]"""
    assert len(DiscardReason) == len({member.label for member in DiscardReason})
    golden = {json.loads(path.read_text()).get("discard") for path in GOLDEN.glob("*.json")}
    here = Path(__file__).read_text()
    untested = [
        member.label
        for member in DiscardReason
        if member.label not in golden and f"DiscardReason.{member.name}" not in here
    ]
    assert [] == untested


def test_every_counter_of_the_mibs_is_fed() -> None:
    """[RX-20]: RFC 2787 and RFC 6527 count these; priority zero and the address list are the router's."""
    fed = {member.statistic for member in DiscardReason}
    assert {
        "packet_len_err",
        "vrid_err",
        "ip_ttl_err",
        "vers_err",
        "invalid_type_rcvd",
        "chk_err",
        "advert_interval_err",
        "invalid_authtype",
        "authtype_mismatch",
        "auth_failure",
        "addr_list_err",
    } <= fed


@pytest.mark.parametrize("form", [ChecksumForm.MESSAGE, ChecksumForm.PSEUDO_HEADER])
def test_either_checksum_form_is_accepted_and_told(form: ChecksumForm) -> None:
    """[RX-5] [TX-11]"""
    verdict = judge(packet(v3(form=form)))
    assert isinstance(verdict, Advertisement)
    assert form is verdict.checksum_form


def test_no_third_checksum_is_accepted() -> None:
    """[RX-5]"""
    good = v3()
    header = packet(good)[:20]
    accepted = [
        value
        for value in range(0x10000)
        if reason(header + good[:6] + value.to_bytes(2, "big") + good[8:]) is None
    ]
    assert 2 == len(accepted)


def test_the_first_failing_rung_names_the_reason() -> None:
    """Each packet breaks one rule more than the one before, each rule standing above the previous one."""
    other = dataclasses.replace(RULES, vrid=9)
    message = bytearray(v2())
    message[4], message[5] = 1, 3
    v2_rules = dataclasses.replace(RULES, version=2)
    ladder = [
        (packet(refill(message)), v2_rules, DiscardReason.AUTH_TYPE_MISMATCH),
        (packet(bytes(message)), v2_rules, DiscardReason.CHECKSUM),
        (packet(bytes(message)[:-1]), v2_rules, DiscardReason.INCOMPLETE),
        (packet(bytes(message)[:3] + b"\0" + bytes(message)[4:-1]), v2_rules, DiscardReason.NO_ADDRESS),
        (packet(b"\x22" + bytes(message)[1:]), v2_rules, DiscardReason.TYPE),
        (packet(b"\x32" + bytes(message)[1:]), v2_rules, DiscardReason.VERSION),
        (packet(b"\x32" + bytes(message)[1:], ttl=1), v2_rules, DiscardReason.HOP_LIMIT),
        (packet(b"\x32" + bytes(message)[1:], ttl=1), other, DiscardReason.UNKNOWN_VRID),
        (packet(b"\x32" + bytes(message)[1:7], ttl=1), other, DiscardReason.TOO_SHORT),
    ]
    assert [wanted for _, _, wanted in ladder] == [reason(data, rules) for data, rules, _ in ladder]


def refill(message: bytearray) -> bytes:
    blank = bytes(message[:6]) + b"\0\0" + bytes(message[8:])
    return blank[:6] + checksum(blank).to_bytes(2, "big") + blank[8:]


def test_a_discard_says_who_and_what() -> None:
    """[RX-12]"""
    verdict = judge(packet(v3(), ttl=64))
    assert Discard(DiscardReason.HOP_LIMIT, 51, SOURCE, 64, 255) == verdict
    assert "TTL or hop limit 64, must be 255" == verdict.detail


@pytest.mark.parametrize("version", [2, 3])
def test_a_router_without_addresses_hears_adverts_without_addresses(version: int) -> None:
    """[RX-8]: keepalived's no_virtual_ipaddress; nobody else lets them in."""
    advert = AdvertisementEncoder(
        version=version, vrid=51, interval_ns=NANOSECONDS_PER_SECOND, addresses=[], source=SOURCE,
        destination=GROUP, least=0,
    ).encode(100)  # fmt: skip
    rules = dataclasses.replace(RULES, version=version)

    heard = judge(packet(advert), dataclasses.replace(rules, address_bytes=b""))
    assert isinstance(heard, Advertisement)
    assert 100 == heard.priority
    assert DiscardReason.NO_ADDRESS is reason(packet(advert), rules)


def test_version_3_with_another_interval_is_let_through() -> None:
    """[RX-13]"""
    verdict = judge(packet(v3(interval_ns=5 * NANOSECONDS_PER_SECOND)))
    assert isinstance(verdict, Advertisement)
    assert 5 * NANOSECONDS_PER_SECOND == verdict.interval_ns


def test_version_2_with_another_interval_is_not() -> None:
    """[RX-11]"""
    rules = dataclasses.replace(RULES, version=2)
    assert reason(packet(v2(1)), rules) is None
    assert DiscardReason.INTERVAL_MISMATCH is reason(packet(v2(2)), rules)


def test_bytes_behind_the_message_are_neither_summed_nor_read() -> None:
    """[RX-4]: the authentication extension puts 28 bytes there."""
    assert reason(packet(v3() + bytes(range(28)))) is None


def test_ip_options_are_skipped() -> None:
    data = bytes(IP(src=str(SOURCE), dst=str(GROUP), proto=112, ttl=255, options=b"\x94\x04\0\0") / v3())
    assert reason(data) is None


def test_unicast_accepts_any_ttl_within_the_limits_of_the_peer() -> None:
    """[RX-1]"""
    ours = IPv4Address("192.0.2.1")
    message = v3(destination=ours)
    free = dataclasses.replace(RULES, multicast=False)
    assert reason(packet(message, ttl=3, destination=ours), free) is None
    near = dataclasses.replace(free, peers={SOURCE.packed: (254, 255)})
    assert reason(packet(message, ttl=254, destination=ours), near) is None
    assert DiscardReason.HOP_LIMIT is reason(packet(message, ttl=253, destination=ours), near)


def test_unicast_from_a_stranger_is_refused_only_when_asked_for() -> None:
    """[RX-17]"""
    ours = IPv4Address("192.0.2.1")
    data = packet(v3(destination=ours), destination=ours)
    rules = dataclasses.replace(RULES, multicast=False, peers={b"\xc0\0\2\x09": (0, 255)})
    assert reason(data, rules) is None
    assert DiscardReason.UNKNOWN_PEER is reason(data, dataclasses.replace(rules, only_peers=True))
    known = dataclasses.replace(rules, only_peers=True, peers={SOURCE.packed: (0, 255)})
    assert reason(data, known) is None


def test_ipv4_and_ipv6_with_one_vrid_are_two_routers() -> None:
    """[XC-1]"""
    source, group = IPv6Address("fe80::2"), IPv6Address("ff02::12")
    vip = IPv6Address("fe80::100")
    message = encode_v3(
        vrid=51,
        priority=1,
        interval_ns=NANOSECONDS_PER_SECOND,
        addresses=[vip],
        source=source,
        destination=group,
    )
    rules6 = dataclasses.replace(RULES, address_bytes=vip.packed)
    verdict = Receiver(6, {51: rules6}).receive_ipv6(message, source.packed, group.packed, 255)
    assert isinstance(verdict, Advertisement)
    assert isinstance(judge(packet(v3())), Advertisement)
    assert isinstance(Receiver(6, {51: rules6}).receive_ipv6(v3(), source.packed, group.packed, 255), Discard)


def test_ipv6_without_whole_addresses_is_refused() -> None:
    """[RX-4]"""
    verdict = Receiver(6, {51: RULES}).receive_ipv6(v3(), b"", b"", 255)
    assert isinstance(verdict, Discard)
    assert DiscardReason.IP_HEADER is verdict.reason


KEY = b"s3cret12"
AH_RULES = ReceivePolicy(
    vrid=51, version=2, address_bytes=VIP.packed, authentication=AuthenticationType.AH, password=KEY
)


def signed(sequence: int, *, key: bytes = KEY, kind: AuthenticationType = AuthenticationType.AH) -> bytes:
    message = encode_v2(
        vrid=51, priority=100, interval_ns=NANOSECONDS_PER_SECOND, addresses=[VIP], authentication=kind
    )
    return encode_ah_packet(
        source=SOURCE, destination=GROUP, identification=sequence, sequence=sequence, key=key, message=message
    )


def test_an_authentication_header_counts_upwards() -> None:
    """[RX-10] [TX-15]"""
    receiver = Receiver(4, {51: AH_RULES})
    found = [receiver.receive_ipv4(signed(number)) for number in (5, 6, 6, 4, 7)]
    reasons = [verdict.reason if isinstance(verdict, Discard) else None for verdict in found]
    assert [None, None, DiscardReason.AH_REPLAY, DiscardReason.AH_REPLAY, None] == reasons
    assert 7 == receiver.ah_sequence(51)
    receiver.forget_ah_sequence(51)
    assert isinstance(receiver.receive_ipv4(signed(1)), Advertisement)


def test_a_packet_with_a_wrong_digest_does_not_move_the_sequence() -> None:
    """[RX-10]"""
    receiver = Receiver(4, {51: AH_RULES})
    forged = receiver.receive_ipv4(signed(1000, key=b"guess"))
    assert isinstance(forged, Discard)
    assert DiscardReason.AUTH_FAILURE is forged.reason
    assert 0 == receiver.ah_sequence(51)


@pytest.mark.parametrize("at", [20, 21, 24])
def test_a_malformed_authentication_header_is_told(at: int) -> None:
    data = bytearray(signed(1))
    data[at] ^= 0x40
    assert DiscardReason.AH_HEADER is reason(bytes(data), AH_RULES)


def test_the_header_and_the_type_in_the_packet_must_agree() -> None:
    """[RX-10]"""
    none = dataclasses.replace(AH_RULES, authentication=AuthenticationType.NONE)
    assert DiscardReason.AUTH_TYPE_MISMATCH is reason(signed(1, kind=AuthenticationType.NONE), none)
    bare = encode_v2(
        vrid=51,
        priority=100,
        interval_ns=NANOSECONDS_PER_SECOND,
        addresses=[VIP],
        authentication=AuthenticationType.AH,
    )
    assert DiscardReason.AUTH_TYPE_MISMATCH is reason(packet(bare), AH_RULES)


def test_scapys_own_packet_is_let_through() -> None:
    data = bytes(
        IP(src=str(SOURCE), dst=str(GROUP), ttl=255)
        / VRRPv3(vrid=51, priority=9, adv=100, addrlist=[str(VIP)])
    )
    assert reason(data) is None


# ---------------------------------------------------------------- unicast and multicast

PEER = dataclasses.replace(RULES, multicast=False, peers={SOURCE.packed: (0, 255)})
US = IPv4Address("192.0.2.1")


def test_a_group_address_is_not_for_a_unicast_router_nor_ours_alone_for_another() -> None:
    """As keepalived."""
    assert reason(packet(v3()), PEER) is DiscardReason.DESTINATION
    assert reason(packet(v3(destination=US), destination=US)) is DiscardReason.DESTINATION
    assert reason(packet(v3(destination=US), destination=US), PEER) is None


def test_the_checksum_of_old_unicast_peers_is_accepted_only_when_asked_for() -> None:
    """[RX-5] Its pseudo-header holds the group although the packet goes to one router."""
    data = packet(v3(destination=GROUP), destination=US)
    assert reason(data, PEER) is DiscardReason.CHECKSUM

    verdict = judge(data, dataclasses.replace(PEER, old_unicast_group=GROUP.packed))

    assert isinstance(verdict, Advertisement)
    assert ChecksumForm.OLD_UNICAST is verdict.checksum_form


# ---------------------------------------------------------------- auth_hmac

HMAC = HmacPolicy({1: bytes(32)}, 1)
SIGNED = dataclasses.replace(RULES, hmac=HMAC)
NOW_NS = 1_700_000_000 * NANOSECONDS_PER_SECOND


def with_trailer(message: bytes, at_ns: int = NOW_NS, policy: HmacPolicy = HMAC) -> bytes:
    return message + HmacSigner(policy).trailer(message, SOURCE.packed, at_ns)


def signed_reason(data: bytes, rules: ReceivePolicy = SIGNED) -> DiscardReason | None:
    verdict = Receiver(4, {rules.vrid: rules}, realtime_ns=lambda: NOW_NS).receive_ipv4(data)
    return verdict.reason if isinstance(verdict, Discard) else None


@pytest.mark.parametrize("message", [v3(), v3(form=ChecksumForm.MESSAGE), v2()], ids=["v3", "v3-rfc", "v2"])
def test_a_signed_advert_passes_with_either_version_and_checksum(message: bytes) -> None:
    """[RX-19]"""
    assert (
        signed_reason(packet(with_trailer(message)), dataclasses.replace(SIGNED, version=message[0] >> 4))
        is None
    )


def test_each_outcome_of_the_trailer_has_its_reason() -> None:
    """[RX-19]"""
    good = with_trailer(v3())
    other_key = dataclasses.replace(HMAC, keys={2: bytes(32)}, active_key=2)
    receiver = Receiver(4, {51: SIGNED}, realtime_ns=lambda: NOW_NS)
    assert isinstance(receiver.receive_ipv4(packet(good)), Advertisement)
    again = receiver.receive_ipv4(packet(good))

    assert isinstance(again, Discard)
    assert again.reason is DiscardReason.HMAC_REPLAY
    assert signed_reason(packet(v3())) is DiscardReason.HMAC_MISSING
    assert signed_reason(packet(good + b"\0")) is DiscardReason.HMAC_MISSING
    assert signed_reason(packet(good[:12] + b"\2" + good[13:])) is DiscardReason.HMAC_MALFORMED
    assert signed_reason(packet(with_trailer(v3(), policy=other_key))) is DiscardReason.HMAC_UNKNOWN_KEY
    assert signed_reason(packet(good[:-1] + b"\0")) is DiscardReason.HMAC_INVALID
    assert (
        signed_reason(packet(with_trailer(v3(), NOW_NS - 9 * NANOSECONDS_PER_SECOND)))
        is DiscardReason.HMAC_STALE
    )


def test_a_signature_is_looked_at_before_anything_else_of_the_message_counts() -> None:
    """[RX-19] Type, count and length are needed to find it; nothing that a router acts on is."""
    assert (
        signed_reason(packet(v3(interval_ns=NANOSECONDS_PER_SECOND)[:-1] + b"x"))
        is DiscardReason.HMAC_MISSING
    )


def test_only_a_configured_peer_can_sign_for_a_unicast_router() -> None:
    """[RX-19] [RX-17]"""
    rules = dataclasses.replace(PEER, hmac=HMAC, peers={b"\xc0\0\2\3": (0, 255)})
    data = packet(with_trailer(v3(destination=US)), destination=US)
    assert signed_reason(data, rules) is DiscardReason.UNKNOWN_PEER
    assert signed_reason(data, dataclasses.replace(PEER, hmac=HMAC)) is None


def test_over_ipv6_the_checksum_covers_the_trailer_as_the_senders_kernel_makes_it() -> None:
    """[RX-5] [RX-19]"""
    source, group, vip = (IPv6Address(text) for text in ("fe80::2", "ff02::12", "fe80::51"))
    rules = ReceivePolicy(51, 3, vip.packed, hmac=HMAC)
    message = encode_v3(
        vrid=51, priority=1, interval_ns=10**9, addresses=[vip], source=source, destination=group
    )
    payload = message[:6] + b"\0\0" + message[8:] + HmacSigner(HMAC).trailer(message, source.packed, NOW_NS)
    initial = pseudo_header_sum(source.packed, group.packed, 112, len(payload))
    whole = payload[:6] + checksum(payload, initial).to_bytes(2, "big") + payload[8:]
    receiver = Receiver(6, {51: rules}, realtime_ns=lambda: NOW_NS)

    assert isinstance(receiver.receive_ipv6(whole, source.packed, group.packed, 255), Advertisement)
    spoilt = message + whole[len(message) :]
    refused = Receiver(6, {51: rules}, realtime_ns=lambda: NOW_NS).receive_ipv6(
        spoilt, source.packed, group.packed, 255
    )
    assert isinstance(refused, Discard)
    assert refused.reason is DiscardReason.CHECKSUM
