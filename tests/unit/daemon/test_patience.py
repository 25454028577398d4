"""When to try again what was refused."""

from __future__ import annotations

from pykeepalived.daemon.patience import Patience

SECOND = 10**9


def tries(patience: Patience, count: int) -> list[int]:
    """At how many seconds it is tried again and again in vain."""
    found = []
    for _ in range(count):
        assert patience.due_at is not None
        found.append(patience.due_at // SECOND)
        patience.tried(patience.due_at, left=True)
    return found


def test_pauses_grow_up_to_a_bound() -> None:
    patience = Patience()
    assert patience.due_at is None
    patience.refused(0)

    assert [1, 3, 7, 15, 31, 63, 95, 127] == tries(patience, 8)


def test_something_new_is_not_made_to_wait_for_what_is_old() -> None:
    patience = Patience()
    patience.refused(0)
    tries(patience, 6)

    patience.refused(70 * SECOND)

    assert [71, 73, 77] == tries(patience, 3)


def test_a_try_out_of_turn_puts_nothing_off() -> None:
    patience = Patience()
    patience.refused(0)
    patience.tried(SECOND // 2, left=True)

    assert SECOND == patience.due_at
    assert not patience.is_due(SECOND - 1)
    assert patience.is_due(SECOND)


def test_when_nothing_is_refused_any_more_nothing_is_due() -> None:
    patience = Patience()
    patience.refused(0)
    tries(patience, 3)
    patience.tried(8 * SECOND, left=False)
    assert patience.due_at is None

    patience.refused(100 * SECOND)
    assert 101 * SECOND == patience.due_at
