"""Each ``NAME.conf`` here reads as ``NAME.tree`` says and is laid out as ``NAME.fmt`` shows.

The first line of a file tells why it is right.

A new case is a new pair of files; ``UPDATE_GOLDEN=1`` writes the expectations (review them).
Files in ``parts/`` are there to be included.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pykeepalived.cli.files import FileLoader
from pykeepalived.syntax.nodes import Block, Document, Statement
from pykeepalived.syntax.parser import parse
from pykeepalived.syntax.format import format_text

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*.conf"))


def lines_of(document: Document) -> list[str]:
    found: list[str] = []

    def show(item: Statement | Block, depth: int) -> None:
        head = item.head if isinstance(item, Block) else item
        words = [
            f"{head.span(index).line}:{head.span(index).column} {word!r}"
            for index, word in enumerate(head.words)
        ]
        marks = [name for name in ("pragma", "unterminated", "stray") if getattr(head, name)]
        via = [f"via {head.via.line}:{head.via.column}"] if head.via else []
        found.append("  " * depth + ", ".join(words) + "".join(f" [{mark}]" for mark in (*marks, *via)))
        if isinstance(item, Block):
            closing = f"{item.close_span.line}:{item.close_span.column}" if item.close_span else "end of file"
            for child in item.children:
                show(child, depth + 1)
            found.append("  " * depth + f"}} {closing}")

    for item in document.children:
        show(item, 0)
    found += [
        f"! {each.span.line}:{each.span.column} {each.code}" for each in document.diagnostics if each.span
    ]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_golden(case: Path) -> None:
    assert case.read_text().startswith("# why: ")
    found = lines_of(parse(case.name, FileLoader(str(HERE)), config_id="testhost"))
    expectation = case.with_suffix(".tree")
    if os.environ.get("UPDATE_GOLDEN"):
        expectation.write_text("\n".join(found) + "\n")

    assert expectation.read_text().splitlines() == found


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_golden_layout(case: Path) -> None:
    result = format_text(case.read_bytes().decode("utf-8", "surrogateescape"))
    # What cannot be laid out without changing what it says is left alone, with the reason.
    found = result.text or "".join(f"{each.code}\n" for each in result.diagnostics)
    expectation = case.with_suffix(".fmt")
    if os.environ.get("UPDATE_GOLDEN"):
        expectation.write_bytes(found.encode("utf-8", "surrogateescape"))

    assert expectation.read_bytes().decode("utf-8", "surrogateescape") == found
    if result.text is not None:
        assert found == format_text(found).text


def test_there_are_cases() -> None:
    assert len(CASES) >= 6
