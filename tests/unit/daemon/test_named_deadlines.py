"""What the supervisor does later, by name."""

from __future__ import annotations

import time

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon.named_deadlines import NamedDeadlines


def far_later() -> int:
    return time.monotonic_ns() + 3600 * NANOSECONDS_PER_SECOND


def test_what_is_due_is_done_once() -> None:
    done: list[str] = []
    deadlines = NamedDeadlines()
    deadlines.after("a", 0, lambda: done.append("a"))
    deadlines.after("later", 7200 * NANOSECONDS_PER_SECOND, lambda: done.append("later"))
    deadlines.expire(far_later())
    deadlines.expire(far_later())
    assert ["a"] == done
    assert "a" not in deadlines
    assert "later" in deadlines


def test_a_name_stands_for_one_action_the_last() -> None:
    done: list[str] = []
    deadlines = NamedDeadlines()
    deadlines.after("a", 0, lambda: done.append("first"))
    deadlines.after("a", 0, lambda: done.append("second"))
    deadlines.expire(far_later())
    assert ["second"] == done


def test_an_action_may_undo_or_repeat_what_is_due_with_it() -> None:
    done: list[str] = []
    deadlines = NamedDeadlines()

    def first() -> None:
        deadlines.forget("second")
        deadlines.after("third", 7200 * NANOSECONDS_PER_SECOND, lambda: done.append("third"))

    deadlines.after("first", 0, first)
    deadlines.after("second", 0, lambda: done.append("second"))
    deadlines.after("third", 0, lambda: done.append("third"))
    deadlines.expire(far_later())
    assert [] == done


def test_nothing_to_do_has_no_point_in_time() -> None:
    deadlines = NamedDeadlines()
    assert deadlines.earliest is None
    deadlines.forget("never set")
    deadlines.after("a", 0, lambda: None)
    assert deadlines.earliest is not None
    deadlines.clear()
    assert deadlines.earliest is None
