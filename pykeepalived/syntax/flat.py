"""The tree as a flat stream of statements and braces, in source order.

keepalived binds from such a stream: an unknown block keyword does not skip its block, so the lines inside
are read as keywords of the enclosing level and the closing brace closes the enclosing block.  Whoever
wants to complain about the same lines walks this stream; nothing of the structure is lost in it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from pykeepalived.base.span import Span
from pykeepalived.syntax.nodes import Block, Document, Statement


class TokenKind(enum.Enum):
    STATEMENT = "statement"
    OPEN = "{"
    CLOSE = "}"


@dataclass(frozen=True, slots=True)
class FlatToken:
    """One element of the stream.

    ``statement`` is set for STATEMENT (look at ``statement.unterminated`` for a line with an odd number of
    quotes, ``statement.pragma`` for extensions), and for a CLOSE that closes nothing, which the parser has
    reported already.  ``span`` is the place of the brace or of the statement's first word.
    """

    kind: TokenKind
    statement: Statement | None
    span: Span


def flatten(document: Document) -> Iterator[FlatToken]:
    """The tokens of ``document``; a block that the file's end left open has no CLOSE.

    A stray closing brace is a CLOSE, a second opening brace an OPEN without a statement before it.
    """
    for child in document.children:
        yield from _flatten(child)


def _flatten(root: Statement | Block) -> Iterator[FlatToken]:
    # A stack of iterators instead of recursion: a fuzzed file may nest deeper than Python does.
    if isinstance(root, Statement):
        yield _statement(root)
        return
    stack: list[tuple[Block, Iterator[Statement | Block]]] = []
    node: Statement | Block | None = root
    while True:
        if isinstance(node, Block):
            if node.head.words or node.head.text:
                yield _statement(node.head)
            yield FlatToken(TokenKind.OPEN, None, node.open_span or node.head.span())
            stack.append((node, iter(node.children)))
        elif node is not None:
            yield _statement(node)
        while stack:
            block, children = stack[-1]
            node = next(children, None)
            if node is not None:
                break
            stack.pop()
            if block.close_span is not None:
                yield FlatToken(TokenKind.CLOSE, None, block.close_span)
        else:
            return


def _statement(statement: Statement) -> FlatToken:
    if statement.stray:
        return FlatToken(TokenKind.CLOSE, statement, statement.span())
    return FlatToken(TokenKind.STATEMENT, statement, statement.span())
