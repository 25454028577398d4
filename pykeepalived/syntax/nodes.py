"""The tree: statements and blocks, in source order, each able to say where it stood.

A statement keeps only what cannot be computed again; the columns of its words are worked out when somebody
asks, because a file has many statements and few of them are complained about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.base.span import Span
from pykeepalived.syntax.splitting import plain_words


class Statement:
    """One statement: a keyword and its words (a value line of a value block looks the same).

    ``text`` is the statement after comments are cut and definitions are substituted, with quotes as
    written: keywords that take a command split it anew by the script rules.  ``words`` is ``text`` split by
    the plain rules.  ``column`` is where ``text`` starts in its source line.

    A statement may stand for something odd, which the class attributes say: ``pragma`` marks an extension
    written as a comment (``# pykeepalived: …``), ``unterminated`` a line with an odd number of quotes, whose
    ``words`` end before the open quote, ``stray`` a closing brace without a block (``text`` is ``}``).
    """

    __slots__ = ("column", "file", "line", "text", "words")

    # The parser hands statements to Lark as they are; this is the terminal they are.
    type: ClassVar[str] = "STMT"
    pragma: ClassVar[bool] = False
    unterminated: ClassVar[bool] = False
    stray: ClassVar[bool] = False

    def __init__(self, text: str, words: tuple[str, ...], file: str, line: int, column: int = 1) -> None:
        self.text = text
        self.words = words
        self.file = file
        self.line = line
        self.column = column

    @property
    def keyword(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.words[1:]

    @property
    def via(self) -> Span | None:
        """The definition or sequence this statement came out of; None when it stands there literally."""
        return None

    @property
    def columns(self) -> tuple[int, ...]:
        """Column of each word (of its opening quote when it has one)."""
        return tuple(self._source_column(word.start) for word in plain_words(self.text).words)

    def span(self, index: int = 0) -> Span:
        """Where word ``index`` stands; an index past the last word means the end of the statement."""
        words = plain_words(self.text).words
        if index < len(words):
            return self._stretch(words[index].start, words[index].end)
        return self._stretch(len(self.text), len(self.text))

    def span_of(self, start: int, end: int) -> Span:
        """Where ``text[start:end]`` stands, for words that were split by other rules."""
        return self._stretch(start, end)

    def whole_span(self) -> Span:
        """Where the statement stands, from its first word to its last."""
        return self._stretch(0, len(self.text))

    def part(self, index: int) -> Statement:
        """Word ``index`` as a statement of its own, at its own place."""
        word = plain_words(self.text).words[index]
        text = self.text[word.start : word.end]
        return Statement(text, (self.words[index],), self.file, self.line, self._source_column(word.start))

    def _source_column(self, offset: int) -> int:
        return self.column + offset

    def _stretch(self, start: int, end: int) -> Span:
        column = self.column + start
        return Span(self.file, self.line, column, max(column + 1, self.column + end))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r} at {self.file}:{self.line}:{self.column})"


class ExpandedStatement(Statement):
    """A statement whose text does not stand in its line character by character.

    Definitions, sequences and ``\\#`` make the text differ from the source.  ``places`` has the source
    column of each character, ``origins`` (when definitions took part) the span of the definition each
    character came out of, ``via`` the place that produced the whole line (a stored line of a multi-line
    definition, a sequence).
    """

    __slots__ = ("_via", "origins", "places")

    def __init__(
        self,
        text: str,
        words: tuple[str, ...],
        file: str,
        line: int,
        places: tuple[int, ...],
        origins: tuple[Span | None, ...] | None = None,
        via: Span | None = None,
    ) -> None:
        super().__init__(text, words, file, line, places[0] if places else 1)
        self.places = places
        self.origins = origins
        self._via = via

    @property
    def via(self) -> Span | None:
        return self._via or next((span for span in self.origins or () if span), None)

    def part(self, index: int) -> Statement:
        word = plain_words(self.text).words[index]
        stretch = slice(word.start, word.end)
        return ExpandedStatement(
            self.text[stretch],
            (self.words[index],),
            self.file,
            self.line,
            self.places[stretch],
            self.origins[stretch] if self.origins else None,
            self._via,
        )

    def _source_column(self, offset: int) -> int:
        if offset < len(self.places):
            return self.places[offset]
        return self.places[-1] + 1 if self.places else 1

    def _stretch(self, start: int, end: int) -> Span:
        column = self._source_column(start)
        last = self._source_column(end - 1) if end > start else column
        via = next((span for span in (self.origins or ())[start : max(end, start + 1)] if span), self._via)
        return Span(self.file, self.line, column, max(column, last) + 1, via)


class PragmaStatement(Statement):
    """An extension, written as the comment ``# pykeepalived: KEYWORD …``."""

    __slots__ = ()
    pragma = True


class UnterminatedStatement(ExpandedStatement):
    """A line with a double quote that is not closed: what follows it is lost."""

    __slots__ = ()
    type = "BAD"
    unterminated = True


class StrayBrace(Statement):
    """A closing brace with nothing to close."""

    __slots__ = ()
    type = "STRAY"
    stray = True


class Brace:
    """A brace where it stands; ``type`` is the terminal it is for Lark: OPEN, CLOSE or EOFCLOSE."""

    __slots__ = ("column", "file", "line", "type", "via")

    def __init__(self, type_: str, file: str, line: int, column: int, via: Span | None = None) -> None:
        self.type = type_
        self.file = file
        self.line = line
        self.column = column
        self.via = via

    def span(self) -> Span:
        return Span(self.file, self.line, self.column, self.column + 1, self.via)


class Block:
    """A statement followed by ``{ … }``.

    A second ``{`` in a row opens a block without a statement: its ``head`` has no words and stands at the
    brace.
    """

    __slots__ = ("children", "closing", "head", "opening")

    def __init__(
        self,
        head: Statement,
        children: list[Statement | Block] | None = None,
        opening: Brace | None = None,
        closing: Brace | None = None,
    ) -> None:
        self.head = head
        self.children: list[Statement | Block] = [] if children is None else children
        self.opening = opening
        self.closing = closing

    @property
    def open_span(self) -> Span | None:
        return self.opening.span() if self.opening else None

    @property
    def close_span(self) -> Span | None:
        """None when the file ended before the closing brace."""
        return self.closing.span() if self.closing else None

    def statements(self) -> Iterator[Statement]:
        for child in self.children:
            if isinstance(child, Statement):
                yield child

    def __repr__(self) -> str:
        return f"Block({self.head!r}, {len(self.children)} children)"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A file that was read because an ``include`` line named it; ``span`` is that line."""

    file: str
    span: Span


@dataclass(frozen=True, slots=True)
class Definition:
    """``$NAME=…`` where it stands; ``lines`` are the stored lines (one unless it was continued)."""

    name: str
    span: Span
    lines: tuple[str, ...]


@dataclass(slots=True)
class Document:
    """A whole configuration: what all files together say, and what was wrong with their structure.

    ``files`` are the files in the order they were first read, the main file first; ``sources`` has the text
    of each, for messages that show the line.  ``definitions`` has each definition in the order of reading.
    """

    children: list[Statement | Block]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    inclusions: list[Inclusion] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    copy_differs: bool = False
    """keepalived's later readers see something else: a comment line stands within a continued definition."""
