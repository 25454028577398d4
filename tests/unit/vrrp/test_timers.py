"""Skew_Time and Master_Down_Interval over the whole table of priorities."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.vrrp.timers import (
    long_sleep_ns,
    master_down_interval_ns,
    shortest_down_interval_ns,
    skew_time_ns,
    tolerated_lateness_ns,
)

CENTISECOND = NANOSECONDS_PER_SECOND // 100


@pytest.mark.parametrize("interval_cs", [1, 7, 100, 4095])
def test_version_3_scales_the_skew_with_the_interval(interval_cs: int) -> None:
    """[TM-2]: ((256 - priority) x Master_Adver_Interval) / 256, to the nanosecond."""
    for priority in range(1, 256):
        exact = Fraction((256 - priority) * interval_cs * CENTISECOND, 256)
        found = skew_time_ns(3, priority, interval_cs * CENTISECOND)
        assert 0 <= exact - found < 1


@pytest.mark.parametrize("interval_s", [1, 3, 255])
def test_version_2_divides_one_second_whatever_the_interval(interval_s: int) -> None:
    """[TM-2]: (256 - priority) / 256 seconds (RFC 3768 section 6.1)."""
    for priority in range(1, 256):
        exact = Fraction((256 - priority) * NANOSECONDS_PER_SECOND, 256)
        found = skew_time_ns(2, priority, interval_s * NANOSECONDS_PER_SECOND)
        assert 0 <= exact - found < 1


def test_a_better_priority_always_fires_first() -> None:
    """[TM-2]: also with the smallest interval no two priorities share a deadline."""
    skews = [skew_time_ns(3, priority, CENTISECOND) for priority in range(1, 256)]
    assert sorted(set(skews), reverse=True) == skews


@pytest.mark.parametrize(
    ("version", "priority", "interval_s", "adverts", "wanted_s"),
    [
        (2, 100, 1, 3, "3.609375"),
        (2, 254, 1, 3, "3.0078125"),
        (2, 100, 5, 3, "15.609375"),
        (3, 100, 1, 3, "3.609375"),
        (3, 100, 5, 3, "18.046875"),
        (3, 1, 1, 3, "3.99609375"),
        (3, 255, 1, 3, "3.00390625"),
        (3, 100, 1, 5, "5.609375"),
    ],
)
def test_the_down_interval(version: int, priority: int, interval_s: int, adverts: int, wanted_s: str) -> None:
    """[TM-3] [TM-8]"""
    found = master_down_interval_ns(version, priority, interval_s * NANOSECONDS_PER_SECOND, adverts)
    assert int(Fraction(wanted_s) * NANOSECONDS_PER_SECOND) == found


def test_the_quickest_peer_has_priority_254() -> None:
    """[TM-7]"""
    assert 3_007_812_500 == shortest_down_interval_ns(RouterSettings("VI", "eth0", 1, version=3))


def test_what_counts_as_a_sleep() -> None:
    """[TM-7]: half an interval, but never the few milliseconds that a busy machine takes."""
    assert 500_000_000 == tolerated_lateness_ns(NANOSECONDS_PER_SECOND)
    assert 50_000_000 == tolerated_lateness_ns(CENTISECOND)
    assert NANOSECONDS_PER_SECOND == long_sleep_ns(36_000_000)
    assert 3_609_375_000 == long_sleep_ns(3_609_375_000)
