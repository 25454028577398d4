"""Scheduling and memory: what was done is said, and nothing is fatal."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable

import pytest

from pykeepalived.daemon import realtime


def in_child(check: Callable[[], bool]) -> bool:
    """These settings are for the life of a process."""
    pid = os.fork()
    if pid == 0:
        ok = False
        try:
            ok = check()
        finally:
            os._exit(0 if ok else 1)
    return os.waitpid(pid, 0)[1] == 0


@pytest.mark.root  # CAP_SYS_NICE
def test_real_time_scheduling_is_set_and_not_inherited() -> None:
    def check() -> bool:
        outcome = realtime.schedule(3)
        mine = outcome.done and os.sched_getparam(0).sched_priority == 3
        return mine and in_child(lambda: os.sched_getscheduler(0) == os.SCHED_OTHER)

    assert in_child(check)


def test_a_refusal_falls_back_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    monkeypatch.setattr(os, "setpriority", lambda _which, _who, nice: asked.append(nice))

    outcome = realtime.schedule()

    assert [-20] == asked
    assert not outcome.done
    assert "nice -20" in outcome.detail
    assert "Operation not permitted" in outcome.detail

    monkeypatch.setattr(os, "setpriority", refuse)
    assert "adverts may be late" in realtime.schedule().detail


def test_ordinary_scheduling_as_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "setpriority", lambda _which, _who, nice: asked.append(nice))

    assert realtime.schedule(None, -5).done
    assert [-5] == asked


def test_processors_that_do_not_exist_are_refused_without_harm() -> None:
    before = os.sched_getaffinity(0)

    outcome = realtime.run_on([1023])

    assert not outcome.done
    assert before == os.sched_getaffinity(0)


def test_frozen_objects_are_out_of_the_collectors_sight() -> None:
    def check() -> bool:
        keep = [[number] for number in range(1000)]
        outcome = realtime.freeze_garbage()
        return outcome.done and gc.get_freeze_count() > 1000 and len(gc.get_objects()) < 100 and bool(keep)

    assert in_child(check)
