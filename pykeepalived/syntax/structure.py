"""The structure as ``grammar/keepalived.lark`` has it, through Lark.

The grammar is what a reader learns the language from, and what reads every file of ordinary size.  Only a
file with tokens by the thousand is read by the hand-written pass in :mod:`pykeepalived.syntax.tree`,
which a test compares with this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pykeepalived.syntax.nodes import Block, Brace, Statement
from pykeepalived.syntax.parser import grammar_folder
from pykeepalived.syntax.tree import Items, Token

if TYPE_CHECKING:
    from lark import Lark

GRAMMAR: Final = "keepalived.lark"


class _Builder:
    """Turns rules into nodes while Lark parses; no tree of Lark's is ever made."""

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
def _lark() -> Lark:
    from lark import Lark
    from lark.lexer import Lexer

    class NoLexer(Lexer):  # type: ignore[misc, unused-ignore]
        """The tokens are pushed into the parser; nothing is left to be lexed."""

        def __init__(self, _: Any) -> None:
            pass

        def lex(self, *_: Any) -> Iterable[Any]:
            return iter(())

    text = (grammar_folder() / GRAMMAR).read_text("utf-8")
    return Lark(text, parser="lalr", lexer=NoLexer, transformer=_Builder())


def tree_by_grammar(tokens: list[Token], depth: int) -> Items:
    """The tree of a token stream in which ``depth`` blocks are open at the end."""
    interactive = _lark().parse_interactive()
    feed = interactive.parser_state.feed_token
    for token in tokens:
        feed(token)
    end = Brace("EOFCLOSE", "", 0, 0)
    for _ in range(depth):
        feed(end)
    items: Items = interactive.feed_eof()
    return items
