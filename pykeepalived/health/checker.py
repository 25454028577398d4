"""One checker: when to probe next, and when results make the server up or down.

The same core serves every kind of check.  A checker owns no clock and no socket: it is told what happened
and when (``handle``), answers with actions, and says when it wants to be woken (``deadline``).

The rules are keepalived 2.4's:

* The first result counts at once, good or bad.  Without alpha the server is taken to be up until then.
* Later, ``retry + 1`` failures in a row make it down; the tries after the first failure come after
  ``delay_before_retry``, everything else after ``delay_loop``.
* One good result makes it up again.  A checker of several targets (the urls of HTTP_GET) probes one after
  the other, each after ``delay_loop``: it is up when a whole round was good, and after a failure it stays
  at the failed target until that is good again, then goes through all of them once more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pykeepalived.health.settings import CheckSchedule
from pykeepalived.health.verdict import Verdict

# ---------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Started:
    """The checker begins.  ``spread`` in [0, 1) places the first probe within the warm-up time."""

    spread: float


@dataclass(frozen=True, slots=True)
class TimerFired:
    """Time has passed; only ``now`` matters.  Too early is harmless."""


@dataclass(frozen=True, slots=True)
class ProbeFinished:
    """The probe that StartProbe asked for gave this result."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ProbeNotRun:
    """The probe could not be made; this says nothing about the server."""


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who watches the server all the time said how it is; no probe was made."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Suspended:
    """Stop probing and keep the standing (``ha_suspend``).  A probe under way is ignored."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Probe again, at once."""


@dataclass(frozen=True, slots=True)
class Hastened:
    """What is probed has changed: probe now and not at the next turn.  Nothing while it rests or probes."""


Event = Started | TimerFired | ProbeFinished | ProbeNotRun | Told | Suspended | Resumed | Hastened

# ---------------------------------------------------------------- actions


@dataclass(frozen=True, slots=True)
class StartProbe:
    """Probe target number ``step``; a result is wanted before ``deadline_at``."""

    step: int
    deadline_at: int


@dataclass(frozen=True, slots=True)
class StepPassed:
    """Target ``step`` answered well while the server was not up: for the log."""

    step: int


@dataclass(frozen=True, slots=True)
class TryFailed:
    """A failed probe that is worth a log line; whether it had consequences is told separately."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ReportUp:
    """All targets are good.  ``changed`` is false for the first result of a server that counted as up."""

    changed: bool


@dataclass(frozen=True, slots=True)
class ReportDown:
    """The check failed for good, ``retries`` tries after the first failure (0: at once)."""

    verdict: Verdict
    retries: int


@dataclass(frozen=True, slots=True)
class ReportWeight:
    """A check that chooses weights chose this one; None: it no longer has an opinion."""

    weight: int | None


Action = StartProbe | StepPassed | TryFailed | ReportUp | ReportDown | ReportWeight

# ---------------------------------------------------------------- state


@dataclass(frozen=True, slots=True)
class Standing:
    """What a checker has learned; survives a reload and, as far as the supervisor knows it, a restart.

    ``failures`` counts failed tries in a row while the server is still up.  ``failed_step`` is the target
    that brought it down, None when that one has answered again (or nothing failed).
    """

    is_up: bool = True
    has_run: bool = False
    failures: int = 0
    step: int = 0
    failed_step: int | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Not started, or suspended."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next probe is due at ``probe_at``."""

    probe_at: int


@dataclass(frozen=True, slots=True)
class Probing:
    """A probe is under way since ``started_at``."""

    started_at: int


_IDLE = Idle()


