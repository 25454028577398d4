"""The heap of deadlines, with a clock of its own, and its tie to a timer descriptor."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Hashable

import pytest

from pykeepalived.daemon.loop import Deadlines, TimerDriver
from pykeepalived.daemon.timerfd import open_timerfd


def popped(deadlines: Deadlines, now: int) -> list[Hashable]:
    return [key for _, key in deadlines.pop_due(now)]


def test_keys_become_due_in_order_and_only_once() -> None:
    deadlines = Deadlines()
    deadlines.set("b", 20)
    deadlines.set("a", 10)
    deadlines.set("c", 30)

    assert deadlines.earliest() == 10
    assert ["a", "b"] == popped(deadlines, 25)
    assert [] == popped(deadlines, 25)
    assert deadlines.earliest() == 30


def test_a_deadline_that_moved_later_is_not_believed() -> None:
    deadlines = Deadlines()
    deadlines.set("a", 10)
    deadlines.set("a", 50)

    assert [] == popped(deadlines, 10)
    assert deadlines.earliest() == 50
    assert ["a"] == popped(deadlines, 50)


def test_a_deadline_that_moved_earlier_is_due_then_and_not_again() -> None:
    deadlines = Deadlines()
    deadlines.set("a", 50)
    deadlines.set("a", 10)

    assert ["a"] == popped(deadlines, 10)
    assert [] == popped(deadlines, 100)
    assert deadlines.earliest() is None


def test_a_withdrawn_deadline_is_never_due() -> None:
    deadlines = Deadlines()
    deadlines.set("a", 10)
    deadlines.set("a", None)

    assert [] == popped(deadlines, 100)


def test_moving_later_does_not_grow_the_heap() -> None:
    deadlines = Deadlines()
    for at in range(1, 10_000):
        deadlines.set("a", at)

    assert len(deadlines._heap) == 1


def test_a_lead_hands_out_early_and_tells_the_time() -> None:
    deadlines = Deadlines()
    deadlines.set("precise", 100, 20)
    deadlines.set("plain", 90)

    assert deadlines.earliest() == 80
    assert [] == deadlines.pop_due(79)
    assert [(100, "precise")] == deadlines.pop_due(80)
    deadlines.set("precise", 105, 20)
    assert [(90, "plain"), (105, "precise")] == deadlines.pop_due(95)


def test_a_deadline_with_a_lead_that_moved_later_is_not_believed() -> None:
    deadlines = Deadlines()
    deadlines.set("precise", 100, 20)
    deadlines.set("precise", 200, 20)

    assert [] == deadlines.pop_due(80)
    assert deadlines.earliest() == 180


def test_a_random_history_agrees_with_a_dictionary() -> None:
    chance = random.Random(7)
    deadlines = Deadlines()
    model: dict[Hashable, int] = {}
    for now in range(0, 3_000, 3):
        for _ in range(3):
            key = chance.randrange(20)
            at = None if chance.random() < 0.2 else now + chance.randrange(100)
            deadlines.set(key, at)
            model.pop(key, None)
            if at is not None:
                model[key] = at
        due = {key for key, at in model.items() if at <= now}
        # A withdrawn deadline may still be the earliest entry: too early is allowed, too late is not.
        earliest = deadlines.earliest()
        assert not model or (earliest is not None and earliest <= min(model.values()))
        assert due == set(popped(deadlines, now))
        for key in due:
            del model[key]


def test_a_timer_descriptor_becomes_readable_at_its_time_and_not_before() -> None:
    timer = open_timerfd()
    try:
        at = time.monotonic_ns() + 5_000_000
        timer.arm(at)
        os.set_blocking(timer.fileno(), True)
        os.read(timer.fileno(), 8)
        assert time.monotonic_ns() >= at
    finally:
        timer.close()


def test_a_packet_that_is_already_queued_moves_the_deadline_before_it_is_believed() -> None:
    """Drain first: the timer that fired late must not win over an advert that came in time."""
    fired: list[Hashable] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        finished = asyncio.Event()

        def drain() -> None:
            driver.set("master down", time.monotonic_ns() + 60_000_000_000)

        def on_due(key: Hashable, now: int) -> None:
            fired.append(key)
            finished.set()

        driver = TimerDriver(loop, before_due=drain, on_due=on_due)
        driver.set("master down", time.monotonic_ns() + 1_000_000)
        driver.set("end", time.monotonic_ns() + 20_000_000)
        await asyncio.wait_for(finished.wait(), 10)
        driver.close()

    asyncio.run(scenario())

    assert ["end"] == fired


@pytest.mark.parametrize("lead_ns", [0, 250_000])
def test_the_driver_never_fires_early(lead_ns: int) -> None:
    early: list[int] = []
    count = 0

    async def scenario() -> None:
        finished = asyncio.Event()
        wanted: dict[Hashable, int] = {}

        def on_due(key: Hashable, now: int) -> None:
            nonlocal count
            early.append(max(0, wanted[key] - time.monotonic_ns()))
            count += 1
            if count == 60:
                finished.set()
            else:
                wanted[key] = time.monotonic_ns() + 300_000
                driver.set(key, wanted[key], lead_ns)

        driver = TimerDriver(asyncio.get_running_loop(), before_due=lambda: None, on_due=on_due)
        for key in range(3):
            wanted[key] = time.monotonic_ns() + 200_000 * key
            driver.set(key, wanted[key], lead_ns)
        await asyncio.wait_for(finished.wait(), 20)
        driver.close()

    asyncio.run(scenario())

    assert len(early) >= 60
    assert 0 == max(early)


def test_deadlines_that_moved_before_they_were_reached_wake_nobody() -> None:
    """A Backup's timer moves with each advert: what counts is where it is now."""
    deadlines = Deadlines()
    for number in range(100):
        deadlines.set(number, 10 + number)
    for number in range(100):
        deadlines.set(number, 5000 - number)
    deadlines.set(7, None)

    assert 5000 - 99 == deadlines.earliest()
    assert [] == popped(deadlines, 4900)
    assert 99 == len(popped(deadlines, 5000))
    assert deadlines.earliest() is None
