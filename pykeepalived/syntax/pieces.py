"""A file's text as pieces of layout: what ``format`` moves about.

Nothing is expanded here: definitions, sequences, conditions and includes stand in the result as they stand
in the file.  Where taking a line apart could change what it means, it stays in one piece.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pykeepalived.syntax.includes import parse_include
from pykeepalived.syntax.lines import BLANKS, PRAGMA, decomment


class Kind(enum.Enum):
    BLANK = enum.auto()
    COMMENT = enum.auto()
    STATEMENT = enum.auto()
    HEAD = enum.auto()
    """A statement and its opening brace."""
    OPEN = enum.auto()
    """An opening brace on a line of its own."""
    CLOSE = enum.auto()
    VERBATIM = enum.auto()
    """A line whose inside is not touched."""
    BODY = enum.auto()
    """A further line of a definition."""


@dataclass(slots=True)
class Piece:
    """One line of the result.

    ``condition`` is the prefix with its ``@``; ``text`` has neither it nor the comment.  ``net`` is how many
    blocks a piece opens (closes, when negative).  A ``needed`` blank line ends a definition.
    """

    kind: Kind
    text: str = ""
    comment: str = ""
    condition: str = ""
    net: int = 0
    needed: bool = False

    @property
    def pragma(self) -> bool:
        return PRAGMA.match(self.comment) is not None


_CONDITION = re.compile(r"(@\^?[^ \t]*)[ \t]+(.*)", re.DOTALL)
_DEFINITION = re.compile(r"(\$[A-Za-z_]\w*)=[ \t]*(.*)", re.ASCII | re.DOTALL)
_LATE_DEFINITION = re.compile(r"[{}) \t]\$[A-Za-z_]\w*=.*\\$", re.ASCII | re.DOTALL)
_FIRST_BRACE = re.compile(r'[^{}"]*(?:"[^"]*"[^{}"]*)*([{}])')
_OPAQUE = re.compile(r'\$\{[^{}]*\}|"[^"]*"')
_NAME_AT_END = re.compile(r"\$(?:\{(\w+)\}|(\w+))$", re.ASCII)
_ODD_SPACE = re.compile(r"[\f\v\r]")
_UNIT = re.compile(r"""(?P<blank>[ \t]+)|"[^"]*"|'[^']*'|[^\s"']+""", re.ASCII)


def pieces_of(lines: list[str]) -> list[Piece]:
    """The pieces of a file's lines (without their ends), opening braces joined to their statements."""
    source = iter(lines)
    nets: dict[str, int] = {}
    found: list[Piece] = []
    for raw in source:
        found += _line(raw, source, nets)
    return _join_braces(found)


def tidy(text: str) -> str:
    """One blank between words; blanks in quotes of either kind and beside backslashes stay."""
    if "\\" in text:
        return text
    result, position = [], 0
    while match := _UNIT.match(text, position):
        result.append(" " if match["blank"] else match[0])
        position = match.end()
    # An apostrophe may be the start of a shell word, so nothing after it is touched.
    return "".join(result) + text[position:]


def _line(raw: str, source: Iterator[str], nets: dict[str, int]) -> list[Piece]:
    code, comment = _parts(raw)
    if not code:
        return [Piece(Kind.COMMENT, comment=comment) if comment else Piece(Kind.BLANK)]
    condition = ""
    if match := _CONDITION.fullmatch(code):
        condition, code = match[1], match[2]
    if _loose_backslash(code):
        # A backslash at a line's very end swallows the blanks before it; one with a blank after it does not.
        guarded = not comment and raw[-1] in BLANKS
        piece = _verbatim(code + " " if guarded else code, comment, condition, nets)
        # A definition may begin behind a brace or a sequence; its further lines are stored text all the same.
        return [piece, *_body(source)[0]] if _LATE_DEFINITION.search(code) else [piece]
    if code.startswith(("@", "~")) or _ODD_SPACE.search(code):
        return [_verbatim(code, comment, condition, nets)]
    if match := _DEFINITION.fullmatch(code):
        return _definition(match, comment, condition, source, nets)
    if parse_include(code) is not None:
        return [Piece(Kind.VERBATIM, code, comment, condition)]
    return _statements(code, comment, condition, nets)


def _loose_backslash(code: str) -> bool:
    return code.endswith("\\") and not _DEFINITION.fullmatch(code)


def _parts(raw: str) -> tuple[str, str]:
    """The text of a line, with its escapes, and its comment."""
    at = decomment(raw, range(len(raw))).comment_at
    if at is None:
        return raw.strip(BLANKS), ""
    return raw[:at].strip(BLANKS), raw[at:].rstrip(BLANKS)