class Checker:
    """The core of one checker.  ``steps`` is its number of targets."""

    __slots__ = ("_activity", "_schedule", "_standing", "_steps")

    def __init__(self, schedule: CheckSchedule, steps: int = 1, remembered: Standing | None = None) -> None:
        self._schedule = schedule
        self._steps = max(1, steps)
        if remembered is None:
            # The first failure counts at once: as if the allowed retries were used up.
            self._standing = Standing(is_up=not schedule.alpha, failures=schedule.retry)
        else:
            step = remembered.step if remembered.step < self._steps else 0
            failed = remembered.failed_step
            self._standing = replace(
                remembered,
                failures=min(remembered.failures, schedule.retry),
                step=step,
                failed_step=failed if failed is not None and failed < self._steps else None,
            )
        self._activity: Idle | Waiting | Probing = _IDLE

    @property
    def standing(self) -> Standing:
        """What has been learned so far."""
        return self._standing

    @property
    def is_up(self) -> bool:
        """The server passes this check, or is taken to."""
        return self._standing.is_up

    @property
    def deadline(self) -> int | None:
        """When to send TimerFired; None while a probe is under way or the checker rests."""
        return self._activity.probe_at if isinstance(self._activity, Waiting) else None

    def handle(self, event: Event, now: int) -> list[Action]:
        """Take an event in; what has to be done, in order."""
        match event:
            case Started() | Resumed() if self._schedule.listens:
                pass
            case Told(verdict):
                return self._told(verdict)
            case Started(spread):
                self._activity = Waiting(now + int(self._schedule.warmup_ns * spread))
            case TimerFired():
                return self._probe_when_due(now)
            case ProbeFinished(verdict):
                return self._finished(verdict, now)
            case ProbeNotRun():
                if isinstance(self._activity, Probing):
                    self._wait(self._schedule.delay_loop_ns, now)
            case Suspended():
                self._activity = _IDLE
            case Resumed():
                if isinstance(self._activity, Idle):
                    self._activity = Waiting(now)
            case Hastened():
                if isinstance(self._activity, Waiting):
                    self._activity = Waiting(now)
        return []

    def _probe_when_due(self, now: int) -> list[Action]:
        if not isinstance(self._activity, Waiting) or now < self._activity.probe_at:
            return []
        self._activity = Probing(now)
        return [StartProbe(self._standing.step, now + self._schedule.budget_ns)]

    def _finished(self, verdict: Verdict, now: int) -> list[Action]:
        if not isinstance(self._activity, Probing):
            return []  # suspended meanwhile
        actions: list[Action] = self._good(verdict, now) if verdict.ok else self._bad(verdict, now)
        return actions

    def _good(self, verdict: Verdict, now: int) -> list[Action]:
        before = self._standing
        actions: list[Action] = []
        if not before.is_up and self._schedule.confirm_recovery:
            actions.append(StepPassed(before.step))
        if verdict.weight != before.weight:
            actions.append(ReportWeight(verdict.weight))
        round_done = before.step + 1 >= self._steps
        delay_ns = self._schedule.delay_loop_ns
        if before.failed_step is not None and self._schedule.confirm_recovery:
            # The failed target answers again: now the whole round has to be good.
            after = replace(before, failed_step=None, step=0, failures=0, weight=verdict.weight)
        elif round_done:
            if not before.is_up or not before.has_run:
                actions.append(ReportUp(changed=not before.is_up))
            after = Standing(is_up=True, has_run=True, weight=verdict.weight)
        else:
            # Until the first round is complete a single failure still decides.
            failures = 0 if before.has_run else self._schedule.retry
            after = replace(before, step=before.step + 1, failures=failures, weight=verdict.weight)
        if self._schedule.fast_recovery and (not after.is_up or not after.has_run):
            delay_ns = 0
        self._standing = after
        self._wait(delay_ns, now)
        return actions

    def _bad(self, verdict: Verdict, now: int) -> list[Action]:
        before, schedule = self._standing, self._schedule
        if before.has_run and not before.is_up:
            self._standing = replace(before, failed_step=before.step)
            self._wait(self._delay_while_down(), now)
            return []
        actions: list[Action] = []
        if before.failures < schedule.retry:
            if schedule.log_all_failures:
                actions.append(TryFailed(verdict))
            self._standing = replace(before, has_run=True, failures=before.failures + 1)
            self._wait(schedule.delay_before_retry_ns, now)
            return actions
        if schedule.log_all_failures:
            actions.append(TryFailed(verdict))
        if before.weight is not None:
            actions.append(ReportWeight(None))
        actions.append(ReportDown(verdict, retries=schedule.retry if before.has_run else 0))
        self._standing = replace(
            before, is_up=False, has_run=True, failures=0, failed_step=before.step, weight=None
        )
        self._wait(self._delay_while_down(), now)
        return actions

    def _told(self, verdict: Verdict) -> list[Action]:
        """The same news again changes nothing; the first news counts in any case."""
        before = self._standing
        if verdict.ok == before.is_up and before.has_run:
            return []
        self._standing = Standing(is_up=verdict.ok, has_run=True)
        return [ReportUp(changed=not before.is_up)] if verdict.ok else [ReportDown(verdict, retries=0)]

    def _delay_while_down(self) -> int:
        """keepalived's HTTP checks never probe a failed url faster than either of the two delays."""
        schedule = self._schedule
        if schedule.confirm_recovery:
            return max(schedule.delay_loop_ns, schedule.delay_before_retry_ns)
        return schedule.delay_loop_ns

    def _wait(self, delay_ns: int, now: int) -> None:
        since = now
        if self._schedule.from_start and isinstance(self._activity, Probing):
            since = self._activity.started_at
        self._activity = Waiting(max(now, since + delay_ns))
