"""A line to words: keepalived has two ways, and which one applies is the keyword's business.

The plain way knows double quotes only, and a quote always starts a new word.  The script way, for keywords
that take a command, knows both kinds of quote, anywhere in a word; it comes as a first pass that keeps
backslashes and a second one that resolves them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

WHITE_SPACE: Final = " \t\f\n\r\v"

_PLAIN_WORD = re.compile(r'"([^"]*)("?)|[^\s"]+', re.ASCII)
_SCRIPT_STOP = {
    "": re.compile(r"[ \t\f\n\r\v'\"\\]"),
    '"': re.compile(r'["\\]'),
    "'": re.compile(r"['\\]"),
}
_SIMPLE_ESCAPES: Final = {
    "a": "\a",
    "b": "\b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_HEX = re.compile(r"[0-9a-fA-F]{1,2}")
_OCTAL = re.compile(r"[0-7]{1,3}")


@dataclass(frozen=True, slots=True)
class Word:
    """``value`` is the word without its quotes; ``text[start:end]`` is what was written, quotes included."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Split:
    """The words of a text, and where it went wrong.

    ``open_quote`` is the offset of a quote that is never closed (plain: the words before it are kept; script:
    no words are), ``lone_backslash`` the offset of a backslash that ends the text (script: no words).
    """

    words: tuple[Word, ...]
    open_quote: int | None = None
    lone_backslash: int | None = None

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(word.value for word in self.words)

    @property
    def ok(self) -> bool:
        return self.open_quote is None and self.lone_backslash is None


def plain_words(text: str) -> Split:
    """Split by the plain rules: white space and double quotes, no escapes.

    ``a"b c"d`` is the three words ``a``, ``b c`` and ``d``; ``""`` is an empty word.
    """
    words = []
    for match in _PLAIN_WORD.finditer(text):
        inside = match[1]
        if inside is None:
            words.append(Word(match[0], match.start(), match.end()))
        elif match[2]:
            words.append(Word(inside, match.start(), match.end()))
        else:
            return Split(tuple(words), open_quote=match.start())
    return Split(tuple(words))


def script_words(text: str, *, escapes: bool) -> Split:
    """Split by the script rules; ``escapes`` is False for the first pass and True for the second.

    The first pass over ``notify "/bin/x a"`` gives the words ``notify`` and ``/bin/x a``; the second pass
    over ``/bin/x a`` gives the command and its argument.  ``regex`` uses one pass with escapes.  Words of
    the first pass keep their backslashes and lose their quotes, so ``"a\\"b"`` is ``a\\"b``.
    """
    words: list[Word] = []
    position, length = 0, len(text)
    while True:
        while position < length and text[position] in WHITE_SPACE:
            position += 1
        if position >= length:
            return Split(tuple(words))
        start = position
        pieces: list[str] = []
        quote, quote_at = "", 0
        while position < length:
            stop = _SCRIPT_STOP[quote].search(text, position)
            if stop is None:
                if quote:
                    return Split((), open_quote=quote_at)
                pieces.append(text[position:])
                position = length
                break
            pieces.append(text[position : stop.start()])
            position = stop.start()
            mark = stop[0]
            if mark == "\\":
                if position + 1 >= length:
                    return Split((), lone_backslash=position)
                if escapes:
                    character, position = _escape(text, position + 1)
                    pieces.append(character)
                else:
                    pieces.append(text[position : position + 2])
                    position += 2
            elif quote:
                quote = ""
                position += 1
            elif mark in "'\"":
                quote, quote_at = mark, position
                position += 1
            else:
                break
        else:
            # keepalived takes a quote that opens at the very end of the text for an empty word.
            quote = ""
        words.append(Word("".join(pieces), start, position))


def _escape(text: str, position: int) -> tuple[str, int]:
    """The character that the escape at ``position`` (after the backslash) means, and where it ends."""
    kind = text[position]
    if kind == "x" and (digits := _HEX.match(text, position + 1)):
        return chr(int(digits[0], 16)), digits.end()
    if kind == "c" and position + 1 < len(text):
        return chr(ord(text[position + 1]) & 0x1F), position + 2
    if digits := _OCTAL.match(text, position):
        return chr(int(digits[0], 8) & 0xFF), digits.end()
    return _SIMPLE_ESCAPES.get(kind, kind), position + 1


def command_line(word: str) -> Split:
    """Second pass: the words of a command that the first pass left as one word."""
    return script_words(word, escapes=True)
