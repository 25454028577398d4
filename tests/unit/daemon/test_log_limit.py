"""At most one line of a kind per interval."""

from __future__ import annotations

from pykeepalived.daemon.log_limit import _MAX_KINDS, LogLimit


def test_repetitions_are_swallowed_and_counted() -> None:
    limit = LogLimit(100)

    assert [0, None, None, 2, None] == [limit.admit("a", now) for now in (0, 1, 99, 100, 101)]


def test_kinds_do_not_disturb_each_other() -> None:
    limit = LogLimit(100)

    assert [0, 0, None] == [limit.admit("a", 0), limit.admit("b", 1), limit.admit("a", 2)]


def test_a_flood_of_made_up_kinds_does_not_grow_it() -> None:
    limit = LogLimit(100)
    admitted = sum(limit.admit(number, 5) is not None for number in range(100_000))

    assert _MAX_KINDS + 1 == admitted
    assert len(limit._kinds) <= _MAX_KINDS + 1
    assert limit.admit("known again", 200) is not None
