"""When a tracked script runs, when it is ended, and what its answers add up to.

As in keepalived 2.4.3: the first answer decides alone; after that ``rise`` successes in a row make a bad
script good and ``fall`` failures a good one bad.  One that still runs when its next run is due skips it.  One
that runs longer than its timeout gets SIGTERM, 2 s later SIGKILL, and has failed.  Different from keepalived:
the runs of several scripts are spread over their interval instead of all starting together.
"""

from __future__ import annotations

import enum
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.tracking.settings import ScriptSettings

KILL_AFTER_NS = 2 * NANOSECONDS_PER_SECOND
FIRST_GAP_NS = 3 * NANOSECONDS_PER_MILLISECOND
"""Between the first runs of two scripts: soon, but not all at once."""


@dataclass(frozen=True, slots=True)
class Run:
    """Start the script now."""

    name: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Send this to the script's process group."""

    name: str
    number: signal.Signals


@dataclass(frozen=True, slots=True)
class Answer:
    """The script counts as good or bad; ``line`` is what the log says about it, in keepalived's words.

    Comes with every change of the verdict and of the exit status.
    """

    name: str
    good: bool
    line: str


@dataclass(frozen=True, slots=True)
class Say:
    """A line for the log about a script that is no answer."""

    name: str
    text: str


ScriptAction = Run | Signal | Answer | Say


class _Phase(enum.Enum):
    IDLE = "idle"
    RUNNING = "already running"
    TERMINATING = "being timed out"
    KILLING = "killed"


@dataclass(slots=True)
class _Script:
    """A tracked script and where it is in its interval (times in ns, CLOCK_MONOTONIC)."""

    settings: ScriptSettings
    offset_ns: int
    next_at: int
    result: int
    first: bool = True
    """No answer yet: the next one decides."""
    good: bool | None = None
    exit_status: int = 0
    phase: _Phase = _Phase.IDLE
    signal_at: int | None = None


