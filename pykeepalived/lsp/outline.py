"""The blocks of one file as symbols, nested as they are nested."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pykeepalived.base.span import Span
from pykeepalived.lsp.index import normal
from pykeepalived.syntax.nodes import Block, Document, Statement


@dataclass(slots=True)
class Outline:
    """One block: ``keyword`` and the words after it; it ends at ``end`` (line, column behind the brace)."""

    keyword: str
    words: str
    selection: Span
    end: tuple[int, int]
    children: list[Outline] = field(default_factory=list)

    @property
    def start(self) -> tuple[int, int]:
        return self.selection.line, self.selection.column


def outline(document: Document, file: str) -> list[Outline]:
    """Blocks whose head stands in ``file``; blocks around them in other files are passed over."""
    roots: list[Outline] = []
    pending: list[tuple[Iterable[Statement | Block], list[Outline]]] = [(document.children, roots)]
    made: list[Outline] = []
    while pending:
        children, into = pending.pop()
        for node in children:
            if not isinstance(node, Block):
                continue
            head = node.head
            if not head.words or normal(head.file) != file or head.via is not None:
                pending.append((node.children, into))
                continue
            found = Outline(head.keyword, " ".join(head.arguments), head.whole_span(), _end(node, file))
            into.append(found)
            made.append(found)
            pending.append((node.children, found.children))
    # Children are made after their parents: from the last one on, each widens the one around it.
    for found in reversed(made):
        found.children.sort(key=lambda child: child.start)
        found.end = max([found.end, *(child.end for child in found.children)])
    return sorted(roots, key=lambda each: each.start)


def _end(block: Block, file: str) -> tuple[int, int]:
    """Behind the closing brace, or behind what stands last in this file when the brace is elsewhere."""
    whole = block.head.whole_span()
    ends = [(whole.line, whole.end_column)]
    if block.closing is not None and normal(block.closing.file) == file:
        ends.append((block.closing.line, block.closing.column + 1))
    else:
        for child in block.children:
            head = child.head if isinstance(child, Block) else child
            if normal(head.file) == file:
                span = head.whole_span()
                ends.append((span.line, span.end_column))
    return max(ends)
