"""Each argument grammar against its examples, and the examples against what keepalived was seen to say."""

from __future__ import annotations

import json

import pytest

from pykeepalived.syntax.arguments import CHARACTER_GRAMMARS, check_line, grammar_names
from pykeepalived.syntax.parser import grammar_folder
from tests.support.beside import CATALOGUE, needs

EXAMPLES = grammar_folder() / "examples"
GRAMMAR_OF = {
    "ADDRESS-LINE": "address",
    "ROUTE-LINE": "route",
    "RULE-LINE": "rule",
    "TRACK-ENTRY": "track_entry",
    "PEER-ENTRY": "peer",
    "lvs_sync_daemon": "sync_daemon",
    "virtual_server header": "virtual_server",
    "VSG-ENTRY": "virtual_server_group",
    "forwarding": "forwarding",
    "status_code": "status_code",
    "umask": "umask",
    "include_check": "include_check",
    "scheduler": "scheduler",
    "protocol": "protocol",
    "persistence_granularity": "granularity",
    "user_group": "user_group",
}


def examples(name: str) -> list[tuple[str, str]]:
    """Mark and line of each example; the reason behind ``//`` is for readers."""
    found = []
    for line in (EXAMPLES / f"{name}.txt").read_text().splitlines():
        if line[:1] in ("+", "-", "~"):
            found.append((line[0], line[2:].split(" // ")[0] if line[0] == "~" else line[2:]))
    return found


@pytest.mark.parametrize("name", grammar_names())
def test_examples(name: str) -> None:
    cases = examples(name)
    wrong = [(mark, line) for mark, line in cases if (check_line(name, line) is None) != (mark in "+~")]

    assert [] == wrong
    assert {"+", "-"} <= {mark for mark, _ in cases}


def test_every_grammar_has_examples_and_every_example_a_grammar() -> None:
    assert grammar_names() == sorted(path.stem for path in EXAMPLES.glob("*.txt"))
    assert set(grammar_names()) >= CHARACTER_GRAMMARS


@needs(CATALOGUE)
@pytest.mark.parametrize(("section", "name"), GRAMMAR_OF.items())
def test_examples_tell_what_keepalived_was_seen_to_do(section: str, name: str) -> None:
    told = {line: mark for mark, line in examples(name)}
    for sample in json.loads(CATALOGUE.read_text())["grammars"][section].get("samples", []):
        line, accepted = sample["text"], sample["exit"] == 0
        if "\n" in line:
            continue
        if name == "address" and line == "198.51.100.7 use_vmac":
            continue  # taken in one block and refused in another
        if accepted:
            assert "+" == told.get(line), line
        else:
            assert told.get(line) in ("-", "~"), line


class TestMismatch:
    def test_it_names_the_word_and_what_could_stand_there(self) -> None:
        found = check_line("address", "192.0.2.1 foo")

        assert found is not None
        assert 1 == found.index
        assert {"dev", "label", "end of line"} <= set(found.expected)

    def test_a_missing_word_is_the_one_past_the_last(self) -> None:
        found = check_line("address", "192.0.2.1 dev")

        assert found is not None
        assert (2, ("INTERFACE",)) == (found.index, found.expected)

    def test_quotes_make_one_word(self) -> None:
        assert check_line("address", '192.0.2.1 label "a b"') is None
        assert check_line("address", "192.0.2.1 label a b") is not None
