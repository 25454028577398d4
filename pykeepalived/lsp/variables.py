"""``$NAME`` in the raw text: where it is defined and where it is used.

The tree has the lines after substitution; an editor works on what was typed, so names are looked up there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pykeepalived.base.span import Span
from pykeepalived.base.text import split_lines
from pykeepalived.syntax.lines import decomment

_DEFINITION = re.compile(r"[ \t]*(?:@\^?[^ \t]*[ \t]+)?\$([A-Za-z_]\w*)=", re.ASCII)
_USE = re.compile(r"\$\{([A-Za-z_]\w*)[ \t\w]*\}|\$([A-Za-z_]\w*)(?=[ \t,)]|\Z)", re.ASCII)
_SEQUENCE = re.compile(r"~SEQx?[ \t]*\([ \t]*(\w+)", re.ASCII)
_LIST = re.compile(r"~LST[ \t]*\([ \t]*(\{[^}]*\}|\w+)", re.ASCII)
_WORD = re.compile(r"\w+", re.ASCII)

BUILT_IN = {
    "_PWD": "Directory of the file being read",
    "_INSTANCE": "The configuration-id (-i, else the host name up to its first dot)",
    "_RANDOM": "A random number, 0 to 32767; ${_RANDOM LOW HIGH}",
    "_ENV": "A variable of the environment: ${_ENV NAME}",
    "_HASH": "A literal #",
    "_BANG": "A literal !",
}


@dataclass(frozen=True, slots=True)
class VariablePlace:
    """One occurrence; ``span`` covers the name alone."""

    name: str
    span: Span
    defines: bool


def variables_of_line(file: str, number: int, raw: str) -> Iterator[VariablePlace]:
    """The names of one line, comments left out."""
    if "$" not in raw and "~" not in raw:
        return
    end = decomment(raw, range(len(raw))).comment_at
    text = raw if end is None else raw[:end].rstrip(" \t")

    def place(start: int, name: str, defines: bool) -> VariablePlace:
        return VariablePlace(name, Span(file, number, start + 1, start + 1 + len(name)), defines)

    if match := _DEFINITION.match(text):
        yield place(match.start(1), match[1], True)
    for pattern in (_SEQUENCE, _LIST):
        for match in pattern.finditer(text):
            for word in _WORD.finditer(match[1]):
                yield place(match.start(1) + word.start(), word[0], True)
    # A line that continues a definition ends in a backslash, which ends a bare name too.
    body = text[:-1].rstrip(" \t") if text.endswith("\\") else text
    for match in _USE.finditer(body):
        group = 1 if match[1] else 2
        yield place(match.start(group), match[group], False)


def variables_of(file: str, text: str) -> Iterator[VariablePlace]:
    for number, raw in enumerate(split_lines(text), 1):
        yield from variables_of_line(file, number, raw)
