"""The structure as ``grammar/keepalived.lark`` has it, through the tables that Lark makes of it.

The grammar is what a reader learns the language from, and what reads every file of ordinary size.  Only a
file with tokens by the thousand is read by the hand-written pass in :mod:`pykeepalived.syntax.tree`,
which a test compares with this one.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pykeepalived.syntax.lalr import Tables, parse, tables_of
from pykeepalived.syntax.nodes import Block, Brace, Statement
from pykeepalived.syntax.parser import grammar_folder
from pykeepalived.syntax.tree import Items, Token

GRAMMAR: Final = "keepalived.lark"


class _Builder:
    """Turns rules into nodes while the tables are followed; no other tree is ever made."""

    def start(self, children: list[Any]) -> Any:
        return children[0]

    def none(self, _: list[Any]) -> Items:
        return []

    def add(self, children: list[Any]) -> Any:
        items = children[0]
        items.append(children[1])
        return items

    def block(self, children: list[Any]) -> Block:
        head, opening, items, closing = children
        return Block(head, items, opening, closing if closing.type == "CLOSE" else None)

    def headless(self, children: list[Any]) -> Block:
        opening, items, closing = children
        head = Statement("", (), opening.file, opening.line, opening.column)
        return Block(head, items, opening, closing if closing.type == "CLOSE" else None)


@cache
def _tables() -> Tables:
    return tables_of((grammar_folder() / GRAMMAR).read_text("utf-8"))


def tree_by_grammar(tokens: list[Token], depth: int) -> Items:
    """The tree of a token stream in which ``depth`` blocks are open at the end."""
    owed = [Brace("EOFCLOSE", "", 0, 0)] * depth
    items: Items = parse(_tables(), [*tokens, *owed], _Builder())
    return items
