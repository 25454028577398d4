"""Bytes to physical lines, and lines without their comments.

keepalived reads at most 1022 bytes before a line's end: a longer line loses its first 1023 bytes and the rest
is read as a line of its own.  A line with a NUL byte is lost.  Any number of CR before the LF is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span

LONGEST_LINE: Final = 1022
"""Bytes of a line before its LF."""
_BUFFER: Final = LONGEST_LINE + 1
BLANKS: Final = " \t"
PRAGMA = re.compile(r"[#!][ \t]*pykeepalived:[ \t]*")

Report = Callable[[Diagnostic], None]


def decode(data: bytes) -> str:
    """Configuration bytes as text; bytes that are no UTF-8 become lone surrogates, so nothing is lost."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def byte_length(text: str) -> int:
    return len(text) if text.isascii() else len(encode(text))


def physical_lines(text: str, file: str, report: Report) -> list[str]:
    """The lines of a file as keepalived takes them in; element i is line i+1.

    What it refuses to read is blanked, so that line numbers and columns stay those of the file.
    """
    lines = text.split("\n")
    unfinished = bool(lines[-1])
    if not unfinished:
        lines.pop()
    if "\0" in text:
        _drop_nul_lines(lines, unfinished, file, report)
    longest = max(map(len, lines), default=0)
    if longest > LONGEST_LINE or (longest * 4 > LONGEST_LINE and not text.isascii()):
        _drop_long_lines(lines, file, report)
    if "\r" in text:
        lines = [line.rstrip("\r") for line in lines]
    if text.startswith("\ufeff"):
        report(
            Diagnostic(
                "byte-order-mark",
                Severity.WARNING,
                "the file starts with a byte order mark, which becomes part of its first word",
                Span(file, 1, 1, 2),
                hint="save the file as UTF-8 without a byte order mark",
                exit_class=0,
            )
        )
    return lines


def _drop_nul_lines(lines: list[str], unfinished: bool, file: str, report: Report) -> None:
    last = len(lines) - 1
    for index, line in enumerate(lines):
        at = line.find("\0")
        if at < 0:
            continue
        if unfinished and index == last:
            lines[index] = line[:at]
            continue
        lines[index] = ""
        report(
            Diagnostic(
                "nul-byte",
                Severity.ERROR,
                "the line holds a NUL byte",
                Span(file, index + 1, at + 1, at + 2),
                consequence="the whole line is ignored",
            )
        )


def _drop_long_lines(lines: list[str], file: str, report: Report) -> None:
    for index, line in enumerate(lines):
        if len(line) * 4 <= LONGEST_LINE or byte_length(line) <= LONGEST_LINE:
            continue
        dropped, rest = 0, encode(line)
        while len(rest) > LONGEST_LINE:
            dropped += len(decode(rest[:_BUFFER]))
            rest = rest[_BUFFER:]
        tail = decode(rest)
        report(
            Diagnostic(
                "line-too-long",
                Severity.ERROR,
                f"the line has {byte_length(line)} bytes, more than {LONGEST_LINE}",
                Span(file, index + 1, LONGEST_LINE + 1, len(line) + 1),
                consequence=f"its first {dropped} characters are ignored"
                + (" and the rest is read as a line of its own" if tail.strip() else ""),
            )
        )
        # Blanks instead of what is dropped keep the columns of the tail.
        lines[index] = " " * (len(line) - len(tail)) + tail


@dataclass(frozen=True, slots=True)
class Uncommented:
    """A line without its comment and outer blanks.

    ``places`` has the source column of each character; it is a ``range`` as long as nothing inside was
    taken out. ``comment_at`` is the offset of the comment in the line as it was given.  ``open_quote``: the
    line has an odd number of quotes.
    """

    text: str
    places: Sequence[int]
    comment_at: int | None
    open_quote: bool


_MARK = re.compile(r'[!#"\\]')


def decomment(text: str, places: Sequence[int]) -> Uncommented:
    """Cut the comment, resolve ``\\#`` and ``\\!`` outside quotes, strip blanks.

    A backslash hides the next character from this search, so ``\\"`` neither opens nor closes a quote here.
    A backslash that ends the line is moved up to the text before it: ``a   \\`` becomes ``a\\``.
    """
    start = len(text) - len(text.lstrip(BLANKS))
    position, end = start, len(text)
    quoted = continued = False
    comment_at = None
    escaped: list[int] = []
    while mark := _MARK.search(text, position):
        at = mark.start()
        sign = mark[0]
        position = at + 1
        if sign == '"':
            quoted = not quoted
        elif sign == "\\":
            if position == end:
                end, continued = at, True
                break
            if not quoted and text[position] in "#!":
                escaped.append(at)
            position += 1
        elif not quoted:
            end = comment_at = at
            break
    while end > start and text[end - 1] in BLANKS:
        end -= 1
    if not escaped and not continued:
        return Uncommented(text[start:end], places[start:end], comment_at, quoted)
    kept = list(range(start, end))
    for at in reversed(escaped):
        del kept[at - start]
    if continued:
        kept.append(len(text) - 1)
    columns: Sequence[int] = [places[at] for at in kept]
    if kept and columns[-1] - columns[0] + 1 == len(kept) and isinstance(places, range):
        columns = range(columns[0], columns[-1] + 1)
    return Uncommented("".join(text[at] for at in kept), columns, comment_at, quoted)
