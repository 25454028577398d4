"""Rounds of gratuitous ARP, and the pace of their frames."""

from __future__ import annotations

from pykeepalived.vrrp.actions import RoundKind
from pykeepalived.vrrp.announce import AnnounceSchedule, Round
from pykeepalived.vrrp.settings import AnnounceSettings

SECOND = 1_000_000_000


def played(schedule: AnnounceSchedule, until: int) -> list[tuple[int, RoundKind, int]]:
    """Let time pass from deadline to deadline."""
    found = []
    while schedule.deadline is not None and schedule.deadline <= until:
        at = schedule.deadline
        found += [(at // SECOND, one.kind, one.repeat) for one in schedule.due(at)]
    return found


def test_the_defaults_are_five_now_and_five_after_five_seconds() -> None:
    """[AR-2]"""
    schedule = AnnounceSchedule(AnnounceSettings())
    assert Round(RoundKind.ENTERED_MASTER, 5) == schedule.begin(0)
    assert [(5, RoundKind.MASTER_DELAY, 5)] == played(schedule, 100 * SECOND)


def test_a_refresh_goes_on_until_it_is_stopped() -> None:
    """[AR-2]"""
    schedule = AnnounceSchedule(AnnounceSettings(master_delay_ns=0, refresh_ns=60 * SECOND, refresh_repeat=2))
    schedule.begin(0)
    assert [(60, RoundKind.REFRESH, 2), (120, RoundKind.REFRESH, 2)] == played(schedule, 150 * SECOND)
    schedule.stop()
    assert schedule.deadline is None
    assert [] == schedule.due(1000 * SECOND)


def test_a_late_refresh_is_not_made_up_for() -> None:
    schedule = AnnounceSchedule(AnnounceSettings(master_delay_ns=0, refresh_ns=SECOND))
    schedule.begin(0)
    assert 1 == len(schedule.due(100 * SECOND))
    assert 101 * SECOND == schedule.deadline


def test_a_second_lower_priority_round_is_not_stacked() -> None:
    """[AC-12] [AR-2]"""
    schedule = AnnounceSchedule(AnnounceSettings(lower_priority_repeat=2))
    for at in range(5):
        assert Round(RoundKind.LOWER_PRIORITY, 2) == schedule.heard_lower_priority(at * SECOND)
    assert [(5, RoundKind.LOWER_PRIORITY_DELAY, 2)] == played(schedule, 100 * SECOND)


def test_repeat_zero_answers_a_lower_priority_with_nothing() -> None:
    schedule = AnnounceSchedule(AnnounceSettings(lower_priority_repeat=0))
    assert schedule.heard_lower_priority(0) is None
    assert schedule.deadline is None
