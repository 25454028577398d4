"""The receive ladder of BFD: one packet per rung that stops there, and the order of the rungs."""

from __future__ import annotations

import pytest

from pykeepalived.wire.bfd import ControlPacket, encode
from pykeepalived.wire.bfd_receive import Accepted, Discard, DiscardReason, ReceivePolicy, Receiver

NEIGHBOR, LOCAL, STRANGER = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1)), bytes((192, 0, 2, 9))
OURS = 0x55667788
UP = ControlPacket(3, 0, 5, 0x11223344, OURS, 10_000_000, 10_000_000)
DOWN = UP._replace(state=1, your_discriminator=0)
GOOD = encode(UP)
RECEIVER = Receiver([ReceivePolicy("peer", OURS, NEIGHBOR)])


def patched(data: bytes, *changes: tuple[int, int]) -> bytes:
    changed = bytearray(data)
    for offset, value in changes:
        changed[offset] = value
    return bytes(changed)


def judged(
    data: bytes, source: bytes = NEIGHBOR, *, port: int = 3784, hop_limit: int = 255
) -> Accepted | Discard:
    return RECEIVER.judge(data, source, LOCAL, port, hop_limit)


RUNGS: dict[DiscardReason, Accepted | Discard] = {
    DiscardReason.TOO_SHORT: judged(GOOD[:23]),
    DiscardReason.VERSION: judged(patched(GOOD, (0, 0x40))),
    DiscardReason.LENGTH_TOO_SMALL: judged(patched(GOOD, (3, 23))),
    DiscardReason.INCOMPLETE: judged(patched(GOOD, (3, 25))),
    DiscardReason.ZERO_MULTIPLIER: judged(patched(GOOD, (2, 0))),
    DiscardReason.MULTIPOINT: judged(patched(GOOD, (1, 0xC1))),
    DiscardReason.ZERO_DISCRIMINATOR: judged(GOOD[:4] + bytes(4) + GOOD[8:]),
    DiscardReason.POLL_AND_FINAL: judged(patched(GOOD, (1, 0xF0))),
    DiscardReason.UNKNOWN_DISCRIMINATOR: judged(patched(GOOD, (8, 0))),
    DiscardReason.NO_DISCRIMINATOR: judged(encode(UP._replace(your_discriminator=0))),
    DiscardReason.UNKNOWN_NEIGHBOR: judged(encode(DOWN), STRANGER),
    DiscardReason.PORT: judged(GOOD, port=4784),
    DiscardReason.HOP_LIMIT: judged(GOOD, hop_limit=254),
    DiscardReason.AUTHENTICATION: judged(patched(GOOD, (1, 0xC4), (3, 26)) + bytes(2)),
}


@pytest.mark.parametrize("reason", list(DiscardReason), ids=lambda reason: reason.label)
def test_every_rung_stops_its_packet_and_says_why(reason: DiscardReason) -> None:
    verdict = RUNGS[reason]
    assert isinstance(verdict, Discard)
    assert reason is verdict.reason
    assert verdict.detail
    assert "{" not in verdict.detail


def test_labels_are_unique() -> None:
    assert len(DiscardReason) == len({reason.label for reason in DiscardReason})


def test_a_sound_packet_passes() -> None:
    assert Accepted("peer", UP) == judged(GOOD)
    assert Accepted("peer", DOWN) == judged(encode(DOWN))


def test_an_authenticated_packet_needs_room_for_its_section() -> None:
    """Section 6.8.6: 26 bytes at least when the A bit is set, and that comes before the session."""
    verdict = judged(patched(GOOD, (1, 0xC4)))
    assert isinstance(verdict, Discard)
    assert DiscardReason.LENGTH_TOO_SMALL is verdict.reason


def test_bytes_behind_the_packet_are_ignored() -> None:
    assert Accepted("peer", UP) == judged(GOOD + b"padding")


@pytest.mark.parametrize("state", [2, 3])
def test_only_a_neighbour_that_is_down_may_lack_our_discriminator(state: int) -> None:
    verdict = judged(encode(DOWN._replace(state=state)))
    assert isinstance(verdict, Discard)
    assert DiscardReason.NO_DISCRIMINATOR is verdict.reason


def test_a_session_is_found_by_discriminator_alone_wherever_the_packet_came_from() -> None:
    """RFC 5880 section 6.3: once it is known nothing else counts; the neighbour may have other addresses."""
    assert Accepted("peer", UP) == judged(GOOD, STRANGER)


def test_a_hop_limit_that_the_kernel_did_not_tell_is_not_believed() -> None:
    assert isinstance(judged(GOOD, hop_limit=0), Discard)


def test_of_two_sessions_with_a_neighbour_the_local_address_decides() -> None:
    other = bytes((192, 0, 2, 100))
    receiver = Receiver(
        [
            ReceivePolicy("any", 1, NEIGHBOR),
            ReceivePolicy("here", 2, NEIGHBOR, LOCAL),
            ReceivePolicy("far", 3, NEIGHBOR, LOCAL, multihop=True, lowest_hop_limit=0),
        ]
    )
    data = encode(DOWN)
    named = [
        receiver.judge(data, NEIGHBOR, destination, port, 255)
        for destination, port in ((LOCAL, 3784), (other, 3784), (LOCAL, 4784))
    ]
    assert ["here", "any", "far"] == [one.session for one in named]


@pytest.mark.parametrize(
    ("lowest", "hop_limit", "passes"), [(0, 1, True), (250, 250, True), (250, 249, False)]
)
def test_max_hops_lowers_what_is_asked_for(lowest: int, hop_limit: int, passes: bool) -> None:
    receiver = Receiver([ReceivePolicy("peer", OURS, NEIGHBOR, lowest_hop_limit=lowest)])
    verdict = receiver.judge(GOOD, NEIGHBOR, LOCAL, 3784, hop_limit)
    assert passes is isinstance(verdict, Accepted)
