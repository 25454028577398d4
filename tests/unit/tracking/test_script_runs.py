"""When tracked scripts run and what their answers add up to."""

from __future__ import annotations

import itertools
import signal

import pytest

from pykeepalived.tracking.scripts import KILL_AFTER_NS, Answer, Run, Say, ScriptRuns, Signal
from pykeepalived.tracking.settings import ScriptSettings

SECOND = 1_000_000_000


def script(name: str = "chk", **changed: int | bool) -> ScriptSettings:
    return ScriptSettings(name, ("/bin/check", name), **changed)  # type: ignore[arg-type]


def answers(runs: ScriptRuns, *statuses: int) -> list[bool | None]:
    """Run the only script once per status; the verdict after each, None where none was said."""
    said: list[bool | None] = []
    for status in statuses:
        at = runs.deadline
        assert at is not None
        assert Run("chk") in runs.due(at)
        new = [one.good for one in runs.ended("chk", status) if isinstance(one, Answer)]
        said.append(new[0] if new else None)
    return said


def test_the_first_success_is_enough() -> None:
    assert [True, None] == answers(ScriptRuns([script(rise=3)], 0), 0, 0)


def test_the_first_failure_is_enough() -> None:
    assert [False, None] == answers(ScriptRuns([script(fall=3)], 0), 1, 1)


def test_after_that_it_takes_fall_failures_in_a_row() -> None:
    runs = ScriptRuns([script(fall=3)], 0)
    assert [True, None, None, None, None, None, False] == answers(runs, 0, 1, 1, 0, 1, 1, 1)


def test_and_rise_successes_in_a_row() -> None:
    runs = ScriptRuns([script(rise=3)], 0)
    assert [False, None, None, None, None, None, True] == answers(runs, 1, 0, 0, 1, 0, 0, 0)


def test_init_fail_begins_bad_and_needs_all_successes() -> None:
    runs = ScriptRuns([script(rise=2, starts_failed=True)], 0)
    assert {"chk": False} == runs.verdicts()
    assert [None, None, True] == answers(runs, 1, 0, 0)


def test_a_verdict_from_before_a_restart_counts() -> None:
    runs = ScriptRuns([script(fall=2)], 0, {"chk": True})
    assert [None, False] == answers(runs, 1, 1)


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (0, [Answer("chk", True, "VRRP_Script(chk) succeeded")]),
        (
            3,
            [
                Say("chk", "Script `chk` now returning 3"),
                Answer("chk", False, "VRRP_Script(chk) failed (exited with status 3)"),
            ],
        ),
        (-9, [Answer("chk", False, "VRRP_Script(chk) failed (due to signal 9)")]),
    ],
)
def test_the_log_says_it_in_the_words_of_keepalived(status: int, wanted: list[object]) -> None:
    runs = ScriptRuns([script()], 0)
    runs.due(0)
    assert wanted == runs.ended("chk", status)


def test_a_changed_exit_status_is_said_without_a_changed_verdict() -> None:
    runs = ScriptRuns([script()], 0)
    answers(runs, 1)
    at = runs.deadline
    assert at is not None
    runs.due(at)
    assert [Say("chk", "Script `chk` now returning 2")] == runs.ended("chk", 2)


def test_one_that_takes_too_long_is_terminated_then_killed_and_has_failed() -> None:
    runs = ScriptRuns([script(interval_ns=10 * SECOND, timeout_ns=SECOND)], 0)
    assert [Run("chk")] == runs.due(0)
    assert [] == runs.due(SECOND - 1)
    assert [Signal("chk", signal.SIGTERM)] == runs.due(SECOND)
    assert [Signal("chk", signal.SIGKILL)] == runs.due(SECOND + KILL_AFTER_NS)
    timed_out = Answer("chk", False, "VRRP_Script(chk) timed_out")
    assert [Signal("chk", signal.SIGKILL), timed_out] == runs.ended("chk", -signal.SIGKILL)


def test_one_that_answers_sigterm_with_success_has_succeeded() -> None:
    runs = ScriptRuns([script(interval_ns=10 * SECOND, timeout_ns=SECOND)], 0)
    runs.due(0)
    runs.due(SECOND)
    assert [Answer("chk", True, "VRRP_Script(chk) succeeded")] == runs.ended("chk", 0)


def test_one_that_still_runs_skips_its_run() -> None:
    runs = ScriptRuns([script(timeout_ns=10 * SECOND)], 0)
    runs.due(0)
    wanted = [Say("chk", "Track script chk is already running, expect idle - skipping run")]
    assert wanted == runs.due(SECOND)
    assert 2 * SECOND == runs.deadline


def test_one_that_cannot_be_executed_counts_as_good_as_with_keepalived() -> None:
    runs = ScriptRuns([script()], 0)
    runs.due(0)
    assert [Answer("chk", True, "VRRP_Script(chk) succeeded")] == runs.not_started("chk")


def test_runs_are_spread_over_the_interval() -> None:
    count = 10
    runs = ScriptRuns([script(f"s{n}") for n in range(count)], 0)
    started: dict[int, int] = {}
    now = 0
    while now < 5 * SECOND:
        at = runs.deadline
        assert at is not None
        now = at
        for action in runs.due(now):
            if isinstance(action, Run):
                started[now] = started.get(now, 0) + 1
                runs.ended(action.name, 0)
    late = sorted(at for at in started if at >= 3 * SECOND)
    assert {1} == {started[at] for at in late}
    assert all(b - a >= SECOND // count // 2 for a, b in itertools.pairwise(late))


def test_every_script_keeps_its_interval() -> None:
    runs = ScriptRuns([script(f"s{n}") for n in range(7)], 0)
    last: dict[str, int] = {}
    now = 0
    while now < 4 * SECOND:
        at = runs.deadline
        assert at is not None
        now = at
        for action in runs.due(now):
            assert isinstance(action, Run)
            if action.name in last:
                assert SECOND // 3 <= now - last[action.name] <= 1.5 * SECOND
            last[action.name] = now
            runs.ended(action.name, 0)


def test_after_a_long_sleep_it_runs_once_not_many_times() -> None:
    runs = ScriptRuns([script()], 0)
    answers(runs, 0)
    assert [Run("chk")] == runs.due(60 * SECOND)
    runs.ended("chk", 0)
    assert 61 * SECOND == runs.deadline


# ---------------------------------------------------------------- reload


def test_a_reload_with_the_same_command_keeps_the_verdict_and_the_rhythm() -> None:
    runs = ScriptRuns([script(fall=2)], 0)
    answers(runs, 0)
    before = runs.deadline
    assert [] == runs.configure([script(fall=3)], SECOND // 2)
    assert before == runs.deadline
    assert [None, None, False] == answers(runs, 1, 1, 1)


def test_a_reload_with_a_smaller_fall() -> None:
    runs = ScriptRuns([script(fall=5)], 0)
    answers(runs, 0)
    runs.configure([script(fall=1)], 0)
    assert [False] == answers(runs, 1)


def test_a_reload_that_removes_a_running_script_kills_it() -> None:
    runs = ScriptRuns([script()], 0)
    runs.due(0)
    assert [Signal("chk", signal.SIGKILL)] == runs.configure([], 1)
    assert [] == runs.ended("chk", -9)
    assert runs.deadline is None


def test_another_command_of_the_same_name_starts_anew() -> None:
    runs = ScriptRuns([script()], 0)
    answers(runs, 0)
    runs.configure([ScriptSettings("chk", ("/bin/other",))], SECOND // 2)
    assert {} == runs.verdicts()
    assert [False] == answers(runs, 1)