class ScriptRuns:
    """The tracked scripts of this host.

    ``known`` are verdicts from before a restart of the process: they count until the opposite is found.
    """

    def __init__(
        self, settings: Iterable[ScriptSettings], now: int, known: Mapping[str, bool] | None = None
    ) -> None:
        self._scripts: dict[str, _Script] = {}
        self._add(settings, now, known or {})

    @property
    def deadline(self) -> int | None:
        """When :meth:`due` has something to do next."""
        points = [script.next_at for script in self._scripts.values()]
        points += [s.signal_at for s in self._scripts.values() if s.signal_at is not None]
        return min(points, default=None)

    def settings(self, name: str) -> ScriptSettings:
        return self._scripts[name].settings

    def verdicts(self) -> dict[str, bool]:
        """Every script that has a verdict."""
        return {name: script.good for name, script in self._scripts.items() if script.good is not None}

    def configure(self, settings: Iterable[ScriptSettings], now: int) -> list[ScriptAction]:
        """A reload: scripts with the same command go on; what is gone or another one is ended."""
        settings = tuple(settings)
        wanted = {one.name: one for one in settings}
        out: list[ScriptAction] = []
        for name, script in list(self._scripts.items()):
            new = wanted.get(name)
            if new is None or new.command != script.settings.command:
                if script.phase is not _Phase.IDLE:
                    out.append(Signal(name, signal.SIGKILL))
                del self._scripts[name]
            elif new != script.settings:
                self._change(script, new, now)
        self._add((one for one in settings if one.name not in self._scripts), now, {})
        return out

    def due(self, now: int) -> list[ScriptAction]:
        """What is to be done at ``now``; nothing when called too early."""
        out: list[ScriptAction] = []
        for name, script in self._scripts.items():
            if script.signal_at is not None and script.signal_at <= now:
                out += self._end(name, script, now)
            if script.next_at <= now:
                script.next_at = self._after(script, now)
                if script.phase is _Phase.IDLE:
                    script.phase = _Phase.RUNNING
                    script.signal_at = now + script.settings.timeout_ns
                    out.append(Run(name))
                else:
                    what = "already running" if script.phase is _Phase.RUNNING else "being timed out"
                    out.append(Say(name, f"Track script {name} is {what}, expect idle - skipping run"))
        return out

    def ended(self, name: str, status: int) -> list[ScriptAction]:
        """The script's process ended: its exit status, or minus the number of the signal that ended it."""
        script = self._scripts.get(name)
        if script is None or script.phase is _Phase.IDLE:
            return []
        phase, script.phase, script.signal_at = script.phase, _Phase.IDLE, None
        out: list[ScriptAction] = []
        if status >= 0:
            if status != script.exit_status:
                script.exit_status = status
                out.append(Say(name, f"Script `{name}` now returning {status}"))
            outcome = "succeeded" if status == 0 else f"failed (exited with status {status})"
        elif phase is _Phase.RUNNING or -status not in (signal.SIGTERM, signal.SIGKILL):
            outcome = f"failed (due to signal {-status})"
        else:
            outcome = "timed_out"
            # It may have left children behind in its process group.
            out.append(Signal(name, signal.SIGKILL))
        return out + self._count(name, script, status == 0, outcome)

    def not_started(self, name: str) -> list[ScriptAction]:
        """It could not be executed, which the caller has said.  keepalived takes that for success: a
        defect of the check is none of what it checks.
        """
        script = self._scripts[name]
        script.phase, script.signal_at = _Phase.IDLE, None
        return self._count(name, script, True, "succeeded")

    # ------------------------------------------------------------ parts

    def _add(self, settings: Iterable[ScriptSettings], now: int, known: Mapping[str, bool]) -> None:
        new = tuple(settings)
        for number, one in enumerate(new):
            script = _Script(
                one,
                offset_ns=one.interval_ns * (number + 1) // len(new),
                next_at=now + number * FIRST_GAP_NS,
                result=one.rise - 1,
            )
            if one.name in known:
                script.first, script.good = False, known[one.name]
                script.result = one.rise + one.fall - 1 if script.good else 0
            elif one.starts_failed:
                script.first, script.good, script.result = False, False, 0
            self._scripts[one.name] = script

    @staticmethod
    def _change(script: _Script, new: ScriptSettings, now: int) -> None:
        """Another interval, timeout, rise or fall; what has been counted stays as far as it makes sense."""
        old, script.settings = script.settings, new
        if new.interval_ns != old.interval_ns:
            script.next_at = min(script.next_at, now + new.interval_ns)
            script.offset_ns = new.interval_ns
        if script.first:
            script.result = new.rise - 1
        elif script.result == old.rise + old.fall - 1:
            script.result = new.rise + new.fall - 1
        elif script.result >= old.rise:
            script.result = min(new.rise + script.result - old.rise, new.rise + new.fall - 1)
        elif script.result:
            script.result = max(0, new.rise - (old.rise - script.result))

    @staticmethod
    def _after(script: _Script, now: int) -> int:
        """The next run: an interval later; after the first one moved to the script's own place in it."""
        interval_ns = script.settings.interval_ns
        if script.offset_ns:
            offset_ns, script.offset_ns = script.offset_ns, 0
            at = now + offset_ns
            return at if offset_ns * 2 >= interval_ns else at + interval_ns
        at = script.next_at + interval_ns
        return at if at > now else now + interval_ns

    @staticmethod
    def _end(name: str, script: _Script, now: int) -> list[ScriptAction]:
        script.signal_at = now + KILL_AFTER_NS
        if script.phase is _Phase.RUNNING:
            script.phase = _Phase.TERMINATING
            return [Signal(name, signal.SIGTERM)]
        if script.phase is _Phase.TERMINATING:
            script.phase = _Phase.KILLING
            return [Signal(name, signal.SIGKILL)]
        return [
            Say(name, f"Script {name} failed to terminate after kill"),
            Signal(name, signal.SIGKILL),
        ]

    @staticmethod
    def _count(name: str, script: _Script, success: bool, outcome: str) -> list[ScriptAction]:
        """keepalived's counter: below ``rise`` the script is bad, from ``rise`` on it is good."""
        rise, fall = script.settings.rise, script.settings.fall
        first, script.first = script.first, False
        before = script.good
        if success:
            if script.result < rise - 1:
                script.result += 1
            else:
                script.result, script.good = rise + fall - 1, True
        elif script.result > rise:
            script.result -= 1
        else:
            script.result, script.good = 0, False
        if script.good is None:
            return []
        if first or script.good is not before:
            return [Answer(name, script.good, f"VRRP_Script({name}) {outcome}")]
        return []
