"""The LALR tables that Lark makes of a grammar, and the few lines that follow them.

Importing Lark and having it work through the grammar takes longer than an ordinary configuration: the tables
are kept in a file beside the bytecode of this package, by the text of the grammar, so that they cannot be out
of date.  The file is trusted as much as the ``.pyc`` files of the same folder and written under the same
conditions; without it Lark makes the tables again.
"""

from __future__ import annotations

import marshal
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from pykeepalived import cache_file

FILE = Path(__file__).parents[1] / "__pycache__" / f"structure.{sys.implementation.cache_tag}.tables"
_HEAD_BYTES = 8
_END = "$END"


class Rule(NamedTuple):
    """``method`` of the builder gets the ``length`` children; empty: they belong to the rule above."""

    origin: str
    length: int
    method: str


class Tables(NamedTuple):
    """Per state what follows a terminal or a rule: the next state, or minus one minus the number of the rule
    that is complete.
    """

    states: list[dict[str, int]]
    start: int
    end: int
    rules: list[Rule]


class _Inline(list[Any]):
    """Children of a rule whose name begins with ``_``."""


def parse(tables: Tables, tokens: Iterable[Any], builder: object) -> Any:
    """What ``builder`` makes of the tokens, whose ``type`` is the name of a terminal.

    KeyError: one that the grammar does not allow there.
    """
    methods = [getattr(builder, rule.method) if rule.method else _Inline for rule in tables.rules]
    states: list[int] = [tables.start]
    values: list[Any] = []
    for token in tokens:
        _reduce(tables, methods, states, values, token.type)
        states.append(tables.states[states[-1]][token.type])
        values.append(token)
    _reduce(tables, methods, states, values, _END)
    return values[0]


def _reduce(tables: Tables, methods: list[Any], states: list[int], values: list[Any], kind: str) -> None:
    """Complete every rule that ends before a token of this kind."""
    while states[-1] != tables.end and (action := tables.states[states[-1]][kind]) < 0:
        number = -1 - action
        origin, length, _ = tables.rules[number]
        at = len(values) - length
        children: list[Any] = []
        for child in values[at:]:
            children += child if isinstance(child, _Inline) else (child,)
        del values[at:], states[at + 1 :]
        values.append(methods[number](children))
        states.append(tables.states[states[-1]][origin])


def tables_of(grammar: str, file: Path | None = None) -> Tables:
    """The tables of a grammar whose terminals all are declared, from the file when they are in it."""
    file = FILE if file is None else file
    checksum = zlib.crc32(grammar.encode())
    kept = cache_file.mapped(str(file))
    if kept is not None and kept[:_HEAD_BYTES] == _head(checksum, kept[_HEAD_BYTES:]):
        states, start, end, rules = marshal.loads(kept[_HEAD_BYTES:])
        return Tables(states, start, end, [Rule(*rule) for rule in rules])
    made = made_by_lark(grammar)
    if not sys.dont_write_bytecode:
        body = marshal.dumps((made.states, made.start, made.end, [tuple(rule) for rule in made.rules]))
        cache_file.written(str(file), _head(checksum, body) + body)
    return made


def _head(checksum: int, body: bytes | memoryview) -> bytes:
    return checksum.to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little")


def made_by_lark(grammar: str) -> Tables:
    """As Lark makes them."""
    from lark import Lark
    from lark.lexer import Lexer
    from lark.parsers.lalr_analysis import Shift

    class NoLexer(Lexer):  # type: ignore[misc, unused-ignore]
        """The tokens are there already; nothing is left to be lexed."""

        def __init__(self, _: Any) -> None:
            pass

        def lex(self, *_: Any) -> Iterable[Any]:
            return iter(())

    table = Lark(grammar, parser="lalr", lexer=NoLexer).parser.parser._parse_table
    numbers: dict[Rule, int] = {}

    def number(rule: Any) -> int:
        origin = str(rule.origin.name)
        method = "" if origin.startswith("_") else str(rule.alias or origin)
        return numbers.setdefault(Rule(origin, len(rule.expansion), method), len(numbers))

    states = [
        {str(name): to if action is Shift else -1 - number(to) for name, (action, to) in row.items()}
        for _, row in sorted(table.states.items())
    ]
    (start,), (end,) = table.start_states.values(), table.end_states.values()
    return Tables(states, start, end, list(numbers))
