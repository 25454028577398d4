"""Blocks of the outermost level that stood in an earlier reading of the same file, line by line.

A file that is read again has mostly stayed as it was, but one changed line moves all that stand below it.  So
blocks are recognised by their lines, wherever they stand now; what an earlier reading made of one is then as
good as new (see :mod:`pykeepalived.config.recall`), and its tree is only made when somebody looks into it.

Only a block takes part whose lines say nothing but what is in them: its head with the opening brace and its
closing brace are plain lines, and no line in between has a definition, a condition, a sequence, an include or
a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pykeepalived.syntax.nodes import Block, Brace, Statement
from pykeepalived.syntax.tree import Items

_MORE_THAN_ITSELF = frozenset("$~@\\{}")
"""With one of these an odd line may mean something that does not stand in it, or open or close a block."""

_STEERING = ("include", "random_seed")
"""Words that change how the file is read."""


@dataclass(frozen=True, slots=True)
class WholeBlock:
    """``text`` is the ``size`` lines from the head of a block, in line ``line`` of ``file``, to its closing
    brace, as they were read.
    """

    file: str
    line: int
    size: int
    text: str


Place = tuple[str, int]
"""A file, and the line of a block's head in it."""


class KnownBlock(Block):
    """A block that stood in the earlier reading as ``whole``."""

    __slots__ = ("_tree", "whole")

    def __init__(self, head: Statement, whole: WholeBlock) -> None:
        self.head = head
        self.whole = whole
        self._tree: Block | None = None

    def _read(self) -> Block:
        if self._tree is None:
            from pykeepalived.syntax.parser import parse
            from pykeepalived.syntax.source import DictLoader

            file, above = self.head.file, "\n" * (self.head.line - 1)
            tree = parse(file, DictLoader({file: above + self.whole.text})).children[0]
            assert isinstance(tree, Block)
            self._tree = tree
        return self._tree

    @property
    def opening(self) -> Brace | None:  # type: ignore[override]
        return self._read().opening

    @property
    def closing(self) -> Brace | None:  # type: ignore[override]
        return self._read().closing

    @property
    def children(self) -> Items:  # type: ignore[override]
        return self._read().children


class WholeBlocks:
    """The blocks of one reading: those of the earlier reading that are ``known``, and in ``found`` all that
    the next reading may know.
    """

    def __init__(self, known: Iterable[WholeBlock] = ()) -> None:
        self.found: dict[Place, WholeBlock | None] = {}
        self._known: dict[tuple[str, str], list[WholeBlock]] = {}
        for whole in known:
            head = whole.text.partition("\n")[0]
            self._known.setdefault((whole.file, head), []).append(whole)

    def same(self, file: str, number: int, lines: list[str]) -> WholeBlock | None:
        """The known block whose lines begin with line ``number``; each is found once."""
        candidates = self._known.get((file, lines[number - 1]), ())
        for whole in candidates:
            if "\n".join(lines[number - 1 : number - 1 + whole.size]) == whole.text:
                assert isinstance(candidates, list)
                candidates.remove(whole)
                self.add(WholeBlock(file, number, whole.size, whole.text))
                return whole
        return None

    def add(self, whole: WholeBlock) -> None:
        """A block was read.  In a file that is read twice no block can be told by its place."""
        place = whole.file, whole.line
        self.found[place] = None if place in self.found else whole


class FileBlocks:
    """Follows the reading of one file, whose ``lines`` are those that are compared."""

    __slots__ = ("_blocks", "_file", "_lines", "_start")

    def __init__(self, blocks: WholeBlocks, file: str, lines: list[str]) -> None:
        self._blocks = blocks
        self._file = file
        self._lines = lines
        self._start = 0

    def begin(self, number: int) -> WholeBlock | None:
        """The plain line ``number`` opens a block of the outermost level: the known one, if it is one."""
        same = self._blocks.same(self._file, number, self._lines)
        self._start = 0 if same is not None else number
        return same

    def odd(self, raw: str, complained: bool) -> None:
        """A line that was not plain."""
        if complained or any(word in raw for word in _STEERING) or not _MORE_THAN_ITSELF.isdisjoint(raw):
            self._start = 0

    def end(self, number: int) -> None:
        """The plain line ``number`` closed a block of the outermost level."""
        first, self._start = self._start, 0
        if first:
            text = "\n".join(self._lines[first - 1 : number])
            self._blocks.add(WholeBlock(self._file, first, number - first + 1, text))
