"""Plays a scenario on a running site, and notes which of its expectations held."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pykeepalived.lab import homes, outcome
from pykeepalived.lab.director import Program, Reading
from pykeepalived.lab.disk import DiskState
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.outcome import Finding
from pykeepalived.lab.runner import Runner
from pykeepalived.lab.scenario import Scenario, Step, Value
from pykeepalived.lab.timeline import DEEDS, SECOND_NS, Mark, MarkKind, State, shares

# A generous stay for what takes seconds by the protocol and longer on a machine that is busy.
PATIENCE_S = 45.0
TAKEOVER_SLACK_S, MOST_SLACK = 1.0, 2.0
# "(outside) fault: interface eth0 is down", as our daemon logs it.
FAULT = re.compile(r"\((?P<instance>[^)\n]+)\) fault: (?P<reason>.+)")
# "TCP_CHECK on service [192.0.2.7]:tcp:80: Connection refused", as both daemons log it.
CHECK = re.compile(r"_CHECK on service \[(?P<address>[^]]+)\]:\S+: (?P<reason>.+)")
# The clocks of a busy machine: a timer may look this much early.
EARLY_NS = SECOND_NS // 10


class AbandonedError(Exception):
    """A wait was in vain: what would follow means nothing."""


class Player:
    def __init__(
        self,
        runner: Runner,
        *,
        phase_s: float = 4.0,
        patience: float = 1.0,
        changed: Mapping[str, Path] | None = None,
        said: Callable[[Finding], None] = lambda finding: None,
    ) -> None:
        self._runner = runner
        self._record = runner.record
        self._phase_s = phase_s
        self._patience = patience
        """Factor on all times to wait and to allow, for slow stages."""
        self._said = said
        self._changed = changed or {}
        """Files that directors find when they reload."""
        self._names: dict[str, str] = {}
        self._waited_at = self._record.began_at
        self._client_runs = False
        self.findings: list[Finding] = []

    def play(self, scenario: Scenario) -> tuple[Finding, ...]:
        """All findings. Raises :class:`LabError` when the site cannot do what a line says."""
        doing: dict[str, Callable[[Step], None]] = {
            "let": self._let,
            "start": self._start,
            "stay": self._stay,
            "wait": self._wait,
            "link": self._link,
            "lose": self._lose,
            "server": self._server,
            "switch": self._switch,
            "disk": self._disk,
            "log": self._log,
            "clock": self._clock,
            "heal": lambda step: self._runner.heal(),
            "expect": self._expect,
        }
        of_one: dict[str, Callable[[str], object]] = {
            "kill": self._runner.power_off,
            "boot": self._runner.power_on,
            "crash": self._runner.crash,
            "stop": self._stop,
            "launch": self._runner.launch,
            "reload": lambda name: self._runner.reload(name, self._changed.get(name)),
            "suspend": self._runner.suspend,
            "wake": self._runner.wake,
            "stall": self._runner.stall,
            "resume": self._runner.resume,
            "partition": lambda name: self._runner.partition([name]),
        }
        try:
            for step in scenario.steps:
                try:
                    if step.verb in doing:
                        doing[step.verb](step)
                    else:
                        of_one[step.verb](self._director(step.values[0]))
                except LabError as error:
                    raise LabError(f"line {step.line}, `{step.text}`: {error}") from error
        except AbandonedError as reason:
            left = scenario.steps[-1].line
            self._note(Finding(False, f"{reason}; the scenario ends here (its last line is {left})"))
        self._runner.mark(MarkKind.ENDED)
        return tuple(self.findings)

    # ------------------------------------------------------------------ whom a word means

    def _owner(self) -> str:
        owners = self._record.owners()
        if len(owners) != 1:
            raise LabError(
                f"there is no single owner of {self._record.vip} now: {' and '.join(owners) or 'none'}"
            )
        return owners[0]

    def _director(self, word: Value) -> str:
        name = self._names.get(str(word), str(word))
        if name == "master":
            return self._owner()
        if name == "backup":
            others = [one for one in self._record.directors if one != self._owner()]
            if not others:
                raise LabError("there is no second director")
            return others[0]
        if name not in self._record.directors:
            raise LabError(f"there is no director {name}; there are: {', '.join(self._record.directors)}")
        return name

    def _one_server(self, word: Value) -> str:
        name = self._names.get(str(word), str(word))
        if name not in self._record.servers:
            raise LabError(f"there is no real server {name}; there are: {', '.join(self._record.servers)}")
        return name

    # ------------------------------------------------------------------ deeds

    def _let(self, step: Step) -> None:
        name, *role = (str(value) for value in step.values)
        if role:
            self._names[name] = self._director(role[0])
            return
        answered = [one.server for one in reversed(self._record.asked) if one.server]
        shared = [name for target in self._record.targets for name, _ in target.shares]
        found = next((server for server in shared if server in answered[:200]), None)
        if found is None:
            raise LabError("no real server has answered yet")
        self._names[name] = found

    def _start(self, step: Step) -> None:
        names = list(self._record.directors) if step.values[0] == "all" else [self._director(step.values[0])]
        for name in names:
            if len(step.values) > 1:
                self._runner.programs[name] = Program(str(step.values[1]))
                self._record.daemons[name] = str(step.values[1])
            self._runner.start_director(name)
        if not self._client_runs:
            self._client_runs = True
            self._runner.start_client()

    def _stop(self, name: str) -> None:
        if not self._runner.stop_director(name, 15.0 * self._patience):
            self._note(Finding(False, f"{name} did not stop in {15 * self._patience:.0f} s after SIGTERM"))

    def _link(self, step: Step) -> None:
        direction, who, *interface = step.values
        chosen = str(interface[0]) if interface else None
        self._runner.link(self._director(who), chosen, up=direction == "up")

    def _lose(self, step: Step) -> None:
        sender, receiver = (self._director(value) for value in step.values)
        self._runner.deafen(sender, receiver)

    def _disk(self, step: Step) -> None:
        state, who = step.values
        self._runner.disk(self._director(who), DiskState(str(state)))

    def _log(self, step: Step) -> None:
        reading, who = step.values
        self._runner.log(self._director(who), Reading(str(reading)))

    def _clock(self, step: Step) -> None:
        direction, seconds = step.values
        self._runner.clock(float(seconds) if direction == "forward" else -float(seconds))

    def _server(self, step: Step) -> None:
        direction, server = step.values
        if direction == "down":
            self._runner.stop_server(self._one_server(server))
        else:
            self._runner.start_server(self._one_server(server))

    def _switch(self, step: Step) -> None:
        who, program = step.values
        if not self._runner.switch(self._director(who), Program(str(program)), 15.0 * self._patience):
            raise AbandonedError(f"{who} did not stop for its successor")

    # ------------------------------------------------------------------ time

    def _stay(self, step: Step) -> None:
        self._runner.stay(float(step.values[0]) if step.values else self._phase_s)

    def _wait(self, step: Step) -> None:
        what = step.form.split()[1]
        values = list(step.values)
        if what == "ready":
            self._come_true(
                lambda: self._elected() and self._runner.all_serve(), "the service was not ready", values
            )
            self._runner.mark(MarkKind.READY)
        elif what == "service":
            self._come_true(self._serves, "requests did not go on", values)
            self._runner.mark(MarkKind.AWAITED, text="service")
        elif what == "owner":
            name = self._director(values.pop(0))
            self._come_true(lambda: homes.at_home(self._record, name), f"{name} did not become owner", values)
            self._runner.mark(MarkKind.AWAITED, name, "owner")
        else:
            # Right after an advert: the longest that a failure can go unnoticed, and each run alike.
            name, seen = self._director(values.pop(0)), len(self._record.adverts)
            self._come_true(
                lambda: any(advert.director == name for advert in self._record.adverts[seen:]),
                f"{name} sent no advert",
                values,
            )
            self._runner.stay(0.05)  # the adverts of its other instances
            return
        self._waited_at = time.monotonic_ns()

    def _come_true(self, condition: Callable[[], bool], complaint: str, within: list[Value]) -> None:
        """Wait for it, but not once a daemon has ended by itself. Raises AbandonedError."""
        limit_s = self._patience * (float(within[0]) if within else PATIENCE_S)
        self._runner.until(lambda: condition() or bool(self._runner.ended()), limit_s)
        for name in self._runner.ended():
            log = self._runner.stage.log_end(name)
            raise LabError(f"the daemon of director {name} ended by itself; its log ends:\n{log}")
        if not condition():
            raise AbandonedError(f"{complaint} within {limit_s:.0f} s{self._why_not()}")

    def _why_not(self) -> str:
        """What the last second looked like, for a wait that was in vain."""
        owners = " and ".join(self._record.owners()) or "nobody"
        recent = shares(self._record.between(time.monotonic_ns() - 2 * SECOND_NS, 1 << 62))
        counts = ", ".join(f"{name} {count}" for name, count in recent.items()) or "no requests"
        silent = "".join(f"; {one}" for one in self._runner.unserved())
        reasons = "".join(f"; {one}" for one in (*self._failed_checks(), *self._faults()))
        return f" ({self._record.vip} is on {owners}; last 2 s: {counts}{silent}{reasons})"

    def _failed_checks(self) -> Iterator[str]:
        """What the owner's checks said last about real servers that fail them."""
        layout = self._runner.layout
        machines = [layout.machine(name) for name in layout.servers]
        names = {
            address.partition("/")[0]: machine.name
            for machine in machines
            for leg in machine.legs
            for address in leg.addresses
        }
        for director in self._record.owners():
            log = self._runner.stage.log_end(director)
            for address, reason in {
                found["address"]: found["reason"] for found in CHECK.finditer(log)
            }.items():
                if address in names:
                    yield f"{director}'s check of {names[address]}: {reason}"

    def _faults(self) -> Iterator[str]:
        """Instances that may not run, with what their daemon says about it."""
        for name in self._record.directors:
            for instance in self._record.instances.get(name, ()):
                if self._record.state(name, instance) is State.FAULT:
                    reasons = {
                        found["instance"]: found["reason"]
                        for found in FAULT.finditer(self._runner.stage.log_end(name))
                    }
                    yield f"{name}'s {instance} is in FAULT: {reasons.get(instance, f'see {name}.log')}"

    def _ready(self) -> bool:
        return self._elected() and self._runner.all_serve()

    def _elected(self) -> bool:
        """Somebody has the addresses, and nobody is still about to take them away.

        A daemon that was slow to start may find the other one Master and then preempt it, after its
        Master_Down_Interval.
        """
        record = self._record
        running = [name for name in record.directors if self._runner.stage.running(name)]
        if State.STARTING in map(record.state, running):
            return False
        if len(record.owners()) != 1:
            return False
        intervals = [advert.interval_ns for advert in record.adverts[-20:]] or [SECOND_NS]
        # Longer than any Master_Down_Interval, which is what a router that just began to listen waits.
        quiet_ns = max(SECOND_NS, 4 * max(intervals))
        moves = [holding.at for holding in record.holdings if holding.address == record.vip]
        changes = [change.at for change in record.states]
        return time.monotonic_ns() - max([*moves, *changes]) > quiet_ns

    def _serves(self) -> bool:
        if self._record.targets:
            since = max((mark.at for mark in self._record.marks if mark.kind in DEEDS), default=0)
            # A request that nobody will answer is known to have failed only when its time is up.
            settled = time.monotonic_ns() - since > SECOND_NS + 1.5 * self._runner.timeout_ns
            return settled and self._runner.all_serve()
        return len(self._record.owners()) == 1

    # ------------------------------------------------------------------ expectations

    def _expect(self, step: Step) -> None:
        words = step.form.split()
        finding = {
            "owner": self._expect_owner,
            "owners": self._expect_owners,
            "takeover": self._expect_takeover,
            "no": self._expect_no_takeover,
            "lost": self._expect_lost,
            "outage": self._expect_outage,
            "steady": self._expect_steady,
            "silence": self._expect_adverts,
            "adverts": self._expect_adverts,
            "nothing": self._expect_nothing,
        }[words[1]](step)
        self._note(replace(finding, line=step.line))

    def _note(self, finding: Finding) -> None:
        finding = replace(finding, at=time.monotonic_ns())
        self.findings.append(finding)
        self._said(finding)

    def _last_deed(self) -> Mark:
        deeds = [mark for mark in self._record.marks if mark.kind in DEEDS]
        return (
            deeds[-1]
            if deeds
            else Mark(self._record.at(MarkKind.READY, self._record.began_at), MarkKind.READY)
        )

    def _event(self) -> outcome.Event:
        return outcome.event(self._record, self._last_deed(), time.monotonic_ns())

    def _expect_owner(self, step: Step) -> Finding:
        name = self._director(step.values[0])
        owners = " and ".join(self._record.owners()) or "nobody"
        return Finding(
            homes.at_home(self._record, name), f"{self._record.vip} is on {owners}, expected: {name} alone"
        )

    def _expect_owners(self, step: Step) -> Finding:
        owners, wanted = self._record.owners(), int(step.values[0])
        expected = f"{wanted} owner{'' if wanted == 1 else 's'}"
        named = " and ".join(owners) or "nobody"
        return Finding(len(owners) == wanted, f"{self._record.vip} is on {named}, expected: {expected}")

    def _expect_takeover(self, step: Step) -> Finding:
        slack_s = float(step.values[0]) if step.values else TAKEOVER_SLACK_S
        slack_s *= min(self._patience, MOST_SLACK)  # timers go right on slow machines too
        deed, found = self._last_deed(), self._event().takeover
        if found is None:
            return Finding(False, f"nobody took over after: {deed.label}")
        told = f"{found.new} took over {found.took_ns / 1e9:.3f} s after {found.old}'s last advert"
        if found.late_ns is None or found.prescribed_ns is None:
            return Finding(
                True, f"{found.new} took over from {found.old}, which was still there (preemption)"
            )
        on_time = -(EARLY_NS + self._runner.stage.doubt_ns) <= found.late_ns <= slack_s * SECOND_NS
        prescribed = f"{found.rule} {found.prescribed_ns / 1e9:.3f} s, {found.late_ns / 1e6:+.1f} ms"
        return Finding(on_time, f"{told} ({prescribed})")

    def _expect_no_takeover(self, step: Step) -> Finding:
        found, deed = self._event(), self._last_deed()
        if found.takeover is not None:
            return Finding(False, f"{found.takeover.new} took over after: {deed.label}")
        same = found.owners_before == found.owners_after
        owners = " and ".join(found.owners_after) or "nobody"
        return Finding(same, f"{owners} has {self._record.vip} as before: {deed.label}")

    def _expect_lost(self, step: Step) -> Finding:
        lost, limit = self._event().lost, int(step.values[0])
        return Finding(
            lost <= limit, f"{lost} requests lost, at most {limit} allowed: {self._last_deed().label}"
        )

    def _expect_outage(self, step: Step) -> Finding:
        outage_s = self._event().outage_ns / SECOND_NS
        limit = self._patience * float(step.values[0])
        told = f"longest time without an answer {outage_s:.3f} s, at most {limit:g} s allowed"
        return Finding(outage_s <= limit, f"{told}: {self._last_deed().label}")

    def _expect_steady(self, step: Step) -> Finding:
        return outcome.steady(self._record, self._waited_at, time.monotonic_ns(), self._runner.servers_up())

    def _expect_adverts(self, step: Step) -> Finding:
        name = self._director(step.values[0])
        some = "adverts" in step.form
        count = homes.adverts_of(self._record, name, self._waited_at, all_routers=some)
        wanted = "some" if some else "none"
        return Finding((count > 0) == some, f"{name} sent {count} adverts, expected: {wanted}")

    def _expect_nothing(self, step: Step) -> Finding:
        server = self._one_server(step.values[0])
        asked = self._record.between(self._waited_at, time.monotonic_ns())
        count = sum(1 for one in asked if one.server == server)
        return Finding(count == 0, f"{server} got {count} requests, expected none")
