"""A failure counts unless the machine stood still."""

from __future__ import annotations

import pytest

from tests.support import stalls
from tests.support.stalls import repeat_when_stalled


def test_a_failure_on_a_machine_that_kept_time_counts_at_once() -> None:
    runs: list[int] = []

    @repeat_when_stalled(10**15)
    def fails() -> None:
        runs.append(1)
        raise AssertionError

    with pytest.raises(AssertionError):
        fails()

    assert [1] == runs


def test_a_failure_beside_a_stall_is_tried_again_and_the_last_one_counts() -> None:
    runs: list[int] = []

    @repeat_when_stalled(0)
    def fails() -> None:
        runs.append(1)
        raise AssertionError

    with pytest.raises(AssertionError):
        fails()

    assert [1] * stalls._ATTEMPTS == runs


def test_a_success_is_not_repeated() -> None:
    runs: list[int] = []

    @repeat_when_stalled(0)
    def passes() -> None:
        runs.append(1)

    passes()

    assert [1] == runs
