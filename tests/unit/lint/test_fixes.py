"""Carrying out fixes."""

from __future__ import annotations

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.fixes import apply_fixes


def _finding(*edits: Edit, safe: bool = True) -> Finding:
    return Finding("PK199", "x", Severity.ERROR, "m", edits[0].span, fix=Fix("t", edits, safe=safe))


def _edit(
    line: int, column: int, end: int, text: str, *, whole: bool = False, via: Span | None = None
) -> Edit:
    return Edit(Span("f", line, column, end, via), text, whole)


def _applied(text: str, *findings: Finding, unsafe: bool = False) -> str:
    return apply_fixes(findings, {"f": text}, unsafe=unsafe).texts.get("f", text)


def test_edits_of_one_line_do_not_move_one_another() -> None:
    finding = _finding(_edit(1, 1, 2, "AAA"), _edit(1, 3, 4, ""))

    assert _applied("abc\n", finding) == "AAAb\n"


def test_a_line_is_removed_with_its_end() -> None:
    assert _applied("a\r\nb\r\nc\r\n", _finding(_edit(2, 1, 2, "", whole=True))) == "a\r\nc\r\n"


def test_an_empty_stretch_inserts() -> None:
    assert _applied("abc", _finding(_edit(1, 2, 2, "-"))) == "a-bc"


def test_of_two_fixes_on_the_same_characters_the_first_is_applied() -> None:
    first, second = _finding(_edit(1, 1, 3, "X")), _finding(_edit(1, 2, 4, "Y"))
    fixed = apply_fixes([first, second], {"f": "abcd"}, unsafe=False)

    assert fixed.texts == {"f": "Xcd"}
    assert fixed.applied == (first,)


def test_a_removed_line_excludes_every_other_fix_on_it() -> None:
    removed, other = _finding(_edit(1, 1, 5, "", whole=True)), _finding(_edit(1, 3, 4, "Y"))

    assert _applied("abcd\ne\n", removed, other) == "e\n"


def test_a_fix_is_applied_as_a_whole_or_not_at_all() -> None:
    blocker = _finding(_edit(1, 1, 2, "X"))
    both = _finding(_edit(2, 1, 2, "Y"), _edit(1, 1, 2, "Z"))

    assert _applied("a\nb\n", blocker, both) == "X\nb\n"


def test_unsafe_fixes_are_applied_only_when_asked_for() -> None:
    finding = _finding(_edit(1, 1, 2, "X"), safe=False)

    assert _applied("a", finding) == "a"
    assert _applied("a", finding, unsafe=True) == "X"


def test_text_that_came_out_of_a_definition_is_left_alone() -> None:
    produced = _finding(_edit(1, 1, 2, "X", via=Span("f", 2, 1, 2)))

    assert _applied("a\n$A=b\n", produced) == "a\n$A=b\n"


def test_only_a_line_feed_ends_a_line() -> None:
    assert _applied("a\x0cb\u2028c\nd\n", _finding(_edit(2, 1, 2, "X"))) == "a\x0cb\u2028c\nX\n"
