"""The main job as a demonstration: the scenario "failover" on the site of an example."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.lab import examples, session
from pykeepalived.lab.director import Program
from pykeepalived.lab.live import Live
from pykeepalived.lab.outcome import Outcome
from pykeepalived.lab.runner import namespace_stage
from pykeepalived.lab.scenarios import shipped


@dataclass(frozen=True, slots=True)
class DemoOptions:
    example: str
    out: Path
    programs: dict[str, Program] = field(default_factory=dict)
    rate: float | None = None
    """Requests a second; None: as many as this machine bears well."""
    phase_s: float = 4.0
    """How long each quiet part lasts."""
    comes_back: bool = True


def run(options: DemoOptions, live: Live | None) -> Outcome:
    """Play the scenario and write the report into the out folder."""
    stage = namespace_stage(options.example, options.out)
    chosen = session.Session(
        scenario=shipped("failover" if options.comes_back else "kill"),
        stage=stage,
        out=options.out,
        programs=options.programs,
        rate=options.rate,
        phase_s=options.phase_s,
        files=tuple(str(path) for path in examples.configuration_files(options.example).values()),
    )
    return session.play(chosen, live)
