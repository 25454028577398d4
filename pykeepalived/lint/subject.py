"""What a rule looks at: one configuration, read and bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.base.span import Span
from pykeepalived.base.text import split_lines
from pykeepalived.syntax.lines import decomment
from pykeepalived.syntax.nodes import Block, Statement

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.host import Host
    from pykeepalived.config.load import Loaded
    from pykeepalived.syntax.nodes import Document

Version = tuple[int, int]
NEWEST: Version = (2, 4)

MOST_PARENTS = 16
"""No keyword stands deeper. A file that lacks its closing braces may nest by the ten thousand, and a tuple of
all blocks around every block would then fill the memory."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line as it stands in its file.

    ``code`` is ``raw`` up to its comment; ``comment_at`` the offset of the comment in ``raw``, None when
    there is none.
    """

    file: str
    number: int
    raw: str
    code: str
    comment_at: int | None

    def span(self, start: int, end: int) -> Span:
        """Where ``raw[start:end]`` stands."""
        return Span(self.file, self.number, start + 1, end + 1)

    def unquoted(self) -> Iterator[tuple[int, str]]:
        """(offset, character) of the code outside double quotes."""
        quoted = False
        for offset, character in enumerate(self.code):
            if character == '"':
                quoted = not quoted
            elif not quoted:
                yield offset, character


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement with where it stands: ``block`` is its block when it heads one, ``parents`` the blocks
    around it, outermost first; of more than ``MOST_PARENTS`` the outermost ones and the innermost."""

    statement: Statement
    block: Block | None
    parents: tuple[Block, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """The keywords of the enclosing blocks."""
        return tuple(parent.head.keyword for parent in self.parents)


@dataclass(frozen=True)
class Subject:
    """One configuration under the linter.

    ``texts`` has the raw text of every file read, by name.  ``host`` is None unless questions about this
    machine were asked for.  ``target`` is the keepalived version that the file is meant for.
    """

    path: str
    document: Document
    config: Config
    diagnostics: tuple[Diagnostic, ...]
    texts: dict[str, str] = field(default_factory=dict)
    host: Host | None = None
    target: Version = NEWEST

    @classmethod
    def of(cls, path: str, loaded: Loaded, *, host: Host | None = None, target: Version = NEWEST) -> Subject:
        """The subject for a configuration that was just loaded."""
        return cls(
            path,
            loaded.document,
            loaded.config,
            loaded.diagnostics,
            dict(loaded.document.sources),
            host,
            target,
        )

    @cached_property
    def lines(self) -> tuple[SourceLine, ...]:
        """Every line of every file, with its comment told apart."""
        found = []
        for file, text in self.texts.items():
            for number, raw in enumerate(split_lines(text), 1):
                at = decomment(raw, range(1, len(raw) + 1)).comment_at if "#" in raw or "!" in raw else None
                found.append(SourceLine(file, number, raw, raw if at is None else raw[:at], at))
        return tuple(found)

    @cached_property
    def statements(self) -> tuple[Placed, ...]:
        """Every statement and block head, in source order."""
        found: list[Placed] = []
        stack: list[tuple[tuple[Block, ...], Iterator[Statement | Block]]] = [
            ((), iter(self.document.children))
        ]
        while stack:
            parents, inner = stack[-1]
            for node in inner:
                if isinstance(node, Block):
                    found.append(Placed(node.head, node, parents))
                    stack.append(((*parents[: MOST_PARENTS - 1], node), iter(node.children)))
                    break
                if not node.stray:
                    found.append(Placed(node, None, parents))
            else:
                stack.pop()
        return tuple(found)
