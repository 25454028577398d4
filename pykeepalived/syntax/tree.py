"""Tokens to the tree, by hand: what ``grammar/keepalived.lark`` says, for token streams of any length."""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.syntax.nodes import Block, Brace, Statement

Items = list[Statement | Block]
Token = Statement | Brace | Block
"""A Block is one whose lines were read before: its brackets and lines are no tokens of their own."""


def tree_by_hand(tokens: Iterable[Token], depth: int) -> Items:
    """The tree of a token stream in which ``depth`` blocks are open at the end.

    The reader has counted the braces already, so that nothing is left to decide here and a stack is enough;
    Lark's tables need half of the time that reading a very large file takes.  The tests compare this with
    :func:`pykeepalived.syntax.structure.tree_by_grammar`.
    """
    items: Items = []
    outer: list[Items] = []
    for token in tokens:
        if not isinstance(token, Brace):
            items.append(token)
        elif token.type == "OPEN":
            previous = items[-1] if items else None
            if previous is None or isinstance(previous, Block) or previous.stray:
                head = Statement("", (), token.file, token.line, token.column)
            else:
                head = previous
                items.pop()
            block = Block(head, [], token)
            items.append(block)
            outer.append(items)
            items = block.children
        else:
            items = outer.pop()
            closed = items[-1]
            assert isinstance(closed, Block)
            closed.closing = token
    assert len(outer) == depth, "the reader counts the open blocks"
    return outer[0] if outer else items
