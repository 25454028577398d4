"""Blocks whose lines have stood in the file before, character by character.

Large configurations are generated ones: the heads of their blocks differ (an address, a name), what stands
between the braces is the same a hundred thousand times.  Such a block is recognised by comparing lines, its
tree is only made when somebody looks into it, and the binder reads it once for all.

Only blocks of plain lines take part: what a plain line says depends on nothing but its text.
"""

from __future__ import annotations

from typing import Final

from pykeepalived.syntax.nodes import Block, Brace, ExpandedStatement, Statement
from pykeepalived.syntax.tree import Items, Token, tree_by_hand

LARGE_FILE: Final = 10_000
"""Lines from which on it pays to look for repetitions."""
LONGEST_BODY: Final = 64
"""Lines of a block, its closing one included."""
_MOST_ALIKE: Final = 8
"""Bodies kept that begin with the same line."""
_PATIENCE: Final = 100
"""Blocks of one keyword that are compared in vain before that is given up."""


class Body:
    """What stands between the braces of a block: its raw ``lines``, and their tokens where they stood first.

    ``line`` is the number of the line with the opening brace there.
    """

    __slots__ = ("line", "lines", "size", "tokens")

    def __init__(self, line: int, lines: list[str], tokens: list[Statement | Brace]) -> None:
        self.line = line
        self.lines = lines
        self.size = len(lines)
        self.tokens = tokens

    def items(self, line: int) -> Items:
        """The tree of the body for a block that opens in ``line``."""
        shift = line - self.line
        return tree_by_hand([moved(token, shift) for token in self.tokens[:-1]], 0)

    def closing(self, line: int) -> Brace:
        brace = moved(self.tokens[-1], line - self.line)
        assert isinstance(brace, Brace)
        return brace


def moved(token: Statement | Brace, shift: int) -> Statement | Brace:
    """The same token so many lines further down."""
    if isinstance(token, Brace):
        return Brace(token.type, token.file, token.line + shift, token.column)
    return moved_statement(token, shift)


def moved_statement(statement: Statement, shift: int) -> Statement:
    # One that was expanded out of something else could not be moved without that.
    assert not isinstance(statement, ExpandedStatement)
    return statement.__class__(
        statement.text, statement.words, statement.file, statement.line + shift, statement.column
    )


class RepeatedBlock(Block):
    """A block whose body stood in the file before; its children are made on demand."""

    __slots__ = ("_brace_column", "_items", "body")

    def __init__(self, head: Statement, body: Body, brace_column: int) -> None:
        self.head = head
        self.body = body
        self._brace_column = brace_column
        self._items: Items | None = None

    @property
    def opening(self) -> Brace:  # type: ignore[override]
        return Brace("OPEN", self.head.file, self.head.line, self._brace_column)

    @property
    def closing(self) -> Brace:  # type: ignore[override]
        return self.body.closing(self.head.line)

    @property
    def children(self) -> Items:  # type: ignore[override]
        if self._items is None:
            self._items = self.body.items(self.head.line)
        return self._items


class Repeats:
    """Finds the repeated blocks of one file while its ``lines`` are read in order."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._bodies: dict[str, dict[str, list[Body]]] = {}
        self._patience: dict[str, int] = {}
        self._open: list[tuple[str, int, int]] = []
        self._last = 0

    def find(self, keyword: str, number: int) -> Body | None:
        """The known body that follows line ``number``, which opens a block."""
        bodies = self._bodies.get(keyword)
        if not bodies or number >= len(self._lines):
            return None
        for body in bodies.get(self._lines[number], ()):
            if self._lines[number : number + body.size] == body.lines:
                self._patience[keyword] = _PATIENCE
                return body
        self._patience[keyword] -= 1
        if not self._patience[keyword]:
            bodies.clear()
        return None

    def forget(self) -> None:
        """A line that is not plain: the blocks that are open here do not take part."""
        self._open.clear()

    def opened(self, keyword: str, number: int, tokens: int) -> None:
        """A block was opened in line ``number``; ``tokens`` have been found so far."""
        self._open.append((keyword, number, tokens))

    def repeated(self, tokens: int) -> None:
        """A repetition was found: the blocks around it hold more than plain lines."""
        self._last = tokens

    def closed(self, number: int, tokens: list[Token]) -> None:
        """Line ``number`` closed the block that was opened last."""
        if not self._open:
            return
        keyword, first, start = self._open.pop()
        size = number - first
        if not 0 < size <= LONGEST_BODY or self._last > start:
            return
        patience = self._patience.setdefault(keyword, _PATIENCE)
        if not patience:
            return
        lines = self._lines[first:number]
        bodies = self._bodies.setdefault(keyword, {}).setdefault(lines[0], [])
        if len(bodies) < _MOST_ALIKE:
            found = [token for token in tokens[start:] if not isinstance(token, Block)]
            bodies.append(Body(first, lines, found))
