"""When a checker probes, and which results make its server up or down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pykeepalived.health.checker import (
    Action,
    Checker,
    Event,
    Hastened,
    ProbeFinished,
    ProbeNotRun,
    ReportDown,
    ReportUp,
    ReportWeight,
    Resumed,
    Standing,
    Started,
    StartProbe,
    StepPassed,
    Suspended,
    TimerFired,
    TryFailed,
)
from pykeepalived.health.settings import CheckSchedule
from pykeepalived.health.verdict import Verdict

S = 1_000_000_000
SCHEDULE = CheckSchedule(
    delay_loop_ns=6 * S, retry=2, delay_before_retry_ns=1 * S, warmup_ns=4 * S, budget_ns=5 * S
)
HTTP = replace(SCHEDULE, confirm_recovery=True, delay_before_retry_ns=3 * S)
GOOD = Verdict(True)
BAD = Verdict(False, "refused")


class Play:
    """A checker with a clock: each result arrives 100 ms after its probe began."""

    def __init__(self, schedule: CheckSchedule, steps: int = 1, remembered: Standing | None = None) -> None:
        self.checker = Checker(schedule, steps, remembered)
        self.now = 0
        self.send(Started(0.0))

    def send(self, event: Event) -> list[Action]:
        return self.checker.handle(event, self.now)

    def wait(self) -> tuple[float, int]:
        """Until the next probe: how long, and which target."""
        assert self.checker.deadline is not None
        waited = self.checker.deadline - self.now
        self.now += waited
        (start,) = self.send(TimerFired())
        assert isinstance(start, StartProbe)
        return waited / S, start.step

    def probe(self, verdict: Verdict) -> list[Action]:
        self.wait()
        self.now += S // 10
        return self.send(ProbeFinished(verdict))

    def probes(self, *verdicts: Verdict) -> list[list[Action]]:
        return [self.probe(verdict) for verdict in verdicts]


class TestStart:
    def test_the_first_probe_comes_within_the_warm_up_time(self) -> None:
        checker = Checker(SCHEDULE)
        checker.handle(Started(0.25), now=10 * S)

        assert 11 * S == checker.deadline

    def test_a_probe_has_its_budget(self) -> None:
        play = Play(SCHEDULE)
        play.now = 100

        assert [StartProbe(0, 100 + 5 * S)] == play.send(TimerFired())

    def test_the_first_failure_counts_at_once(self) -> None:
        play = Play(SCHEDULE)

        assert [ReportDown(BAD, retries=0)] == play.probe(BAD)
        assert not play.checker.is_up

    def test_the_first_success_of_a_server_assumed_up_is_told_as_no_change(self) -> None:
        play = Play(SCHEDULE)

        assert play.checker.is_up
        assert [ReportUp(changed=False)] == play.probe(GOOD)

    def test_with_alpha_the_server_is_down_until_the_first_success(self) -> None:
        play = Play(replace(SCHEDULE, alpha=True))

        assert not play.checker.is_up
        assert [ReportUp(changed=True)] == play.probe(GOOD)
        assert play.checker.is_up

    def test_with_alpha_a_first_failure_is_told(self) -> None:
        play = Play(replace(SCHEDULE, alpha=True))

        assert [[ReportDown(BAD, retries=0)], []] == play.probes(BAD, BAD)


class TestRetries:
    def test_retry_plus_one_failures_in_a_row_make_it_down(self) -> None:
        play = Play(SCHEDULE)
        play.probe(GOOD)

        assert [[], [], [ReportDown(BAD, retries=2)], []] == play.probes(BAD, BAD, BAD, BAD)

    def test_a_success_between_forgives_the_failures(self) -> None:
        play = Play(SCHEDULE)
        play.probe(GOOD)

        assert [[], [], [], [], []] == play.probes(BAD, BAD, GOOD, BAD, BAD)
        assert play.checker.is_up

    def test_retry_0_makes_one_failure_enough(self) -> None:
        play = Play(replace(SCHEDULE, retry=0))
        play.probe(GOOD)

        assert [ReportDown(BAD, retries=0)] == play.probe(BAD)

    def test_one_success_makes_it_up_again(self) -> None:
        play = Play(SCHEDULE)
        play.probe(BAD)

        assert [[], [ReportUp(changed=True)], []] == play.probes(BAD, GOOD, GOOD)

    def test_delays(self) -> None:
        play = Play(SCHEDULE)
        play.probe(GOOD)
        waits = []
        for verdict in (BAD, BAD, BAD, BAD, GOOD):
            waits.append(play.wait()[0])
            play.send(ProbeFinished(verdict))
        waits.append(play.wait()[0])

        assert [6, 1, 1, 6, 6, 6] == waits

    def test_delays_of_a_script_count_from_its_start(self) -> None:
        play = Play(replace(SCHEDULE, from_start=True))
        play.wait()
        play.now += 2 * S
        play.send(ProbeFinished(GOOD))

        assert play.now + 4 * S == play.checker.deadline

    def test_a_script_longer_than_the_loop_starts_again_at_once_and_not_in_the_past(self) -> None:
        play = Play(replace(SCHEDULE, from_start=True))
        play.wait()
        play.now += 20 * S
        play.send(ProbeFinished(GOOD))

        assert play.now == play.checker.deadline

    def test_every_failed_try_is_logged_on_request(self) -> None:
        play = Play(replace(SCHEDULE, log_all_failures=True, retry=1))
        play.probe(GOOD)

        assert [[TryFailed(BAD)], [TryFailed(BAD), ReportDown(BAD, retries=1)], []] == play.probes(
            BAD, BAD, BAD
        )


class TestSeveralTargets:
    def test_each_has_its_turn_and_a_whole_round_is_needed(self) -> None:
        play = Play(replace(HTTP, alpha=True), steps=3)
        turns = []
        for _ in range(4):
            turns.append(play.wait())
            last = play.send(ProbeFinished(GOOD))
            turns.append((last, play.checker.is_up))

        assert [
            (0, 0),
            ([StepPassed(0)], False),
            (6, 1),
            ([StepPassed(1)], False),
            (6, 2),
            ([StepPassed(2), ReportUp(changed=True)], True),
            (6, 0),
            ([], True),
        ] == turns

    def test_a_failing_target_is_retried_and_not_passed_over(self) -> None:
        play = Play(HTTP, steps=2)
        play.probes(GOOD, GOOD, GOOD)
        turns = []
        for _ in range(4):
            turns.append(play.wait())
            play.send(ProbeFinished(BAD))

        assert [(6, 1), (3, 1), (3, 1), (6, 1)] == turns
        assert not play.checker.is_up

    def test_in_the_first_round_one_failure_decides(self) -> None:
        play = Play(HTTP, steps=3)

        assert [[], [ReportDown(BAD, retries=0)]] == play.probes(GOOD, BAD)

    def test_recovery_takes_the_failed_target_and_then_a_whole_round(self) -> None:
        play = Play(HTTP, steps=2)
        play.probes(GOOD, BAD)
        turns = []
        for _ in range(3):
            turns.append((*play.wait(), play.send(ProbeFinished(GOOD))))

        assert [
            (6, 1, [StepPassed(1)]),
            (6, 0, [StepPassed(0)]),
            (6, 1, [StepPassed(1), ReportUp(changed=True)]),
        ] == turns

    def test_a_single_url_needs_two_good_answers_to_come_back_as_with_keepalived(self) -> None:
        play = Play(HTTP)
        play.probe(BAD)

        assert [[StepPassed(0)], [StepPassed(0), ReportUp(changed=True)]] == play.probes(GOOD, GOOD)

    def test_a_failure_during_the_recovery_round_begins_again(self) -> None:
        play = Play(HTTP)
        play.probes(BAD, GOOD, BAD, GOOD)

        assert not play.checker.is_up
        assert [StepPassed(0), ReportUp(changed=True)] == play.probe(GOOD)

    def test_fast_recovery_leaves_no_pause(self) -> None:
        play = Play(replace(HTTP, fast_recovery=True), steps=2)
        waits = []
        for verdict in (GOOD, BAD, GOOD, GOOD, GOOD):
            waits.append(play.wait()[0])
            play.send(ProbeFinished(verdict))
        waits.append(play.wait()[0])

        assert [0, 0, 6, 0, 0, 6] == waits

    def test_fast_recovery_never_hammers_a_server_that_is_down(self) -> None:
        play = Play(replace(HTTP, fast_recovery=True))
        play.probes(BAD, GOOD, BAD)

        assert (6, 0) == play.wait()

    def test_a_failed_url_is_not_probed_faster_than_either_delay(self) -> None:
        play = Play(replace(HTTP, delay_before_retry_ns=9 * S))
        play.probe(BAD)

        assert (9, 0) == play.wait()


class TestWeights:
    def test_a_chosen_weight_is_told_once(self) -> None:
        play = Play(SCHEDULE)

        assert [
            [ReportWeight(40), ReportUp(changed=False)],
            [],
            [ReportWeight(50)],
        ] == play.probes(Verdict(True, weight=40), Verdict(True, weight=40), Verdict(True, weight=50))

    def test_going_down_takes_the_choice_back(self) -> None:
        play = Play(replace(SCHEDULE, retry=0))
        play.probe(Verdict(True, weight=40))

        assert [ReportWeight(None), ReportDown(BAD, retries=0)] == play.probe(BAD)


class TestInterruptions:
    def test_a_suspended_checker_has_no_deadline_and_keeps_its_standing(self) -> None:
        play = Play(SCHEDULE)
        play.probe(BAD)
        play.send(Suspended())

        assert play.checker.deadline is None
        assert not play.checker.is_up

    def test_a_result_that_arrives_after_suspension_is_ignored(self) -> None:
        play = Play(SCHEDULE)
        play.wait()
        play.send(Suspended())

        assert [] == play.send(ProbeFinished(BAD))
        assert play.checker.is_up

    def test_a_resumed_checker_probes_at_once(self) -> None:
        play = Play(SCHEDULE)
        play.send(Suspended())
        play.now = 77
        play.send(Resumed())

        assert 77 == play.checker.deadline

    def test_resuming_a_running_checker_changes_nothing(self) -> None:
        play = Play(SCHEDULE)
        play.probe(GOOD)
        before = play.checker.deadline
        play.send(Resumed())

        assert before == play.checker.deadline

    @pytest.mark.parametrize("early_ns", [1, S])
    def test_an_early_wake_up_does_nothing(self, early_ns: int) -> None:
        play = Play(SCHEDULE)
        play.probe(GOOD)
        assert play.checker.deadline is not None
        play.now = play.checker.deadline - early_ns

        assert [] == play.send(TimerFired())

    def test_a_probe_that_could_not_be_made_says_nothing_about_the_server(self) -> None:
        play = Play(SCHEDULE)
        play.wait()

        assert [] == play.send(ProbeNotRun())
        assert play.checker.is_up
        assert (6, 0) == play.wait()

    def test_a_second_result_of_one_probe_is_ignored(self) -> None:
        play = Play(SCHEDULE)
        play.probe(GOOD)

        assert [] == play.send(ProbeFinished(BAD))


class TestMemory:
    def test_a_remembered_down_server_is_not_reported_down_again(self) -> None:
        play = Play(SCHEDULE, remembered=Standing(is_up=False, has_run=True))

        assert [[], [ReportUp(changed=True)]] == play.probes(BAD, GOOD)

    def test_a_remembered_up_server_has_its_retries(self) -> None:
        play = Play(SCHEDULE, remembered=Standing(is_up=True, has_run=True))

        assert [[], [], [ReportDown(BAD, retries=2)]] == play.probes(BAD, BAD, BAD)

    def test_fewer_retries_after_a_reload_leave_one_more_failure(self) -> None:
        play = Play(replace(SCHEDULE, retry=1), remembered=Standing(has_run=True, failures=2))

        assert [ReportDown(BAD, retries=1)] == play.probe(BAD)

    def test_a_url_that_no_longer_exists_is_forgotten(self) -> None:
        play = Play(HTTP, 1, Standing(is_up=False, has_run=True, step=2, failed_step=2))

        assert (0, 0) == play.wait()
        assert [StepPassed(0), ReportUp(changed=True)] == play.send(ProbeFinished(GOOD))


class TestHaste:
    def test_a_waiting_check_probes_now_and_waits_as_usual_afterwards(self) -> None:
        play = Play(SCHEDULE)
        play.probe(GOOD)
        play.now += S
        play.send(Hastened())

        assert 0 == play.wait()[0]
        play.send(ProbeFinished(GOOD))
        assert 6 == play.wait()[0]

    def test_one_that_rests_or_probes_is_left_alone(self) -> None:
        play = Play(SCHEDULE)
        play.wait()
        assert [] == play.send(Hastened())
        assert None is play.checker.deadline

        play.send(Suspended())
        play.send(Hastened())
        assert None is play.checker.deadline
