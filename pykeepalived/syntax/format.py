"""A file in canonical layout: four blanks a level, one statement a line, comments kept, meaning unchanged.

What changes: indentation, blanks between words, blank lines, where braces stand, line ends.  What does not:
words, quotes, order, comments, and any line that is more than statements and braces.  The result is read
again and compared with what was there before; a file that would come out different, or that cannot be read
safely, is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span
from pykeepalived.base.text import split_lines
from pykeepalived.syntax.flat import flatten
from pykeepalived.syntax.lines import LONGEST_LINE, byte_length
from pykeepalived.syntax.parser import parse_text
from pykeepalived.syntax.pieces import Kind, Piece, pieces_of
from pykeepalived.syntax.splitting import script_words

INDENT: Final = "    "
_BEFORE_COMMENT: Final = "  "
_UNSAFE: Final = frozenset({"unterminated-quote", "nul-byte", "line-too-long", "expansion-endless"})
_CONDITION_ID = re.compile(r"@\^?([^ \t]+)")
_MOST_CONFIG_IDS: Final = 8
_MOST_LINES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Formatted:
    """``text`` is the canonical form, None when the file is refused; ``diagnostics`` say why."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


def format_text(text: str, file: str = "keepalived.conf") -> Formatted:
    """The canonical layout of one file's text (``syntax.lines.decode`` makes text of bytes)."""
    problems = tuple(
        each
        for each in parse_text(text, file=file, most_lines=_MOST_LINES).diagnostics
        if each.code in _UNSAFE
    )
    if problems:
        return Formatted(None, problems)
    result = _render(pieces_of([line.rstrip("\r") for line in split_lines(text)]))
    ids = sorted(set(_CONDITION_ID.findall(text)))[:_MOST_CONFIG_IDS]
    if _meaning(text, file, ids) != _meaning(result, file, ids):
        return Formatted(
            None,
            (
                Diagnostic(
                    "format-unsafe",
                    Severity.ERROR,
                    "a canonical layout of this file would be read differently",
                    Span(file, 1, 1, 2),
                    consequence="it is left as it is",
                ),
            ),
        )
    return Formatted(result)


# -------------------------------------------------------------------- layout
class _Depth:
    """Open blocks at a line, for every configuration-id that conditions speak of and for any other."""

    def __init__(self, ids: set[str]) -> None:
        self._ids = [*sorted(ids), None]
        self._open = dict.fromkeys(self._ids, 0)

    def _active(self, condition: str) -> list[str | None]:
        if not condition:
            return self._ids
        inverted = condition.startswith("@^")
        wanted = condition.removeprefix("@").removeprefix("^")
        active = [each for each in self._ids if (each == wanted) != inverted]
        return active or self._ids

    def at(self, condition: str) -> int:
        return max(self._open[each] for each in self._active(condition))

    def change(self, condition: str, net: int) -> None:
        for each in self._active(condition):
            self._open[each] = max(0, self._open[each] + net)


def _render(pieces: list[Piece]) -> str:
    ids = {piece.condition.removeprefix("@").removeprefix("^") for piece in pieces if piece.condition}
    depth = _Depth(ids)
    lines: list[str] = []
    blank = fresh = True
    inside = None
    closed_top = False
    for index, piece in enumerate(pieces):
        kind = piece.kind
        if kind is Kind.BLANK:
            following = next((each.kind for each in pieces[index + 1 :] if each.kind is not Kind.BLANK), None)
            if piece.needed or not (blank or fresh or following in (None, Kind.CLOSE)):
                lines.append("")
                blank = True
            closed_top = False
            continue
        if closed_top and kind in (Kind.HEAD, Kind.STATEMENT, Kind.COMMENT) and not piece.condition:
            lines.append("")
        if kind is Kind.BODY:
            inside = 1 if inside is None else inside
            level = depth.at("") + max(0, inside - (piece.text.startswith("}") and 1))
            inside = max(1, inside + piece.net)
        else:
            if kind is Kind.COMMENT and inside is not None and _body_follows(pieces, index):
                level = depth.at("") + inside
            else:
                inside = None
                closes = kind is Kind.CLOSE or (kind is Kind.VERBATIM and piece.text.startswith("}"))
                if closes and piece.net < 0:
                    depth.change(piece.condition, piece.net)
                level = depth.at(piece.condition)
                if not closes or piece.net > 0:
                    depth.change(piece.condition, piece.net)
        lines.append(_line(piece, level))
        blank, fresh = False, kind in (Kind.HEAD, Kind.OPEN)
        closed_top = kind is Kind.CLOSE and level == 0 and not piece.condition
    while lines and not lines[-1] and not _ends_needed(pieces):
        lines.pop()
    return "".join(line + "\n" for line in lines)


def _body_follows(pieces: list[Piece], index: int) -> bool:
    following = next((each for each in pieces[index + 1 :] if each.kind is not Kind.COMMENT), None)
    return following is not None and following.kind is Kind.BODY


def _ends_needed(pieces: list[Piece]) -> bool:
    return bool(pieces) and pieces[-1].needed


def _line(piece: Piece, level: int) -> str:
    if piece.kind is Kind.COMMENT:
        return INDENT * level + piece.comment
    text = piece.text + (" {" if piece.kind is Kind.HEAD else "")
    if piece.condition:
        text = f"{piece.condition} {text}"
    comment = _BEFORE_COMMENT + piece.comment if piece.comment else ""
    line = INDENT * level + text + comment
    if byte_length(line) <= LONGEST_LINE:
        return line
    # Layout must not push a line over what keepalived reads.
    return text + comment


# -------------------------------------------------------------------- the same meaning
def _meaning(text: str, file: str, ids: list[str]) -> list[object]:
    """What is read from ``text`` with each of the configuration-ids and with another one."""
    found: list[object] = []
    for config_id in (*ids, "\0"):
        document = parse_text(text, file=file, config_id=config_id, most_lines=_MOST_LINES)
        for token in flatten(document):
            statement = token.statement
            if statement is None:
                found.append(token.kind)
            elif '"' in statement.text or "'" in statement.text or "\\" in statement.text:
                found.append((statement.words, script_words(statement.text, escapes=False).values))
            else:
                found.append(statement.words)
        found.append([(each.name, each.lines) for each in document.definitions if len(each.lines) == 1])
    return found
