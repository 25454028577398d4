"""The same failover again and again with one daemon, to compare two daemons on one machine."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pykeepalived.lab import examples, outcome
from pykeepalived.lab.director import Program
from pykeepalived.lab.netns import LabError
from pykeepalived.lab.runner import Runner
from pykeepalived.lab.timeline import MarkKind

PATIENCE_S = 45.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One death of the Master, killed right after an advert."""

    takeover_ns: int
    """Last advert of the dead one to the first of the other."""
    master_down_ns: int
    """What the protocol prescribes for that."""
    outage_ns: int
    """The client's longest time between two good answers around the death."""

    @property
    def overhead_ns(self) -> int:
        """What the outage has beyond the protocol's own time."""
        return self.outage_ns - self.master_down_ns


@dataclass(frozen=True, slots=True)
class Series:
    program: Program
    samples: tuple[Sample, ...]

    @property
    def median_outage_ns(self) -> int:
        return int(statistics.median(sample.outage_ns for sample in self.samples))

    @property
    def median_overhead_ns(self) -> int:
        return int(statistics.median(sample.overhead_ns for sample in self.samples))


def measure(example: str, program: Program, deaths: int, out: Path, rate: float = 100.0) -> Series:
    """Kill the Master ``deaths`` times; after each it boots again and takes its role back.

    Raises :class:`LabError` when the service does not come (back).
    """
    programs = dict.fromkeys(examples.find(example).directors, program)
    runner = Runner.of_example(example, out, programs, rate)
    with runner:
        for director in runner.layout.directors:
            runner.start_director(director)
        runner.start_client()
        samples = []
        preferred: tuple[str, ...] = ()
        for _ in range(deaths):
            _steady(runner, preferred)
            preferred = runner.record.owners()
            samples.append(_one_death(runner, preferred[0]))
            runner.power_on(preferred[0])
    return Series(program, tuple(samples))


def _steady(runner: Runner, owner: Sequence[str]) -> None:
    """Wait until one director has the address (the given one, if any) and every server answers."""
    record, wanted = runner.record, set(runner.layout.shares)

    def steady() -> bool:
        served = runner.served_by()
        owners = record.owners()
        return len(owners) == 1 and tuple(owner or owners) == owners and bool(served) and wanted <= served

    _require(runner, runner.until(steady, PATIENCE_S), "the service did not come up")


def _one_death(runner: Runner, master: str) -> Sample:
    record = runner.record
    seen = len(record.adverts)
    runner.until(lambda: any(advert.director == master for advert in record.adverts[seen:]), PATIENCE_S)
    runner.stay(0.05)  # the adverts of its other instances
    runner.power_off(master)
    killed = next(mark for mark in reversed(record.marks) if mark.kind is MarkKind.KILLED)

    def goes_on() -> bool:
        owners = record.owners()
        return bool(owners) and owners != (master,) and bool(runner.served_by(0.5))

    _require(runner, runner.until(goes_on, PATIENCE_S), f"nobody took over from {master}")
    found = outcome.takeover(record, killed, record.ended_at + 1)
    if found is None or found.prescribed_ns is None:
        raise LabError("the service went on, but no adverts were seen")
    return Sample(
        takeover_ns=found.took_ns,
        master_down_ns=found.prescribed_ns,
        outage_ns=record.longest_silence(killed.at, record.ended_at),
    )


def _require(runner: Runner, fulfilled: bool, complaint: str) -> None:
    if not fulfilled or runner.ended():
        ended = f"; ended by themselves: {', '.join(runner.ended())}" if runner.ended() else ""
        raise LabError(f"{complaint}{ended}")
