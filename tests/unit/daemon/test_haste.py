"""A start goes first, and what was started does not."""

from __future__ import annotations

import os

import pytest

from pykeepalived.daemon import haste


@pytest.mark.root  # CAP_SYS_NICE
def test_a_start_goes_first_and_then_everything_is_as_before() -> None:
    pid = os.fork()
    if pid == 0:
        os.setpriority(os.PRIO_PROCESS, 0, 3)
        haste.hasten()
        during = os.getpriority(os.PRIO_PROCESS, 0)
        haste.relax()
        haste.relax()
        os._exit(0 if (during, os.getpriority(os.PRIO_PROCESS, 0)) == (-15, 3) else 1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_who_may_not_starts_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(_which: int, _who: int, nice: int) -> None:
        asked.append(nice)
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    haste.hasten()
    haste.relax()
    assert 1 == len(asked)


def test_an_even_better_nice_level_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    levels: list[int] = []
    monkeypatch.setattr(os, "getpriority", lambda *_: -19)
    monkeypatch.setattr(os, "setpriority", lambda _which, _who, nice: levels.append(nice))
    haste.hasten()
    haste.relax()
    assert [-19, -19] == levels


def test_haste_within_haste_ends_as_it_was_before_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    level = [0]
    monkeypatch.setattr(os, "getpriority", lambda *_: level[0])
    monkeypatch.setattr(os, "setpriority", lambda _which, _who, nice: level.__setitem__(0, nice))

    with haste.hurried():
        assert -15 == level[0]
        with haste.hurried():
            assert -15 == level[0]

    assert 0 == level[0]


def test_a_reload_that_fails_is_no_hurry_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    level = [0]
    monkeypatch.setattr(os, "getpriority", lambda *_: level[0])
    monkeypatch.setattr(os, "setpriority", lambda _which, _who, nice: level.__setitem__(0, nice))

    with pytest.raises(ZeroDivisionError), haste.hurried():
        raise ZeroDivisionError

    assert 0 == level[0]
