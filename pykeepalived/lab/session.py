"""One run from its beginning to its report: a scenario, a stage, and where the results go."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pykeepalived.lab import guest, hostpackages, outcome, report, standins
from pykeepalived.lab.director import Program
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
    rate: float = 50.0
    """Requests a second."""
    phase_s: float = 4.0
    """How long a quiet part lasts."""
    patience: float = 1.0
    files: tuple[str, ...] = ()
    where: str = ""


def unmet(scenario: Scenario, stage: Stage) -> list[str]:
    """What the site lacks for this scenario, in words."""
    needs, layout = scenario.needs, stage.layout
    behind = {name for target in layout.targets for name, _ in target.shares}
    lacking = []
    if len(layout.directors) < needs.directors:
        lacking.append(f"{needs.directors} directors (there are {len(layout.directors)} files)")
    if len(behind) < needs.servers:
        lacking.append(f"{needs.servers} real servers (the files have {len(behind)})")
    if needs.service and not layout.targets:
        lacking.append("a service that a client can reach")
    if needs.keepalived and hostpackages.find("keepalived") is None:
        lacking.append("the real keepalived (Debian package keepalived)")
    return lacking


def here() -> str:
    """Where a run in namespaces takes place."""
    kernel = f"Linux {platform.release()}"
    if guest.inside_guest():
        return f"network namespaces in the small guest ({kernel}, {os.environ.get('LAB_VM_KIND', 'uml')})"
    return f"network namespaces on {kernel}"


def play(session: Session, live: Live | None) -> Outcome:
    """Play it and write the report. Raises :class:`netns.LabError` when the site cannot do what it should."""
    script = session.scenario
    runner = Runner(
        session.stage,
        session.out,
        programs=session.programs,
        rate=session.rate,
        listener=live.event if live else lambda record, event: None,
        each_second=live.row if live else lambda record: None,
    )
    began = datetime.now().astimezone()
    with runner:
        player = Player(
            runner,
            phase_s=session.phase_s,
            patience=session.patience,
            said=(lambda finding: live.finding(runner.record, finding)) if live else (lambda finding: None),
        )
        findings = player.play(script.scenario)
    record = runner.record
    result = Outcome(
        script.scenario.name,
        f"{script.scenario.title}: {record.title}",
        record,
        outcome.events(record),
        findings,
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
