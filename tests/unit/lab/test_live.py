"""The lab's lines while it happens."""

from __future__ import annotations

import io

from pykeepalived.lab.layout import Target
from pykeepalived.lab.live import Live
from pykeepalived.lab.timeline import SECOND_NS, Advert, Mark, MarkKind, Record, State, StateChange
from pykeepalived.lab.traffic import Asked


class Running:
    """A run, told to the terminal as it is recorded."""

    def __init__(self) -> None:
        self.record = Record("192.0.2.100", ("a", "b"), ("rs1",), 0)
        self.terminal = io.StringIO()
        self._live = Live(self.terminal)

    def state(self, at: int, director: str, state: State, instance: str = "") -> None:
        change = StateChange(at, director, state, instance)
        self.record.states.append(change)
        self._live.event(self.record, change)

    def advert(self, at: int, director: str, priority: int, vrid: int = 51) -> None:
        advert = Advert(at, director, "front", 2, vrid, priority, SECOND_NS)
        self.record.adverts.append(advert)
        self._live.event(self.record, advert)

    def mark(self, at: int, kind: MarkKind, director: str) -> None:
        mark = Mark(at, kind, director)
        self.record.marks.append(mark)
        self._live.event(self.record, mark)

    def row(self) -> None:
        self._live.row(self.record)

    def said(self) -> list[str]:
        return [line.partition(">>> ")[2] for line in self.terminal.getvalue().splitlines()]


def test_an_advert_from_before_the_end_that_is_reported_after_it_makes_nobody_master() -> None:
    run = Running()
    run.state(1, "a", State.MASTER)
    run.advert(2, "a", 150)
    run.state(5, "a", State.OFF)
    run.advert(4, "a", 150)
    assert ["a is Master: priority 150"] == run.said()
    run.state(8, "a", State.MASTER)
    run.advert(9, "a", 150)
    assert 2 == len(run.said())


def test_two_instances_of_a_director_become_master_and_say_good_bye_in_one_line() -> None:
    run = Running()
    run.record.instances["a"] = ("V1", "V2")
    run.state(1, "a", State.MASTER, "V1")
    run.advert(2, "a", 150)
    run.state(3, "a", State.BACKUP, "V2")
    run.advert(4, "a", 150)
    run.advert(10, "a", 0)
    run.advert(10, "a", 0, vrid=52)
    assert ["a is Master: priority 150", "a says good-bye with priority 0"] == run.said()


def row_of(run: Running, *, ready: bool) -> str:
    """The line of a second in which one request was lost."""
    run.record.targets = (Target("192.0.2.100", shares=(("rs1", 1),)),)
    if ready:
        run.mark(1, MarkKind.READY, "")
    run.record.asked.append(Asked(2, 3, None, "timed out"))
    run.row()
    return run.terminal.getvalue().splitlines()[-1]


def test_what_fails_before_the_site_is_ready_stands_in_brackets() -> None:
    assert row_of(Running(), ready=False).endswith("(1)")
    assert row_of(Running(), ready=True).endswith("    1")


def test_the_columns_are_explained_once_before_the_first_line() -> None:
    run = Running()
    run.row()
    run.row()
    text = run.terminal.getvalue()
    assert 1 == text.count("VIP: who holds 192.0.2.100.")
    assert text.index("One line a second.") < text.index("node a")
