"""The rounds of a sequence whose text is plain words with its variables in them, without the long way.

A sequence may stand for a million lines.  When its text holds no other name, no quote, brace or comment, a
round is nothing but putting the values in; where each character stands is worked out when somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pykeepalived.base.span import Span
from pykeepalived.syntax.definitions import NAME_IN_BRACES, PLAIN_NAME
from pykeepalived.syntax.draft import Draft
from pykeepalived.syntax.lines import LONGEST_LINE
from pykeepalived.syntax.nodes import ExpandedStatement

# As the plain lines of the preprocessor, and nothing in front that would be read as something else.
_LITERAL = re.compile(r"[\t %-?A-\[\]-z|~]*")
_VALUE = re.compile(r"[-+A-Za-z0-9_.:/,=%]+")
_LONGEST_VALUE = 20
"""Characters of a value: a 64-bit number with its sign."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The text of a sequence: ``literals`` with a variable between each two of them.

    ``slots`` says for each variable which of the round's values it is, and the columns of the first and the
    last character of its name.
    """

    body: Draft
    literals: tuple[str, ...]
    slots: tuple[tuple[int, int, int], ...]
    span: Span

    @property
    def substitutions(self) -> int:
        return len(self.slots)

    def statement(self, values: tuple[str, ...]) -> RoundStatement:
        parts = [self.literals[0]]
        for (index, _, _), literal in zip(self.slots, self.literals[1:], strict=True):
            parts += values[index], literal
        text = "".join(parts)
        return RoundStatement(self, values, text, tuple(text.split()))


class RoundStatement(ExpandedStatement):
    """A statement that one round of a sequence gave."""

    __slots__ = ("_pattern", "_values")

    def __init__(self, pattern: Pattern, values: tuple[str, ...], text: str, words: tuple[str, ...]) -> None:
        body = pattern.body
        self.text = text
        self.words = words
        self.file = body.file
        self.line = body.line
        self.column = body.places[0]
        self._via = body.via
        self._pattern = pattern
        self._values = values

    def _characters(self) -> Iterator[tuple[int, Span | None]]:
        """Column and origin of each character."""
        pattern = self._pattern
        at = 0
        places = pattern.body.places
        for number, literal in enumerate(pattern.literals):
            if number:
                index, first, last = pattern.slots[number - 1]
                length = len(self._values[index])
                for character in range(length):
                    at_end = character == length - 1 and length > 1
                    yield places[last if at_end else first], pattern.span
                at = last + 1
            for _ in literal:
                yield places[at], None
                at += 1

    @property
    def places(self) -> tuple[int, ...]:  # type: ignore[override]
        return tuple(column for column, _ in self._characters())

    @property
    def origins(self) -> tuple[Span | None, ...]:  # type: ignore[override]
        return tuple(origin for _, origin in self._characters())


def pattern_of(
    body: Draft, names: Sequence[str], values: range | Sequence[Sequence[str]], span: Span
) -> Pattern | None:
    """The text of a sequence as a pattern; None when its rounds must go the long way."""
    text = body.text
    if not text or text[0] in "$~" or text.startswith(("include", "random_seed")) or body.origins is not None:
        return None
    literals: list[str] = []
    slots: list[tuple[int, int, int]] = []
    start = 0
    while (position := text.find("$", start)) >= 0:
        match = NAME_IN_BRACES.match(text, position) or PLAIN_NAME.match(text, position)
        if match is None or match[1] not in names or (match.re is NAME_IN_BRACES and match[2]):
            return None
        literals.append(text[start:position])
        # A name that stands twice in a group has the value it got last.
        index = len(names) - 1 - list(reversed(names)).index(match[1])
        slots.append((index, position, match.end() - 1))
        start = match.end()
    literals.append(text[start:])
    if not slots or not all(map(_LITERAL.fullmatch, literals)):
        return None
    if len(text) + len(slots) * _LONGEST_VALUE > LONGEST_LINE:
        return None
    plain = isinstance(values, range) or all(
        len(value) <= _LONGEST_VALUE and _VALUE.fullmatch(value) for group in values for value in group
    )
    return Pattern(body, tuple(literals), tuple(slots), span) if plain else None
