"""One run from its beginning to its report: a scenario, a stage, and where the results go."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pykeepalived.lab import guest, outcome, report, scenarios, standins
from pykeepalived.lab.director import Program
from pykeepalived.lab.layout import Layout
from pykeepalived.lab.live import Live
from pykeepalived.lab.outcome import Outcome
from pykeepalived.lab.page import Setting
from pykeepalived.lab.play import Player
from pykeepalived.lab.runner import Runner
from pykeepalived.lab.scenario import Scenario
from pykeepalived.lab.scenarios import Script
from pykeepalived.lab.stage import Stage


@dataclass(frozen=True, slots=True)
class Session:
    scenario: Script
    stage: Stage
    out: Path
    programs: dict[str, Program] = field(default_factory=dict)
    rate: float | None = None
    """Requests a second; None: as many as this machine bears well."""
    phase_s: float = 4.0
    """How long a quiet part lasts."""
    patience: float | None = None
    """Factor on all times to wait and to allow; None: measured."""
    changed: Mapping[str, Path] = field(default_factory=dict)
    """Files that directors find in their own one's place when they reload."""
    files: tuple[str, ...] = ()
    where: str = ""


# Why a verb may be impossible, see Stage.cannot.
IMPOSSIBLE = {
    "clock": "this machine's own clock is not set; `--vm uml` plays it in a guest",
    "disk": "only directors in namespaces have disks of their own",
    "suspend": "the site file has no suspend and no wake",
}


def unmet_by_site(scenario: Scenario, layout: Layout) -> list[str]:
    """What the files do not have and this scenario needs, in words."""
    needs = scenario.needs
    behind = {name for target in layout.targets for name, _ in target.shares}
    lacking = []
    if len(layout.directors) < needs.directors:
        count = len(layout.directors)
        there = "one file was given" if count == 1 else f"{count} files were given"
        lacking.append(f"{needs.directors} directors ({there})")
    if len(behind) < needs.servers:
        lacking.append(f"{needs.servers} real servers that the client reaches (there are {len(behind)})")
    if needs.service and not layout.targets:
        lacking.append("a service that a client can reach")
    if not layout.vip and layout.directors:
        lacking.append("a virtual address whose owner can be seen (no instance of the files has one)")
    return lacking


def playable(layout: Layout) -> list[str]:
    """Names of the shipped scenarios that a site has everything for."""
    return [name for name in scenarios.names() if not unmet_by_site(scenarios.shipped(name).scenario, layout)]


def unmet(scenario: Scenario, stage: Stage) -> list[str]:
    """What the site and the machine lack for this scenario, in words."""
    needs, lacking = scenario.needs, unmet_by_site(scenario, stage.layout)
    if needs.keepalived and not stage.has_keepalived():
        lacking.append("the real keepalived (Debian package keepalived)")
    for verb in stage.cannot:
        if scenario.does(verb):
            lacking.append(f"`{verb}`, which is impossible here ({IMPOSSIBLE[verb]})")
    return lacking


# Bound to take this long on an ordinary machine; an emulated one needs ten times that.
LOOP, LOOP_S = 200_000, 0.005
USUAL_RATE, SLOW_RATE, SLOW = 50.0, 20.0, 4.0
TIMEOUT_S, MOST_TIMEOUT_S = 0.5, 1.0
MOST_PATIENCE = 8.0


def slowness() -> float:
    """How much slower Python is here than on an ordinary machine; 1 to 8."""
    best = 1e9
    for _ in range(3):
        began = time.perf_counter()
        for _ in range(LOOP):
            pass
        best = min(best, time.perf_counter() - began)
    factor = best / LOOP_S
    return 1.0 if factor < SLOW else min(factor, MOST_PATIENCE)


def here() -> str:
    """Where a run in namespaces takes place."""
    kernel = f"Linux {platform.release()}"
    if guest.inside_guest():
        return f"network namespaces in the small guest ({kernel}, {os.environ.get('LAB_VM_KIND', 'uml')})"
    return f"network namespaces on {kernel}"


def play(session: Session, live: Live | None) -> Outcome:
    """Play it and write the report. Raises :class:`netns.LabError` when the site cannot do what it should."""
    script = session.scenario
    patience = session.patience if session.patience is not None else slowness()
    notes = []
    if patience > 1:
        notes.append(f"a slow machine: times to wait and to allow are {patience:.0f} times the usual ones")
        if live:
            live.say(f"This is {notes[0]}.")
    rate = session.rate or (USUAL_RATE if patience < SLOW else SLOW_RATE)
    runner = Runner(
        session.stage,
        session.out,
        programs=session.programs,
        rate=rate,
        timeout_s=min(TIMEOUT_S * patience, MOST_TIMEOUT_S),
        listener=live.event if live else lambda record, event: None,
        each_second=live.row if live else lambda record: None,
    )
    began = datetime.now().astimezone()
    with runner:
        player = Player(
            runner,
            phase_s=session.phase_s,
            patience=patience,
            changed=session.changed,
            said=(lambda finding: live.finding(runner.record, finding)) if live else (lambda finding: None),
        )
        findings = player.play(script.scenario)
    record = runner.record
    record.sort()
    if session.stage.doubt_ns:
        doubt_ms = session.stage.doubt_ns / 1e6
        notes.append(f"the machines' clocks are compared to within {doubt_ms:.1f} ms")
    result = Outcome(
        script.scenario.name,
        f"{script.scenario.title}: {record.title}",
        record,
        outcome.events(record),
        findings,
        tuple(notes),
    )
    calls = [f"{name}: {line}" for name in record.directors for line in standins.calls(name, session.out)]
    setting = Setting(
        where=session.where or here(),
        when=began.strftime("%Y-%m-%d %H:%M %Z"),
        files=session.files,
        scenario_text=script.text,
        scripts=tuple(calls),
    )
    report.write(result, session.stage.layout, setting, session.out)
    return result
