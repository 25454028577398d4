"""The main job as a demonstration: two directors, real servers, a client; the Master dies and comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.lab.director import Program
from pykeepalived.lab.examples import Example
from pykeepalived.lab.live import Live
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.picture import draw
from pykeepalived.lab.runner import Runner
from pykeepalived.lab.summary import Summary, summarise
from pykeepalived.lab.timeline import SECOND_NS, MarkKind, Record, State

# A generous stay for what takes seconds by the protocol and longer on a machine that is busy.
PATIENCE_S = 45.0


@dataclass(frozen=True, slots=True)
class DemoOptions:
    example: Example
    out: Path
    programs: dict[str, Program] = field(default_factory=dict)
    rate: float = 50.0
    """Requests a second."""
    phase_s: float = 4.0
    """How long each quiet part lasts."""
    comes_back: bool = True


def run(options: DemoOptions, live: Live | None) -> tuple[Record, Summary]:
    """Play the scenario and write ``timeline.svg`` and ``record.json`` into the out folder."""
    example = options.example
    runner = Runner(
        example,
        options.out,
        programs=options.programs,
        rate=options.rate,
        listener=live.event if live else lambda record, event: None,
        each_second=live.row if live else lambda record: None,
    )
    with runner:
        _play(runner, options)
    record = runner.record
    summary = summarise(record, example.shares)
    (options.out / "record.json").write_text(json.dumps(record.as_json()))
    (options.out / "timeline.svg").write_text(draw(record, summary))
    return record, summary


def _play(runner: Runner, options: DemoOptions) -> None:
    record, example = runner.record, options.example
    everyone = set(example.shares)

    def all_serve() -> bool:
        """No request of the last second failed, and every server that should answer did."""
        served = runner.served_by()
        return bool(served) and everyone <= served

    def elected() -> bool:
        """One director has the address, and none is still about to take it away from that one.

        A daemon that was slow to start may find the other one Master and then preempt it, after its
        Master_Down_Interval (the first director of our examples has the higher priority).
        """
        if len(record.owners()) != 1 or State.STARTING in map(record.state, example.directors):
            return False
        moves = [holding.at for holding in record.holdings if holding.address == record.vip]
        quiet_s = (time.monotonic_ns() - moves[-1]) / SECOND_NS
        return quiet_s > (1.0 if record.owners() == example.directors[:1] else 5.0)

    def come_true(condition: Callable[[], bool]) -> bool:
        """Wait for it, but not once a daemon has ended by itself."""
        runner.until(lambda: condition() or bool(runner.ended()), PATIENCE_S)
        for name in runner.ended():
            log = (options.out / f"{name}.log").read_text(errors="replace").rstrip()
            raise LabError(f"the daemon of director {name} ended by itself; its log ends:\n{log[-1500:]}")
        return condition()

    for director in example.directors:
        runner.start_director(director)
    runner.start_client()
    if not come_true(lambda: elected() and all_serve()):
        return
    runner.mark(MarkKind.READY)
    runner.stay(options.phase_s)
    (master,) = record.owners()[:1]
    # Right after an advert: the longest that a failure can go unnoticed, and each run alike.
    seen = len(record.adverts)
    come_true(lambda: any(advert.director == master for advert in record.adverts[seen:]))
    runner.stay(0.05)  # the adverts of its other instances
    runner.power_off(master)
    others = set(example.directors) - {master}
    if not come_true(lambda: bool(others & set(record.owners())) and all_serve()):
        runner.mark(MarkKind.ENDED)
        return
    runner.mark(MarkKind.RECOVERED)
    runner.stay(options.phase_s)
    if options.comes_back:
        runner.power_on(master)
        if come_true(lambda: record.owners() == (master,) and all_serve()):
            runner.mark(MarkKind.SETTLED)
        runner.stay(options.phase_s)
    runner.mark(MarkKind.ENDED)
