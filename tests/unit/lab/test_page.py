import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from pykeepalived.lab import examples, outcome, report
from pykeepalived.lab.outcome import Finding, Outcome
from pykeepalived.lab.page import Setting, page
from tests.unit.lab.lab_runs import failover, seconds
from tests.unit.lab.test_picture import complete

SETTING = Setting(
    "namespaces", "today", ("/etc/a.conf",), "start all\nexpect steady\n", ("a: /bin/x MASTER",)
)
HELD = Finding(True, "nothing lost", seconds(9), 2)
FAILED = Finding(False, "b < a & c", seconds(19), 2)


def result(*findings: Finding) -> Outcome:
    run = complete(failover())
    return Outcome("made-up", "Made up: nat", run, outcome.events(run), findings)


def html(*findings: Finding) -> str:
    return page(result(*findings), examples.find("nat"), SETTING)


class Tags(HTMLParser):
    """Checks that elements are closed in order, and collects what a browser would load."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_is_well_formed_and_loads_nothing() -> None:
    tags = Tags()
    tags.feed(html(HELD))

    assert tags.open == []
    assert tags.loads == []
    assert "@import" not in html(HELD)


def test_the_verdict_comes_first() -> None:
    assert "All 1 expectations held" in html(HELD)
    assert "1 of 2 expectations did not hold" in html(HELD, FAILED)


def test_an_event_shows_takeover_beside_what_is_prescribed() -> None:
    text = html(HELD)

    assert "3.610 s" in text
    assert "3.609 s (+0.6 ms)" in text
    assert "a → b" in text


def test_what_was_found_is_escaped() -> None:
    assert "b &lt; a &amp; c" in html(FAILED)


def test_a_line_of_the_scenario_is_marked_when_one_of_its_findings_failed() -> None:
    assert '<span class="failed">  2  expect steady</span>' in html(HELD, FAILED)
    assert '<span class="held">  2  expect steady</span>' in html(HELD)


def test_calls_of_scripts_and_choices_are_listed() -> None:
    text = html(HELD)

    assert "a: /bin/x MASTER" in text
    assert "own addresses chosen" in text


def test_the_report_as_data(tmp_path: Path) -> None:
    report.write(result(HELD), examples.find("nat"), SETTING, tmp_path)
    data = json.loads((tmp_path / "report.json").read_text())

    assert data["ok"]
    died, returned = data["figures"]
    assert ("killed", "a", ["a"], ["b"]) == tuple(
        died[name] for name in ("event", "who", "owners_before", "owners_after")
    )
    assert 3.61 == round(died["takeover"]["took"], 2)
    assert returned["takeover"]["prescribed"] is None
    assert ["client", "a", "b", "rs1", "rs2"] == [machine["name"] for machine in data["layout"]["machines"]]
    ElementTree.parse(tmp_path / "timeline.svg")


def test_a_run_without_a_client_has_no_figures_of_requests() -> None:
    bare = result(HELD)
    bare.record.targets = ()
    bare.record.asked = []

    text = page(replace(bare, events=outcome.events(bare.record)), examples.find("nat"), SETTING)

    assert "requests lost since" not in text
    assert "that each of them answered" not in text
