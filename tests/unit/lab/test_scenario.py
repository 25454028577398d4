from pathlib import Path

import pytest

from pykeepalived.base.errors import UsageError
from pykeepalived.lab import scenarios
from pykeepalived.lab.scenario import FORMS, VALUES, Needs, parse

GOOD = """\
title A short one
needs 2 directors
start all
wait ready within 500 ms
let old be master
kill old   # hard
stay 4 s
expect lost at most 3
"""


def errors(text: str) -> list[str]:
    return [str(error) for error in parse(text, "x.scenario", "x")[1]]


def test_values_are_read() -> None:
    scenario, wrong = parse(GOOD, "x.scenario", "x")

    assert wrong == ()
    assert ("A short one", Needs(directors=2)) == (scenario.title, scenario.needs)
    assert [("all",), (0.5,), ("old", "master"), ("old",), (4.0,), (3,)] == [
        step.values for step in scenario.steps
    ]
    assert [3, 4, 5, 6, 7, 8] == [step.line for step in scenario.steps]


@pytest.mark.parametrize(("written", "seconds"), [("4", 4.0), ("4s", 4.0), ("1.5 s", 1.5), ("250ms", 0.25)])
def test_times_can_be_written_in_several_ways(written: str, seconds: float) -> None:
    scenario, _ = parse(f"stay {written}\nexpect steady\n", "x", "x")

    assert (seconds,) == scenario.steps[0].values


def test_what_ails_a_machine_is_said_in_a_word() -> None:
    scenario, wrong = parse(
        "disk hung a\nlog slow b\nclock back 3600 s\nsuspend a\nwake a\nexpect steady\n", "x", "x"
    )

    assert wrong == ()
    assert [("hung", "a"), ("slow", "b"), ("back", 3600.0), ("a",), ("a",), ()] == [
        step.values for step in scenario.steps
    ]
    assert scenario.does("clock")
    assert not scenario.does("kill")


class TestMistakes:
    def test_a_verb_that_does_not_exist_is_named_with_its_place_and_a_suggestion(self) -> None:
        (said,) = errors("start all\n  kil master\nexpect steady\n")

        assert said.startswith("x.scenario:2:3: 'kil' cannot stand here; expected one of ")
        assert said.endswith("did you mean 'kill'?")

    def test_a_word_further_on(self) -> None:
        (said,) = errors("let old be mister\nexpect steady\n")

        assert said.startswith("x.scenario:1:12: 'mister' cannot stand here; expected ")
        assert "`master` or `backup`" in said
        assert said.endswith("did you mean 'master'?")

    def test_a_line_that_ends_too_early(self) -> None:
        (said,) = errors("expect lost at most\nexpect steady\n")

        assert "x.scenario:1:20: the line is not complete; expected a number" == said

    def test_a_line_that_goes_on(self) -> None:
        (said,) = errors("heal everything\nexpect steady\n")

        assert "x.scenario:1:6: 'everything' cannot stand here; expected end of line" == said

    def test_a_bad_time(self) -> None:
        (said,) = errors("stay long\nexpect steady\n")

        assert "x.scenario:1:6: 'long' cannot stand here; expected end of line or a time" in said

    def test_all_of_them_at_once(self) -> None:
        assert 2 == len(errors("foo\nbar\nexpect steady\n"))

    def test_a_reserved_word_is_no_name(self) -> None:
        assert errors("let master be backup\nexpect steady\n")

    def test_a_scenario_that_cannot_fail(self) -> None:
        (said,) = errors("start all\nstay\n")

        assert "expects nothing" in said


@pytest.mark.parametrize("name", scenarios.names())
def test_shipped_scenarios_are_right_and_say_what_they_are(name: str) -> None:
    scenario = scenarios.shipped(name).scenario

    assert scenario.title != name
    assert scenario.about


def test_every_value_of_the_forms_is_explained() -> None:
    words = {part for form in FORMS for word in form.split() for part in word.strip("[]").split("|")}

    assert set(VALUES) == {word for word in words if word.isupper()}


def test_an_unknown_scenario_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no scenario 'nix'.*failover"):
        scenarios.find("nix")


def test_a_file_with_mistakes_is_a_usage_error_with_places(tmp_path: Path) -> None:
    path = tmp_path / "mine.scenario"
    path.write_text("nonsense\n")

    with pytest.raises(UsageError, match=r"mine\.scenario:1:1: "):
        scenarios.find(str(path))
