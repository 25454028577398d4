"""Files to tokens: statements and braces, with definitions, conditions, sequences and includes worked off.

The order is keepalived's.  A physical line loses its comment; then its condition is looked at, then whether
it is a definition or a sequence, then definitions are substituted (and comments cut again), then it may be
an include; what is left ends at the first brace outside quotes, and the text from there on goes through the
same steps once more.  Nearly all lines need none of this: one regular expression finds those, and only the
others take the long way.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from sys import intern
from typing import Final

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.base.span import Span
from pykeepalived.syntax import complaints
from pykeepalived.syntax.conditions import apply_condition
from pykeepalived.syntax.definitions import Definitions, StoredLine, Value
from pykeepalived.syntax.draft import Draft
from pykeepalived.syntax.includes import IncludeCheck, changed_checks, files_of, parse_include
from pykeepalived.syntax.lines import LONGEST_LINE, PRAGMA, Uncommented, decode, decomment, physical_lines
from pykeepalived.syntax.nodes import (
    Brace,
    Definition,
    ExpandedStatement,
    Inclusion,
    PragmaStatement,
    Statement,
    StrayBrace,
    UnterminatedStatement,
)
from pykeepalived.syntax.repeats import LARGE_FILE, RepeatedBlock, Repeats
from pykeepalived.syntax.source import Loader
from pykeepalived.syntax.splitting import plain_words
from pykeepalived.syntax.tree import Token
from pykeepalived.syntax.wholes import FileBlocks, KnownBlock, WholeBlocks

# Words, perhaps one brace, perhaps a comment; no quote, backslash, `$`, and no `@` or `~` in front.  Only
# ASCII without odd control characters, so that str.split() agrees with C about what is white space.
_PLAIN_LINE = re.compile(r"[ \t]*([%-?A-\[\]-z|][\t %-\[\]-z|~]*)?(?:([{}])[ \t]*)?(?:[#!].*)?")
_FIRST_BRACE = re.compile(r'[^{}"]*(?:"[^"]*"[^{}"]*)*([{}])')
_PRAGMA_WORD: Final = "pykeepalived:"
_SUPPRESSIONS: Final = frozenset({"ignore", "ignore-file"})
_INCLUDE_WORDS: Final = frozenset({"include", "includer", "includem", "includew", "includeb", "includea"})
_STEERING: Final = _INCLUDE_WORDS | {"include_check", "random_seed"}
_STEERING_BLOCK: Final = "global_defs"
_SEQUENCES: Final = ("~SEQ", "~LST")
_DEEPEST: Final = 50
"""Multi-line definitions within one another, and files within one another."""
MOST_EXPANDED_LINES: Final = 1_000_000
_STEPS_A_LINE: Final = 8
"""Substitutions that count like one more line against the limit: a line has hundreds only when it is odd."""


_PlainLine = tuple[str, tuple[str, ...], int, str, int]
"""Statement (perhaps empty), its words, its column, the brace behind it (perhaps none), its column."""


def _plain_line(raw: str, pragmas: bool) -> _PlainLine | None:
    """What a physical line says; None when that needs the long way."""
    found = _PLAIN_LINE.fullmatch(raw)
    if found is None or (pragmas and _PRAGMA_WORD in raw):
        return None
    body, brace = found.groups("")
    body = body.rstrip()
    # The same keywords come again and again: one string for each.
    words = tuple(map(intern, body.split()))
    if words and words[0] in _STEERING:
        return None
    return body, words, found.start(1) + 1, brace, found.start(2) + 1


class Reader:
    """Reads a configuration with everything it includes into ``tokens``.

    ``most_lines`` bounds what sequences and multi-line definitions may produce; keepalived itself has no
    bound.
    """

    def __init__(
        self,
        loader: Loader,
        config_id: str,
        checks: IncludeCheck = IncludeCheck.NONE,
        most_lines: int = MOST_EXPANDED_LINES,
        from_copy: bool = False,
        large_file: int = LARGE_FILE,
        blocks: WholeBlocks | None = None,
    ) -> None:
        self.tokens: list[Token] = []
        self.diagnostics: list[Diagnostic] = []
        self.sources: dict[str, str] = {}
        self.inclusions: list[Inclusion] = []
        self.definitions: list[Definition] = []
        self._report = self.diagnostics.append
        self._loader = loader
        self._config_id = config_id
        self._checks = checks
        self._names = Definitions(loader, config_id, self._report)
        self._heads: list[str] = []
        self._open_files: list[str] = []
        self._pending: list[tuple[list[str], Span]] = []
        self._unfinished: tuple[str, Value] | None = None
        self._lines_left = most_lines
        self._from_copy = from_copy
        self._large_file = large_file
        self._blocks = blocks
        self.copy_differs = False
        self._depth = 0

    @property
    def depth(self) -> int:
        """Blocks that are open at this point."""
        return len(self._heads)

    # ---------------------------------------------------------------- files
    def read_main(self, path: str) -> None:
        """Read the configuration ``path`` (a pattern, as for an include)."""
        whole = Span(path, 1, 1, 2)
        found: list[Diagnostic] = []
        files = files_of(path, "", IncludeCheck.NONE, whole, self._loader, found.append)
        for finding in found:
            self._report(complaints.no_configuration(finding.message, whole, finding.hint))
        if not files and not found:
            self._report(complaints.no_configuration(f"no file matches {path}", whole))
        if len(files) > 1:
            self._report(complaints.several_main_files(path, len(files), whole))
        self._read_files(files, whole)

    def _read_files(self, files: list[str], span: Span, *, included: bool = False) -> None:
        checks = self._checks
        for path in files:
            text = self._load(path, span, checks if included else IncludeCheck.NONE)
            if text is None:
                continue
            if included:
                self.inclusions.append(Inclusion(path, span))
            self._open_files.append(posixpath.normpath(path))
            self._read_text(path, text)
            self._open_files.pop()
            self._checks = checks

    def _load(self, path: str, span: Span, checks: IncludeCheck) -> str | None:
        if posixpath.normpath(path) in self._open_files or len(self._open_files) >= _DEEPEST:
            self._report(complaints.includes_itself(path, span))
            return None
        try:
            data = self._loader.read(path)
        except OSError as error:
            complaint = complaints.unreadable(path, error, span, failed=bool(checks & IncludeCheck.READ))
            if not self._open_files:
                complaint = complaints.no_configuration(complaint.message, span, unreadable=True)
            self._report(complaint)
            return None
        text = decode(data)
        self.sources.setdefault(path, text)
        return text

    def _read_text(self, file: str, text: str) -> None:
        """The hot loop: plain lines are done here, others by ``_odd_line``.

        Large configurations are generated ones: most of their lines have been there before, and what a
        plain line says depends on nothing but its text.
        """
        raw_lines = physical_lines(text, file, self._report)
        lines = iter(enumerate(raw_lines, 1))
        pragmas = _PRAGMA_WORD in text
        repeats = Repeats(raw_lines) if len(raw_lines) >= self._large_file else None
        wholes = None if self._blocks is None else FileBlocks(self._blocks, file, raw_lines)
        seen: dict[str, _PlainLine | None] = {}
        heads, tokens = self._heads, self.tokens
        append = tokens.append
        for number, raw in lines:
            try:
                plain = seen[raw]
            except KeyError:
                plain = seen[raw] = _plain_line(raw, pragmas)
            if plain is None:
                if repeats is not None:
                    repeats.forget()
                complaints_before = len(self.diagnostics)
                self._odd_line(file, number, raw, lines)
                if wholes is not None:
                    wholes.odd(raw, len(self.diagnostics) > complaints_before)
                continue
            body, words, column, brace, brace_column = plain
            if words:
                statement = Statement(body, words, file, number, column)
                if brace == "{" and wholes is not None and not heads:
                    same = wholes.begin(number)
                    if same is not None:
                        append(KnownBlock(statement, same))
                        next(islice(lines, same.size - 2, None))
                        continue
                if repeats is not None and brace == "{":
                    known = repeats.find(words[0], number)
                    if known is not None:
                        append(RepeatedBlock(statement, known, brace_column))
                        repeats.repeated(len(tokens))
                        next(islice(lines, known.size - 1, None))
                        if wholes is not None and not heads:
                            wholes.end(number + known.size)
                        continue
                append(statement)
            if not brace:
                continue
            if brace == "{":
                heads.append(tokens[-1].words[0] if tokens and isinstance(tokens[-1], Statement) else "")
                append(Brace("OPEN", file, number, brace_column))
                if repeats is not None:
                    repeats.opened(heads[-1], number, len(tokens))
            elif heads:
                heads.pop()
                append(Brace("CLOSE", file, number, brace_column))
                if repeats is not None:
                    repeats.closed(number, tokens)
                if wholes is not None and not heads:
                    wholes.end(number)
            else:
                self._stray(Brace("CLOSE", file, number, brace_column))

    # ---------------------------------------------------------------- the long way
    def _odd_line(self, file: str, number: int, raw: str, lines: Iterator[tuple[int, str]]) -> None:
        """A physical line that needs more than splitting; may take further ones for a definition."""
        bare = self._decommented(raw)
        draft = Draft(bare.text, bare.places, file, number)
        if bare.open_quote:
            self._unterminated(draft)
        before = len(self.tokens)
        self._logical(draft)
        # A comment behind a condition that does not hold belongs to a line that is not there.
        there = len(self.tokens) > before or not draft.text.startswith("@")
        if bare.comment_at is not None and _PRAGMA_WORD in raw and there:
            self._pragma(file, number, raw, bare.comment_at)
        while self._unfinished is not None:
            self._continue_definition(file, lines)
        while self._pending:
            # The file named last is read first: keepalived keeps a stack of open files.
            files, span = self._pending.pop()
            self._read_files(files, span, included=True)

    def _decommented(self, raw: str) -> Uncommented:
        """A physical line without its comment.

        What keepalived's later readers get has been through this once already, and goes through it again:
        of ``a\\#b`` they see ``a``, and of ``80 \\ `` they see ``80\\``.
        """
        bare = decomment(raw, range(1, len(raw) + 1))
        if "\\" in raw:
            again = decomment(bare.text, bare.places)
            if again.text != bare.text:
                self.copy_differs = True
                if self._from_copy:
                    return replace(again, comment_at=bare.comment_at)
        return bare

    def _continue_definition(self, file: str, lines: Iterator[tuple[int, str]]) -> None:
        number, raw = next(lines, (0, ""))
        if not raw:
            self._end_definition()
            return
        bare = self._decommented(raw)
        draft = Draft(bare.text, bare.places, file, number)
        if bare.open_quote:
            self._unterminated(draft)
        if bare.text:
            self._add_to_definition(draft)
        elif bare.comment_at is not None:
            # In the copy that keepalived's later readers get, this line is empty.
            self.copy_differs = True
            if self._from_copy:
                self._end_definition()

    def _add_to_definition(self, draft: Draft) -> None:
        if self._unfinished is not None and not self._names.add_line(self._unfinished[1], draft):
            self._end_definition()

    def _end_definition(self) -> None:
        if self._unfinished is None:
            return
        name, value = self._unfinished
        self._unfinished = None
        self._names.finish(value)
        self._record(name, value)

    def _record(self, name: str, value: Value) -> None:
        if value.span is not None:
            self.definitions.append(Definition(name, value.span, tuple(line.text for line in value.lines)))

    def _logical(self, draft: Draft) -> None:
        """One logical line with all that it stands for."""
        if self._unfinished is not None:
            # A definition that begins in a sequence's text goes on with its next round.
            self._add_to_definition(draft)
            return
        further: list[tuple[tuple[StoredLine, ...], Draft, int]] = []
        self._pieces(draft, further)
        while further:
            # What a later part of the line brought comes before what an earlier part did.
            self._stored_lines(*further.pop())

    def _pieces(self, draft: Draft, further: list[tuple[tuple[StoredLine, ...], Draft, int]]) -> None:
        """The parts of a line between its braces; ``further`` gets the lines that names in it still owe."""
        pieces = 0
        while draft.text:
            pieces += 1
            if pieces > LONGEST_LINE:
                # A line has no more braces than characters, unless a name in it brings itself and a brace.
                self._endless(draft)
                return
            conditioned = apply_condition(draft, self._config_id)
            if conditioned is None:
                return
            draft = conditioned
            sign = draft.text[:1]
            if sign == "$" and (defined := self._names.define(draft)):
                if defined[1].multiline:
                    self._unfinished = defined
                else:
                    self._record(*defined)
                return
            if sign == "~" and draft.text.startswith(_SEQUENCES):
                self._repeat(draft)
                return
            if sign != "~" and "$" in draft.text:
                # What comes out of a substitution is not read again as condition, definition or sequence.
                expansion = self._names.expand(draft)
                draft = expansion.draft
                self._lines_left -= expansion.steps // _STEPS_A_LINE
                if expansion.changed:
                    draft, bare = draft.without_comment()
                    if bare.open_quote:
                        self._unterminated(draft)
                if expansion.rest:
                    further.append((expansion.rest, draft, expansion.place))
            draft = self._finished_line(draft)

    def _stored_lines(self, rest: tuple[StoredLine, ...], use: Draft, place: int) -> None:
        self._depth += 1
        for stored in rest:
            if not self._may_expand(use):
                break
            self._logical(Draft(stored.text, [place] * len(stored.text), use.file, use.line, via=stored.span))
        self._depth -= 1

    def _repeat(self, draft: Draft) -> None:
        from pykeepalived.syntax.rounds import pattern_of
        from pykeepalived.syntax.sequences import read_sequence  # few files have any

        sequence = read_sequence(draft, self._names, self._report)
        if sequence is None:
            return
        span = sequence.head.span()
        pattern = pattern_of(sequence.body, sequence.names, sequence.values, span)
        done: tuple[str, ...] | None = None
        self._depth += 1
        for values in sequence.rounds():
            if not self._may_expand(draft):
                break
            if pattern is not None and self._unfinished is None:
                self.tokens.append(pattern.statement(values))
                self._lines_left -= pattern.substitutions // _STEPS_A_LINE
                done = values
                continue
            self._set_variables(sequence.names, values, span)
            self._logical(sequence.body)
        if done is not None:
            self._set_variables(sequence.names, done, span)
        self._depth -= 1

    def _set_variables(self, names: tuple[str, ...], values: tuple[str, ...], span: Span) -> None:
        for name, value in zip(names, values, strict=True):
            self._names.set_variable(name, value, span)

    def _may_expand(self, draft: Draft) -> bool:
        if self._lines_left > 0 and self._depth <= _DEEPEST:
            self._lines_left -= 1
            return True
        self._endless(draft)
        return False

    def _endless(self, draft: Draft) -> None:
        """keepalived would hang here; nothing more is expanded, or the levels above would all try again."""
        self._lines_left = 0
        self._report(complaints.endless(Span(draft.file, draft.line, 1, 2, draft.via)))

    def _finished_line(self, draft: Draft) -> Draft:
        """Emit a line up to its first brace, or note an include; the answer is what follows the brace."""
        text = draft.text
        if not text:
            return draft
        included = parse_include(text) if text.startswith("include") else None
        if included is not None:
            checks, pattern = included
            span = draft.span()
            checks |= self._checks
            files = files_of(pattern, draft.file, checks, span, self._loader, self._report)
            self._pending.append((files, span))
            return draft.cut(0, 0)
        if text[0] in "{}":
            self._brace(draft)
            return draft.cut(1)
        found = _FIRST_BRACE.match(text)
        if found is None:
            self._statement(draft)
            return draft.cut(0, 0)
        self._statement(draft.cut(0, found.start(1)))
        return draft.cut(found.start(1))

    # ---------------------------------------------------------------- tokens
    def _statement(self, draft: Draft) -> None:
        text = draft.text
        split = plain_words(text)
        words = split.values
        if not words:
            return
        if split.open_quote is not None:
            if '\\"' in text:
                # Without the backslash it was found when the comment was cut.
                at = split.open_quote
                self._report(complaints.unterminated_quote(draft.span(at, at + 1)))
            self.tokens.append(
                UnterminatedStatement(
                    text, words, draft.file, draft.line, tuple(draft.places), _frozen(draft), draft.via
                )
            )
            return
        if words[0] in _STEERING and self._heads == [_STEERING_BLOCK]:
            self._steer(words)
        if draft.origins is None and draft.via is None and isinstance(draft.places, range):
            statement = Statement(text, words, draft.file, draft.line, draft.places[0])
        else:
            statement = ExpandedStatement(
                text, words, draft.file, draft.line, tuple(draft.places), _frozen(draft), draft.via
            )
        self.tokens.append(statement)

    def _brace(self, draft: Draft) -> None:
        opening = draft.text[0] == "{"
        span = draft.span(0, 1)
        brace = Brace("OPEN" if opening else "CLOSE", draft.file, draft.line, span.column, span.via)
        if opening:
            last = self.tokens[-1] if self.tokens else None
            self._heads.append(last.words[0] if isinstance(last, Statement) else "")
        elif self._heads:
            self._heads.pop()
        else:
            self._stray(brace)
            return
        self.tokens.append(brace)

    def _stray(self, brace: Brace) -> None:
        self.tokens.append(StrayBrace("}", ("}",), brace.file, brace.line, brace.column))
        self._report(complaints.stray_brace(brace.span()))

    def _steer(self, words: tuple[str, ...]) -> None:
        if words[0] == "include_check":
            self._checks = changed_checks(self._checks, words[1:])
        elif len(words) > 1 and words[1].isdecimal():
            self._loader.seed(int(words[1]))

    def _pragma(self, file: str, number: int, raw: str, comment_at: int) -> None:
        match = PRAGMA.match(raw, comment_at)
        if match is None:
            return
        start = match.end()
        bare = decomment(raw[start:], range(start + 1, len(raw) + 1))
        split = plain_words(bare.text)
        if split.words and split.words[0].value not in _SUPPRESSIONS:
            self.tokens.append(PragmaStatement(bare.text, split.values, file, number, bare.places[0]))

    def _unterminated(self, draft: Draft) -> None:
        quote = draft.text.rfind('"')
        self._report(complaints.unterminated_quote(draft.span(quote, quote + 1)))


def _frozen(draft: Draft) -> tuple[Span | None, ...] | None:
    return None if draft.origins is None else tuple(draft.origins)
