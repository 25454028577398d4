"""When a process has slept, and when it only had nothing to do."""

from __future__ import annotations

from pykeepalived.daemon.wakefulness import TOLERATED_NS, Wakefulness

SECOND = 1_000_000_000


def test_waiting_for_a_timer_is_no_sleep() -> None:
    assert Wakefulness(0).asleep_since(100 * SECOND, due_at=101 * SECOND, suspended=0) is None
    assert Wakefulness(0).asleep_since(100 * SECOND, due_at=None, suspended=0) is None


def test_a_timer_that_nobody_came_for_is_a_sleep_since_then() -> None:
    assert 97 * SECOND == Wakefulness(0).asleep_since(100 * SECOND, due_at=97 * SECOND, suspended=0)


def test_a_little_lateness_is_tolerated() -> None:
    awake = Wakefulness(0)
    assert awake.asleep_since(SECOND + TOLERATED_NS, due_at=SECOND, suspended=0) is None
    assert SECOND == awake.asleep_since(SECOND + TOLERATED_NS + 1, due_at=SECOND, suspended=0)


def test_a_suspend_takes_no_monotonic_time_and_counts_before_now() -> None:
    awake = Wakefulness(5 * SECOND)
    # Suspended 60 s, ten seconds before the next deadline.
    assert 40 * SECOND == awake.asleep_since(100 * SECOND, due_at=110 * SECOND, suspended=65 * SECOND)


def test_one_sleep_is_told_once() -> None:
    awake = Wakefulness(0)
    assert awake.asleep_since(100 * SECOND, due_at=97 * SECOND, suspended=9 * SECOND) is not None
    assert awake.asleep_since(100 * SECOND + 1, due_at=97 * SECOND, suspended=9 * SECOND) is None


def test_clock_readings_that_differ_by_a_hair_are_no_suspend() -> None:
    assert Wakefulness(SECOND).asleep_since(100 * SECOND, due_at=None, suspended=SECOND + 1_000_000) is None
    assert Wakefulness(SECOND).asleep_since(100 * SECOND, due_at=None, suspended=0) is None