def _statements(code: str, comment: str, condition: str, nets: dict[str, int]) -> list[Piece]:
    if "$" in code:
        bare = _OPAQUE.sub(lambda match: "x" * len(match[0]), code)
        if bare == "}" or not re.search(r"[{}]", bare[:-1]):
            if bare.endswith("{") and len(bare) > 1:
                return [Piece(Kind.HEAD, tidy(code[:-1].rstrip(BLANKS)), comment, condition, 1)]
            if bare[-1] not in "{}":
                return [Piece(Kind.STATEMENT, tidy(code), comment, condition, _net_of_use(code, nets))]
        return [_verbatim(code, comment, condition, nets)]
    texts: list[str] = []
    rest = code
    while rest:
        if rest[0] in "{}":
            end = 1
        elif parse_include(rest) is not None:
            end = len(rest)
        else:
            brace = _FIRST_BRACE.match(rest)
            end = brace.start(1) if brace else len(rest)
        texts.append(rest[:end].strip(BLANKS))
        rest = rest[end:].strip(BLANKS)
    if any(text.startswith(("@", "~")) for text in texts[1:]):
        return [_verbatim(code, comment, condition, nets)]
    found: list[Piece] = []
    for text in texts:
        if text == "{" and found and found[-1].kind is Kind.STATEMENT:
            found[-1] = Piece(Kind.HEAD, found[-1].text, "", condition, 1)
        elif text == "{":
            found.append(Piece(Kind.OPEN, text, "", condition, 1))
        elif text == "}":
            found.append(Piece(Kind.CLOSE, text, "", condition, -1))
        elif parse_include(text) is not None:
            found.append(Piece(Kind.VERBATIM, text, "", condition))
        else:
            found.append(Piece(Kind.STATEMENT, tidy(text), "", condition))
    found[-1].comment = comment
    return found


def _verbatim(code: str, comment: str, condition: str, nets: dict[str, int]) -> Piece:
    return Piece(Kind.VERBATIM, code, comment, condition, _net(code) + _net_of_use(code, nets))


def _net(text: str) -> int:
    """Blocks that ``text`` opens, closed ones subtracted."""
    bare = _OPAQUE.sub("", text)
    return bare.count("{") - bare.count("}")


def _net_of_use(code: str, nets: dict[str, int]) -> int:
    match = _NAME_AT_END.search(code)
    return nets.get(match[1] or match[2], 0) if match else 0


def _definition(
    match: re.Match[str], comment: str, condition: str, source: Iterator[str], nets: dict[str, int]
) -> list[Piece]:
    name, value = match[1], match[2]
    goes_on = value.endswith("\\")
    if goes_on:
        value = value[:-1].rstrip(BLANKS) + " \\"
    found = [Piece(Kind.VERBATIM, f"{name}={value}", comment, condition)]
    net = _net(value)
    if goes_on:
        body, change = _body(source)
        found += body
        net += change
    nets[name[1:]] = net
    return found


def _body(source: Iterator[str]) -> tuple[list[Piece], int]:
    """The further lines of a definition, and the blocks they open all together."""
    found: list[Piece] = []
    net = 0
    goes_on = True
    while goes_on:
        raw = next(source, None)
        if raw is None:
            break
        if not raw:
            found.append(Piece(Kind.BLANK, needed=True))
            break
        code, comment = _parts(raw)
        if not code:
            if comment:
                found.append(Piece(Kind.COMMENT, comment=comment))
            continue
        goes_on = code.endswith("\\")
        text = code[:-1].rstrip(BLANKS) if goes_on else code
        change = _net(text)
        found.append(Piece(Kind.BODY, f"{text} \\" if goes_on else text, comment, net=change))
        net += change
    return found, net


def _join_braces(pieces: list[Piece]) -> list[Piece]:
    """``{`` on a line of its own goes up to its statement, over blank lines and comments."""
    found: list[Piece] = []
    for piece in pieces:
        at = _statement_before(found, piece) if piece.kind is Kind.OPEN else None
        if at is None:
            found.append(piece)
            continue
        head = found[at]
        found[at] = Piece(Kind.HEAD, head.text, head.comment or piece.comment, head.condition, 1)
        found[at + 1 :] = [each for each in found[at + 1 :] if each.kind is not Kind.BLANK]
        if head.comment and piece.comment:
            found.append(Piece(Kind.COMMENT, comment=piece.comment))
    return found


def _statement_before(found: list[Piece], brace: Piece) -> int | None:
    for at in range(len(found) - 1, -1, -1):
        piece = found[at]
        if piece.pragma or piece.needed:
            return None
        if piece.kind in (Kind.BLANK, Kind.COMMENT):
            continue
        same = piece.kind is Kind.STATEMENT and piece.condition == brace.condition and not piece.net
        return at if same and "$" not in piece.text else None
    return None
