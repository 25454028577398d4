"""Where a piece of configuration text stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one source line.

    ``line`` and ``column`` count from 1, columns in characters; ``end_column`` is one past the last
    character.  ``via`` is set when the text did not stand there literally: it then names the place
    where the definition (``$NAME=``), sequence or include that produced the text stands.
    """

    file: str
    line: int
    column: int
    end_column: int
    via: Span | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
