"""The tree: statements and blocks, in source order, each able to say where it stood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.base.span import Span


class Statement:
    """One statement: a keyword and its words (a value line of a value block looks the same).

    ``text`` is the statement after comments are cut and definitions are substituted, with quotes as
    written: keywords that take a command split it anew by the script rules.  ``words`` is ``text`` split by
    the plain rules.  ``pragma`` marks an extension written as a comment (``# pykeepalived: …``).
    """

    __slots__ = ("columns", "file", "line", "pragma", "text", "via", "words")

    def __init__(
        self,
        text: str,
        words: tuple[str, ...],
        file: str,
        line: int,
        columns: tuple[int, ...],
        via: Span | None = None,
        pragma: bool = False,
    ) -> None:
        self.text = text
        self.words = words
        self.file = file
        self.line = line
        self.columns = columns
        self.via = via
        self.pragma = pragma

    @property
    def keyword(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.words[1:]

    def span(self, index: int = 0) -> Span:
        """Where word ``index`` stands; an index past the last word means the end of the statement."""
        if index < len(self.words) and index < len(self.columns):
            column = self.columns[index]
            return Span(self.file, self.line, column, column + max(1, len(self.words[index])), self.via)
        if self.columns:
            column = self.columns[-1] + len(self.words[-1])
        else:
            column = 1
        return Span(self.file, self.line, column, column + 1, self.via)

    def __repr__(self) -> str:
        return f"Statement({self.text!r} at {self.file}:{self.line})"


@dataclass(slots=True)
class Block:
    """A statement followed by ``{ … }``."""

    head: Statement
    children: list[Statement | Block] = field(default_factory=list)
    open_span: Span | None = None
    close_span: Span | None = None
    """None when the file ended before the closing brace."""

    def statements(self) -> Iterator[Statement]:
        for child in self.children:
            if isinstance(child, Statement):
                yield child


@dataclass(slots=True)
class Document:
    """A whole configuration: what all files together say, and what was wrong with their structure."""

    children: list[Statement | Block]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
