"""Limits against floods."""

from __future__ import annotations

from pykeepalived.vrrp.rate import Quietener, TokenBucket

SECOND = 1_000_000_000


def test_a_bucket_gives_its_capacity_at_once_and_then_one_per_period() -> None:
    bucket = TokenBucket(3, SECOND)
    assert [True, True, True, False] == [bucket.take(5 * SECOND) for _ in range(4)]
    assert not bucket.take(6 * SECOND - 1)
    assert [True, False] == [bucket.take(6 * SECOND) for _ in range(2)]
    assert [True, True, True, False] == [bucket.take(60 * SECOND) for _ in range(4)]


def test_a_flood_gets_the_rate_and_no_more() -> None:
    bucket = TokenBucket(3, SECOND)
    taken = sum(bucket.take(at) for at in range(0, 10 * SECOND, SECOND // 1000))
    assert 3 + 9 == taken


def test_the_first_line_of_each_kind_passes_and_the_next_says_what_it_held_back() -> None:
    quiet = Quietener(10 * SECOND)
    assert 0 == quiet.allow("a", 0)
    assert 0 == quiet.allow("b", 0)
    assert [None, None] == [quiet.allow("a", SECOND), quiet.allow("a", 9 * SECOND)]
    assert 2 == quiet.allow("a", 10 * SECOND)
    assert 0 == quiet.allow("a", 20 * SECOND)
