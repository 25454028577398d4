"""``~SEQ(V, …) text`` and ``~LST(V, …) text``: a line once per value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.syntax.definitions import Definitions
from pykeepalived.syntax.draft import Draft
from pykeepalived.syntax.lines import Report

_LONGEST_BOUNDS: Final = 63
"""Bytes of the numbers of a ``~SEQ`` with the closing parenthesis, definitions replaced."""
_LONG_LIMIT: Final = 2**63

_SEQ_HEAD = re.compile(r"~SEQ(x?)[ \t]*\([ \t]*([^ \t,){][^ \t,)]*)[ \t]*")
_NUMBER = re.compile(r"[ \t\f\r\v]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)?[ \t]*")
_LST_HEAD = re.compile(r"~LST[ \t]*\([ \t]*")
_NAME = re.compile(r"([^ \t,}]*)[ \t]*")
_VALUE = re.compile(r"([^ \t,})]*)[ \t]*")
_BLANKS = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Sequence:
    """``rounds`` gives the variables of each repetition, ``body`` is the text that is repeated."""

    head: Draft
    body: Draft
    names: tuple[str, ...]
    values: range | tuple[tuple[str, ...], ...]
    hexadecimal: bool = False

    def rounds(self) -> Iterator[tuple[str, ...]]:
        if isinstance(self.values, range):
            for number in self.values:
                yield (f"{number:x}" if self.hexadecimal else str(number),)
        else:
            yield from self.values


class _NotASequenceError(Exception):
    """What is wrong with it, in words."""


def read_sequence(draft: Draft, definitions: Definitions, report: Report) -> Sequence | None:
    """The sequence that ``draft`` starts with; None, with a diagnostic, when it is malformed."""
    try:
        return _read_seq(draft, definitions) if draft.text[1] == "S" else _read_lst(draft)
    except _NotASequenceError as error:
        report(
            Diagnostic(
                "malformed-sequence",
                Severity.ERROR,
                f"{draft.text[:4]}: {error}",
                draft.span(),
                consequence="the line is ignored",
                hint="~SEQ(VAR, [START, [STEP,]] END) text, ~LST(VAR, VALUE, …) text or"
                " ~LST({VAR, …}, {VALUE, …}, …) text",
            )
        )
        return None


def _read_seq(draft: Draft, definitions: Definitions) -> Sequence:
    head = _SEQ_HEAD.match(draft.text)
    if head is None:
        raise _NotASequenceError("a parenthesis and the name of a variable must follow")
    start = head.end()
    if draft.text[start : start + 1] != ",":
        raise _NotASequenceError("an end value must follow the variable")
    end = draft.text.find(")", start)
    if end < 0:
        raise _NotASequenceError("the closing parenthesis is missing")
    bounds = definitions.expand(draft.cut(start + 1, end + 1), _LONGEST_BOUNDS)
    if bounds.rest:
        raise _NotASequenceError("a bound may not be a definition of several lines")
    numbers = _bounds(bounds.draft.text)
    first, step, last = _progression(numbers)
    if head[1] and (first < 0 or last < 0):
        raise _NotASequenceError("hexadecimal values cannot be negative")
    values = range(first, last + (1 if step > 0 else -1), step)
    return Sequence(draft.cut(0, end + 1), draft.cut(end + 1), (head[2],), values, bool(head[1]))


def _bounds(text: str) -> list[int]:
    numbers: list[int] = []
    position = 0
    while True:
        match = _NUMBER.match(text, position)
        assert match is not None  # every part of the pattern may be empty
        digits = match[2] or "0"
        if digits[:2] in ("0x", "0X"):
            number = int(digits, 16)
        else:
            number = int(digits, 8 if digits.startswith("0") else 10)
        number = -number if match[1] == "-" else number
        numbers.append(max(-_LONG_LIMIT, min(_LONG_LIMIT - 1, number)))
        position = match.end()
        sign = text[position : position + 1]
        if sign == ")":
            return numbers
        if sign != ",":
            raise _NotASequenceError(f"{text.rstrip(')')!r} are not numbers separated by commas")
        if len(numbers) == 3:
            raise _NotASequenceError("there are more than three numbers")
        position += 1


def _progression(numbers: list[int]) -> tuple[int, int, int]:
    """First value, step and last value; keepalived's defaults where they are not given."""
    if len(numbers) == 1:
        last = numbers[0]
        return (-1 if last < 0 else 1), (-1 if last < 1 else 1), last
    if len(numbers) == 2:
        first, last = numbers
        return first, (1 if first <= last else -1), last
    first, step, last = numbers
    if step == 0 or (first < last and step < 0) or (first > last and step > 0):
        raise _NotASequenceError(f"steps of {step} do not lead from {first} to {last}")
    # One round is always made, also when the first value is the last.
    return first, step, last


def _read_lst(draft: Draft) -> Sequence:
    text = draft.text
    head = _LST_HEAD.match(text)
    if head is None:
        raise _NotASequenceError("a parenthesis must follow")
    names, position = _group(text, head.end(), _NAME, None)
    if text[position : position + 1] != ",":
        raise _NotASequenceError("values must follow the variable")
    position = _skip(text, position + 1)
    values: list[tuple[str, ...]] = []
    while True:
        group, position = _group(text, position, _VALUE, len(names))
        values.append((*group, *[""] * (len(names) - len(group))))
        sign = text[position : position + 1]
        if sign == ")":
            break
        if sign != ",":
            raise _NotASequenceError("a comma or the closing parenthesis is missing")
        position = _skip(text, position + 1)
    return Sequence(draft.cut(0, position + 1), draft.cut(position + 1), tuple(names), tuple(values))


def _group(text: str, position: int, pattern: re.Pattern[str], most: int | None) -> tuple[list[str], int]:
    """One name or value, or several in braces, and the offset of the sign after it.

    ``most`` is the number of values allowed, None for names.
    """
    braces = text[position : position + 1] == "{"
    if braces:
        position = _skip(text, position + 1)
    closing = ("}",) if braces else (",",) if most is None else (",", ")")
    items: list[str] = []
    while True:
        match = pattern.match(text, position)
        assert match is not None  # may be empty
        items.append(match[1])
        position = match.end()
        sign = text[position : position + 1]
        if sign in closing and sign:
            break
        if sign != ",":
            raise _NotASequenceError("a comma, a brace or the closing parenthesis is missing")
        if most is not None and len(items) >= most:
            raise _NotASequenceError(f"more values than the {most} variable{'s' if most > 1 else ''}")
        position = _skip(text, position + 1)
    return items, _skip(text, position + 1) if braces else position


def _skip(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position
