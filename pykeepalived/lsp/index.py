"""A configuration by place: what stands where, which names it speaks of, which block is open there."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pykeepalived.base.span import Span
from pykeepalived.base.text import split_lines
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.schema import BlockSchema, Keyword, Shape
from pykeepalived.lsp.refers import DEFINERS, Thing, named
from pykeepalived.syntax.nodes import Block, Document, Statement


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name of the configuration."""

    thing: Thing
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What is open at a place: a block, or the value list of ``values`` in it."""

    schema: BlockSchema
    values: Keyword | None = None


ROOT = Scope(Config.schema)


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement with the keyword it is; ``block`` when it opens one."""

    statement: Statement
    keyword: Keyword | None
    scope: Scope
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name at one place.

    ``span`` is where the statement stands that has it; ``place`` where its letters stand (in a definition
    perhaps, quotes included), None when they stand nowhere in one piece.
    """

    symbol: Symbol
    span: Span
    place: Span | None
    defines: bool
    entry: Entry

    def shown(self) -> Span:
        return self.place or self.span


class Index:
    """Everything that can be looked up in one or more trees of the same files."""

    def __init__(self, documents: tuple[Document, ...], sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}
        self._by_line: dict[tuple[str, int], list[Occurrence]] = {}
        self._entries: dict[tuple[str, int], list[Entry]] = {}
        self._events: dict[str, list[tuple[int, int, Scope]]] = {}
        self._inclusions: dict[str, Span] = {}
        self.symbols: dict[Symbol, list[Occurrence]] = {}
        known: set[tuple[Symbol, Span, Span | None]] = set()
        for document in documents:
            for inclusion in document.inclusions:
                self._inclusions.setdefault(normal(inclusion.file), inclusion.span)
            for entry in self._walk(document):
                statement = entry.statement
                self._entries.setdefault((normal(statement.file), statement.line), []).append(entry)
                for occurrence in self._names(entry):
                    key = (occurrence.symbol, occurrence.span, occurrence.place)
                    if key not in known:
                        known.add(key)
                        self._add(occurrence)
        for events in self._events.values():
            events.sort(key=lambda event: event[:2])

    # ---------------------------------------------------------------- looking up
    def line(self, file: str, number: int) -> str:
        """The text of a line, empty when there is none."""
        if file not in self._lines:
            self._lines[file] = split_lines(self._sources.get(file, ""))
        lines = self._lines[file]
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def at(self, file: str, line: int, column: int) -> Occurrence | None:
        """The name under the cursor, a definition before a use."""
        found = [
            occurrence
            for occurrence in self._by_line.get((file, line), ())
            if any(_covers(span, file, line, column) for span in (occurrence.span, occurrence.place) if span)
        ]
        return min(found, key=lambda occurrence: not occurrence.defines, default=None)

    def entries_at(self, file: str, line: int) -> list[Entry]:
        return self._entries.get((file, line), [])

    def scope_at(self, file: str, line: int, column: int, depth: int = 8) -> Scope:
        """What is open just before a place; for the head of an included file, where it is included."""
        events = self._events.get(file, [])
        before = bisect_left(events, (line, column), key=lambda event: event[:2])
        if before:
            return events[before - 1][2]
        inclusion = self._inclusions.get(file)
        if inclusion is None or depth == 0:
            return ROOT
        return self.scope_at(normal(inclusion.file), inclusion.line, inclusion.column, depth - 1)

    def definitions(self, symbol: Symbol) -> list[Occurrence]:
        return [occurrence for occurrence in self.symbols.get(symbol, ()) if occurrence.defines]

    def names(self, thing: Thing) -> list[str]:
        """Defined names of a thing (of interfaces: all that are named somewhere), in order of the files."""
        return [
            symbol.name
            for symbol, found in self.symbols.items()
            if symbol.thing is thing
            and (thing is Thing.INTERFACE or any(occurrence.defines for occurrence in found))
        ]

    # ---------------------------------------------------------------- building
    def _walk(self, document: Document) -> Iterator[Entry]:
        """Every statement in reading order; a stack, as files may nest without bound."""
        pending: list[tuple[Iterator[Statement | Block], Scope, Block | None]] = [
            (iter(document.children), ROOT, None)
        ]
        while pending:
            children, scope, block = pending[-1]
            for node in children:
                head = node.head if isinstance(node, Block) else node
                entry = Entry(head, _keyword(scope, head), scope, node if isinstance(node, Block) else None)
                if head.words:
                    self._event(head.file, head.line, head.column, scope)
                    yield entry
                if isinstance(node, Block):
                    inner = _inner(entry)
                    if node.opening is not None:
                        self._event(node.opening.file, node.opening.line, node.opening.column, inner)
                    pending.append((iter(node.children), inner, node))
                    break
            else:
                pending.pop()
                if block is not None and block.closing is not None and pending:
                    closing = block.closing
                    self._event(closing.file, closing.line, closing.column, pending[-1][1])

    def _event(self, file: str, line: int, column: int, scope: Scope) -> None:
        self._events.setdefault(normal(file), []).append((line, column, scope))

    def _names(self, entry: Entry) -> Iterator[Occurrence]:
        statement, keyword = entry.statement, entry.keyword
        if keyword is None or statement.pragma:
            return
        words = statement.words
        block, value_line = entry.scope.schema.name, entry.scope.values is not None
        for index, word in enumerate(words):
            thing = named(block, keyword, words, index, value_line=value_line)
            if thing is None or not word:
                continue
            span = statement.span(index)
            span = replace(span, file=normal(span.file))
            defines = keyword.shape is Shape.BLOCK and keyword.name in DEFINERS
            yield Occurrence(Symbol(thing, word), span, self._literal(span, word), defines, entry)

    def _literal(self, span: Span, word: str) -> Span | None:
        """Where the letters of ``word`` stand."""
        stretch = self.line(span.file, span.line)[span.column - 1 : span.end_column - 1]
        if stretch in (word, f'"{word}"'):
            return replace(span, via=None)
        via = span.via
        if via is None:
            return None
        file = normal(via.file)
        text = self.line(file, via.line)[via.column - 1 : via.end_column - 1]
        found = list(re.finditer(rf"(?<![\w.:-]){re.escape(word)}(?![\w.:-])", text))
        if len(found) != 1:
            return None
        return Span(file, via.line, via.column + found[0].start(), via.column + found[0].end())

    def _add(self, occurrence: Occurrence) -> None:
        self.symbols.setdefault(occurrence.symbol, []).append(occurrence)
        lines = {(span.file, span.line) for span in (occurrence.span, occurrence.place) if span is not None}
        for line in lines:
            self._by_line.setdefault(line, []).append(occurrence)


def normal(file: str) -> str:
    return posixpath.normpath(file)


def _covers(span: Span, file: str, line: int, column: int) -> bool:
    """A cursor stands between characters: behind the last one counts too."""
    return span.file == file and span.line == line and span.column <= column <= span.end_column


def _keyword(scope: Scope, statement: Statement) -> Keyword | None:
    if scope.values is not None:
        return scope.values
    return scope.schema.keywords.get(statement.keyword) if statement.words else None


def _inner(entry: Entry) -> Scope:
    """keepalived reads the lines of a block it does not know as part of the enclosing one."""
    keyword, scope = entry.keyword, entry.scope
    if keyword is None or scope.values is not None or keyword.shape is Shape.LINE:
        return scope
    if keyword.shape is Shape.VALUES:
        return Scope(scope.schema, keyword)
    assert keyword.block is not None
    schema = keyword.block.schema
    return Scope(schema, schema.keywords.get(""))
