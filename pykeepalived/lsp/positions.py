"""Lines and columns as we count them, and as the language server protocol does.

Ours: only LF ends a line, columns are characters from 1.  The protocol's: LF, CR LF and a lone CR end a line,
columns are code units of the negotiated encoding (UTF-16 unless client and server agree otherwise), both
from 0.
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_right
from itertools import accumulate

_THEIR_LINE_END = re.compile(r"\r\n|\n|\r")


class Encoding(enum.Enum):
    """How the protocol counts the columns of a line."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


def units(text: str, encoding: Encoding) -> int:
    """Code units of ``text``; a lone surrogate (a byte that is no UTF-8) counts as the sign shown for it."""
    if text.isascii() or encoding is Encoding.UTF32:
        return len(text)
    return sum(_width(character, encoding) for character in text)


def _width(character: str, encoding: Encoding) -> int:
    code = ord(character)
    if encoding is Encoding.UTF16:
        return 2 if code > 0xFFFF else 1
    if encoding is Encoding.UTF32 or code < 0x80:
        return 1
    return 2 if code < 0x800 else 3 if code < 0x10000 else 4


class Positions:
    """Both ways of counting in one text.  Places outside the text become the nearest one inside."""

    def __init__(self, text: str, encoding: Encoding = Encoding.UTF16) -> None:
        self._text = text
        self._encoding = encoding
        self._ours = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
        self._theirs = self._ours
        if "\r" in text:
            self._theirs = [0, *(match.end() for match in _THEIR_LINE_END.finditer(text))]

    def position(self, line: int, column: int) -> tuple[int, int]:
        """The protocol's (line, character) of our line and column."""
        offset = self._offset(line, column)
        index = bisect_right(self._theirs, offset) - 1
        return index, units(self._text[self._theirs[index] : offset], self._encoding)

    def place(self, line: int, character: int) -> tuple[int, int]:
        """Our (line, column) of the protocol's line and character."""
        if line < 0:
            return 1, 1
        if line >= len(self._theirs):
            offset = len(self._text)
        else:
            start = self._theirs[line]
            end = self._theirs[line + 1] if line + 1 < len(self._theirs) else len(self._text)
            body = self._text[start:end].rstrip("\r\n")
            offset = start + self._characters(body, character)
        index = bisect_right(self._ours, offset) - 1
        return index + 1, offset - self._ours[index] + 1

    def _offset(self, line: int, column: int) -> int:
        if line < 1:
            return 0
        if line > len(self._ours):
            return len(self._text)
        start = self._ours[line - 1]
        end = self._ours[line] - 1 if line < len(self._ours) else len(self._text)
        if end > start and self._text[end - 1] == "\r":
            end -= 1
        return min(max(start, start + column - 1), end)

    def _characters(self, body: str, character: int) -> int:
        if body.isascii() or self._encoding is Encoding.UTF32:
            return min(character, len(body))
        reached = list(accumulate((_width(sign, self._encoding) for sign in body), initial=0))
        return bisect_right(reached, character) - 1 if character < reached[-1] else len(body)
