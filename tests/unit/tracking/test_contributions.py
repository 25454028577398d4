"""What a tracked thing does to a router: the table of keepalived's rules."""

from __future__ import annotations

import pytest

from pykeepalived.tracking.contributions import contribution, sentence, total
from pykeepalived.tracking.settings import Follow, TrackerKind

FAULT = "fault"
BINARY = (TrackerKind.INTERFACE, TrackerKind.SCRIPT, TrackerKind.PROCESS, TrackerKind.BFD)


def effect(kind: TrackerKind, weight: int, reverse: bool, status: int | None) -> int | str:
    one = contribution(Follow(kind, "x", weight, reverse), status)
    return FAULT if one.is_fault else one.points


@pytest.mark.parametrize("kind", BINARY)
@pytest.mark.parametrize(
    ("weight", "reverse", "when_good", "when_bad"),
    [
        (0, False, 0, FAULT),
        (0, True, FAULT, 0),
        (20, False, 20, 0),
        (-20, False, 0, -20),
        (20, True, -20, 0),
        (-20, True, 0, 20),
        (253, False, 253, 0),
    ],
)
def test_a_thing_that_is_good_or_bad(
    kind: TrackerKind, weight: int, reverse: bool, when_good: int | str, when_bad: int | str
) -> None:
    assert when_good == effect(kind, weight, reverse, 1)
    assert when_bad == effect(kind, weight, reverse, 0)


@pytest.mark.parametrize(
    ("weight", "reverse", "number", "wanted"),
    [
        (1, False, 0, 0),
        (1, False, 5, 5),
        (2, False, -7, -14),
        (-3, False, 4, -12),
        (2, True, 10, -20),
        (1, False, 1000, 253),
        (1, False, -253, -253),
        (1, False, -254, FAULT),
        (100, False, -3, FAULT),
        (-1, False, 254, FAULT),
        (1, True, 254, FAULT),
        (0, False, 0, 0),
        (0, False, 1, FAULT),
        (0, False, -1, FAULT),
        (0, True, 0, FAULT),
        (0, True, 7, 0),
        (254, False, 2147483648, 253),
    ],
)
def test_a_file_multiplies_its_number(weight: int, reverse: bool, number: int, wanted: int | str) -> None:
    assert wanted == effect(TrackerKind.FILE, weight, reverse, number)


@pytest.mark.parametrize("kind", list(TrackerKind))
def test_what_is_not_known_does_nothing(kind: TrackerKind) -> None:
    assert effect(kind, 0, False, None) == 0
    assert effect(kind, -50, True, None) == 0


def test_the_reason_of_a_fault_stays_while_the_number_changes() -> None:
    follow = Follow(TrackerKind.FILE, "load", 1)
    assert "file load signals a fault" == contribution(follow, -254).fault
    assert contribution(follow, -300).fault == contribution(follow, -254).fault


@pytest.mark.parametrize(
    ("base", "terms", "wanted"),
    [
        (100, [], "100"),
        (
            100,
            [(Follow(TrackerKind.SCRIPT, "chk_haproxy", -20), 0)],
            "80 = 100 - 20 (script chk_haproxy failed)",
        ),
        (
            100,
            [(Follow(TrackerKind.INTERFACE, "eth1", 30), 1), (Follow(TrackerKind.FILE, "f", 2), -5)],
            "120 = 100 + 30 (tracked interface eth1 up) - 10 (file f holds -5)",
        ),
        (
            10,
            [(Follow(TrackerKind.BFD, "b", -50), 0)],
            "1 = 10 - 50 (BFD session b down) is -40, outside of 1..254",
        ),
    ],
)
def test_the_sum_in_words(base: int, terms: list[tuple[Follow, int]], wanted: str) -> None:
    assert wanted == sentence(base, [contribution(follow, status) for follow, status in terms])


def test_an_owner_keeps_its_priority() -> None:
    assert total(255, [contribution(Follow(TrackerKind.SCRIPT, "s", -20), 0)]) == 255
