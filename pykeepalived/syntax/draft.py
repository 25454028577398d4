"""A logical line on its way to the words: its text, and where each character of it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pykeepalived.base.span import Span
from pykeepalived.syntax.lines import BLANKS, Uncommented, decomment


@dataclass(frozen=True, slots=True)
class Draft:
    """``places[i]`` is the column of ``text[i]`` in line ``line`` of ``file``.

    ``origins[i]`` is the definition that character i came out of (None: it stands in the line); ``origins``
    itself is None until a definition took part.  ``via`` is set for the stored lines of a multi-line
    definition.
    """

    text: str
    places: Sequence[int]
    file: str
    line: int
    origins: Sequence[Span | None] | None = None
    via: Span | None = None

    def cut(self, start: int, end: int | None = None) -> Draft:
        """The part from ``start`` to ``end``, without blanks around it."""
        text = self.text[start:end]
        start += len(text) - len(text.lstrip(BLANKS))
        end = start + len(text.strip(BLANKS))
        return replace(
            self,
            text=self.text[start:end],
            places=self.places[start:end],
            origins=None if self.origins is None else self.origins[start:end],
        )

    def substitute(self, start: int, end: int, value: str, origin: Span | None) -> Draft:
        """``text[start:end]`` replaced by ``value``, which stands where ``text[start]`` stood.

        Only its last character stands where the replaced text ended, so that a span covers all of the name.
        """
        places, origins = self.places, self.origins or [None] * len(self.text)
        stands = [places[start]] * len(value)
        if len(value) > 1:
            stands[-1] = places[end - 1]
        return replace(
            self,
            text=self.text[:start] + value + self.text[end:],
            places=[*places[:start], *stands, *places[end:]],
            origins=[*origins[:start], *([origin] * len(value)), *origins[end:]],
        )

    def without_comment(self) -> tuple[Draft, Uncommented]:
        """Comments cut once more, as happens after a substitution."""
        bare = decomment(self.text, range(len(self.text)))
        draft = replace(
            self,
            text=bare.text,
            places=[self.places[at] for at in bare.places],
            origins=None if self.origins is None else [self.origins[at] for at in bare.places],
        )
        return draft, bare

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """Where ``text[start:end]`` stands."""
        if end is None:
            end = len(self.text)
        if not self.places:
            return Span(self.file, self.line, 1, 2, self.via)
        column = self.places[min(start, len(self.places) - 1)]
        last = self.places[max(start, min(end, len(self.places)) - 1)] if start < len(self.places) else column
        via = next((origin for origin in (self.origins or ())[start:end] if origin), self.via)
        return Span(self.file, self.line, column, max(column, last) + 1, via)
