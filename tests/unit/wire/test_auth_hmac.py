"""The trailer of auth_hmac: the draft's images, what is refused and why, numbers that grow.

The two images are those of the draft's appendix (key 00..1f, VRID 51, priority 200): facts of the format.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from pykeepalived.wire.auth_hmac import (
    HmacMode,
    HmacPolicy,
    HmacResult,
    HmacSigner,
    HmacVerifier,
    is_after,
    sequence_at,
)

KEYS = {1: bytes(range(32)), 2: bytes(range(100, 132))}
POLICY = HmacPolicy(KEYS, 1, HmacMode.ENFORCE, 5)
MONOTONIC = replace(POLICY, window_s=None)
SECOND = 1_000_000_000
NOW = 0x68000000 * SECOND + SECOND // 2
IMAGES = {
    "198.51.100.10": (
        "3133c80100644402c0000264",
        "0101000068000000800000001b84bc4e8e43892dc6d98448f8ee2265",
    ),
    "fe80::10": (
        "3133c8010064a2e9fe800000000000000000000000000100",
        "010100006800000080000000c8c56146ebfd66ee10ec4d8186461b78",
    ),
}
SOURCE = ip_address("198.51.100.10").packed
MESSAGE, TRAILER = (bytes.fromhex(text) for text in IMAGES["198.51.100.10"])


def check(verifier: HmacVerifier, trailer: bytes, now: int = NOW, message: bytes = MESSAGE) -> HmacResult:
    return verifier.check(message, trailer, SOURCE, now)[0]


@pytest.mark.parametrize("source", IMAGES)
def test_the_images_of_the_draft_are_made_and_accepted(source: str) -> None:
    """[TX-16] [RX-19]"""
    message, trailer = (bytes.fromhex(text) for text in IMAGES[source])
    packed = ip_address(source).packed

    assert trailer == HmacSigner(POLICY).trailer(message, packed, NOW)
    assert (HmacResult.OK, 1) == HmacVerifier(POLICY).check(message, trailer, packed, NOW)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (0, HmacResult.BAD_HMAC),  # version
        (1, HmacResult.BAD_HMAC),  # VRID
        (2, HmacResult.BAD_HMAC),  # priority
        (5, HmacResult.BAD_HMAC),  # interval
        (7, HmacResult.OK),  # checksum, which a unicast copy may change
        (11, HmacResult.BAD_HMAC),  # address
        (12, HmacResult.MALFORMED),
        (13, HmacResult.UNKNOWN_KEY),
        (15, HmacResult.MALFORMED),
        (19, HmacResult.BAD_HMAC),  # seconds
        (23, HmacResult.BAD_HMAC),  # counter
        (39, HmacResult.BAD_HMAC),
    ],
)
def test_a_changed_bit_is_found(place: int, expected: HmacResult) -> None:
    """[RX-19]"""
    packet = bytearray(MESSAGE + TRAILER)
    packet[place] ^= 0x10 if place in (0, 13) else 1

    found = HmacVerifier(MONOTONIC).check(bytes(packet[:12]), bytes(packet[12:]), SOURCE, NOW)[0]

    assert expected is found


def test_the_source_address_is_part_of_what_is_signed() -> None:
    """[RX-19]"""
    assert HmacResult.BAD_HMAC is HmacVerifier(POLICY).check(MESSAGE, TRAILER, b"\xc6\x33\x64\x0b", NOW)[0]


@pytest.mark.parametrize(("off_s", "expected"), [(5, HmacResult.OK), (6, HmacResult.STALE)])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_clocks_may_differ_by_the_window(off_s: int, expected: HmacResult, sign: int) -> None:
    """[RX-19]"""
    assert expected is check(HmacVerifier(POLICY), TRAILER, NOW + sign * off_s * SECOND)


def test_without_a_window_age_does_not_matter() -> None:
    assert HmacResult.OK is check(HmacVerifier(MONOTONIC), TRAILER, NOW + 10**6 * SECOND)


def test_the_same_packet_is_accepted_once() -> None:
    """[RX-19]"""
    verifier = HmacVerifier(POLICY)
    assert HmacResult.OK is check(verifier, TRAILER)
    assert HmacResult.REPLAY is check(verifier, TRAILER)


def test_a_mark_expires_with_the_window_and_stays_without_one() -> None:
    """A sender whose clock was set back is heard again; without a window its numbers must go on growing."""
    later = HmacSigner(POLICY).trailer(MESSAGE, SOURCE, NOW + 3600 * SECOND)
    with_window, without = HmacVerifier(POLICY), HmacVerifier(MONOTONIC)
    assert HmacResult.OK is check(with_window, later, NOW + 3600 * SECOND)
    assert HmacResult.OK is check(without, later, NOW + 3600 * SECOND)

    assert HmacResult.OK is check(with_window, TRAILER)
    assert HmacResult.REPLAY is check(without, TRAILER)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (HmacMode.ENFORCE, HmacResult.MISSING),
        (HmacMode.PERMISSIVE, HmacResult.OK),
        (HmacMode.RECEIVE_ONLY, HmacResult.OK),
    ],
)
def test_an_advert_without_trailer_passes_except_where_it_is_enforced(
    mode: HmacMode, expected: HmacResult
) -> None:
    """[RX-19] But a wrong trailer is refused in every mode."""
    verifier = HmacVerifier(replace(POLICY, mode=mode))
    assert expected is check(verifier, b"")
    assert HmacResult.BAD_HMAC is check(verifier, TRAILER[:-1] + b"\0")


def test_keys_are_rotated_without_a_gap() -> None:
    """Both know both keys: whoever already signs with the new one is understood by whoever does not."""
    old, new = POLICY, replace(POLICY, active_key=2)
    verifier = HmacVerifier(old)
    assert HmacResult.OK is check(verifier, HmacSigner(old).trailer(MESSAGE, SOURCE, NOW))
    assert HmacResult.OK is check(verifier, HmacSigner(new).trailer(MESSAGE, SOURCE, NOW + SECOND))
    assert HmacResult.UNKNOWN_KEY is check(
        HmacVerifier(replace(old, keys={1: KEYS[1]})), HmacSigner(new).trailer(MESSAGE, SOURCE, NOW)
    )


def test_numbers_grow_within_one_moment_and_when_the_clock_goes_back_a_little() -> None:
    signer = HmacSigner(POLICY)
    times = (NOW, NOW, NOW - SECOND, NOW + SECOND)
    numbers = [int.from_bytes(signer.trailer(MESSAGE, SOURCE, at)[4:12], "big") for at in times]

    assert sorted(set(numbers)) == numbers
    assert sequence_at(NOW + SECOND) == numbers[-1]


def test_a_clock_that_was_set_back_far_is_followed_unless_only_growth_counts() -> None:
    """Otherwise every advert would be stale to everybody until the clock has caught up."""
    for policy, expected in (
        (POLICY, sequence_at(NOW)),
        (MONOTONIC, sequence_at(NOW + 3600 * SECOND) + 1),
    ):
        signer = HmacSigner(policy)
        signer.trailer(MESSAGE, SOURCE, NOW + 3600 * SECOND)
        assert expected == int.from_bytes(signer.trailer(MESSAGE, SOURCE, NOW)[4:12], "big")


def test_sequence_numbers_are_ordered_across_their_wrap() -> None:
    """RFC 1982: in February 2106 the seconds begin anew."""
    last = (1 << 64) - 1
    assert is_after(0, last)
    assert not is_after(last, 0)
    assert not is_after(7, 7)


def test_only_who_knows_a_key_gets_a_place_in_the_table_and_places_are_few() -> None:
    verifier = HmacVerifier(POLICY, senders=2)
    sources = [bytes((192, 0, 2, number)) for number in range(4)]
    for source in sources[:2]:
        assert (
            HmacResult.OK
            is verifier.check(MESSAGE, HmacSigner(POLICY).trailer(MESSAGE, source, NOW), source, NOW)[0]
        )
    for number in range(100):
        verifier.check(MESSAGE, TRAILER, bytes((10, 0, 0, number)), NOW)
    kept = HmacSigner(POLICY).trailer(MESSAGE, sources[0], NOW)

    assert HmacResult.REPLAY is verifier.check(MESSAGE, kept, sources[0], NOW)[0]
    third = HmacSigner(POLICY).trailer(MESSAGE, sources[2], NOW)
    assert HmacResult.OK is verifier.check(MESSAGE, third, sources[2], NOW)[0]
    assert HmacResult.OK is verifier.check(MESSAGE, kept, sources[0], NOW)[0], "it had to make room"


def test_keys_are_not_shown() -> None:
    assert "bytes" not in repr(POLICY)
    assert KEYS[1].hex() not in repr(POLICY)
