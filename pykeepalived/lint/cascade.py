"""One mistake, one finding: fold the complaints that only follow from a misspelt block keyword.

keepalived does not skip a block whose keyword it doesn't know; it reads the inner lines as keywords of the
enclosing level and takes the closing brace as that level's end, so that the rest of the enclosing block
stands at the wrong level too.  ``-t`` has to say all of it; a person who reads the linter's output needs the
first complaint only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pykeepalived.lint.finding import Finding
from pykeepalived.syntax.nodes import Block, Document, Statement

UNKNOWN = "PK107"
MISPLACED = "PK108"
FOLLOWS_AFTER = frozenset({"PK101", "PK103", MISPLACED})
"""What the sound lines behind such a block are complained about: braces and keywords of the wrong level."""
FOLLOWS_INSIDE = FOLLOWS_AFTER | {UNKNOWN}
"""What the lines inside it are complained about; value lines look like unknown keywords there."""


@dataclass(frozen=True, slots=True)
class _Range:
    """Lines of one file that a cause explains, and the codes that it explains there."""

    file: str
    first: int
    last: int
    codes: frozenset[str]
    cause: int

    def explains(self, finding: Finding, cause: Finding) -> bool:
        """What stands before the cause on its line does not follow from it."""
        span = finding.span
        return (
            span is not None
            and cause.span is not None
            and (span.line, span.column) >= (cause.span.line, cause.span.column)
            and finding.code in self.codes
            and span.file == self.file
            and self.first <= span.line <= self.last
        )


def fold_cascades(findings: list[Finding], document: Document) -> list[Finding]:
    """Leave out what follows from an unknown keyword that opens a block; say there how much that was."""
    causes: dict[tuple[str, int, int], int] = {}
    for number, finding in enumerate(findings):
        if finding.code in (UNKNOWN, MISPLACED) and finding.span is not None:
            causes[(finding.span.file, finding.span.line, finding.span.column)] = number
    if not causes:
        return findings
    explained_by: dict[int, int] = {}
    candidates = [number for number, finding in enumerate(findings) if finding.code in FOLLOWS_INSIDE]
    for block in document.children:
        if isinstance(block, Block):
            for reach in _ranges(block, findings, causes):
                for number in candidates:
                    if number != reach.cause and reach.explains(findings[number], findings[reach.cause]):
                        explained_by.setdefault(number, reach.cause)
    total: dict[int, int] = {}
    for cause in explained_by.values():
        while cause in explained_by:
            cause = explained_by[cause]
        total[cause] = total.get(cause, 0) + 1
    folded = list(findings)
    for cause, number in total.items():
        folded[cause] = _with_count(findings[cause], number)
    return [finding for number, finding in enumerate(folded) if number not in explained_by]


def _ranges(top: Block, findings: list[Finding], causes: dict[tuple[str, int, int], int]) -> Iterator[_Range]:
    """What the complained-about block keywords within one outermost block explain, in order of place."""
    first = True
    for block in _blocks([top]):
        cause = causes.get(_head(block))
        if cause is None:
            continue
        yield _Range(block.head.file, block.head.line, _last_line(block), FOLLOWS_INSIDE, cause)
        if first and block is not top:
            yield _Range(block.head.file, _last_line(block) + 1, _last_line(top), FOLLOWS_AFTER, cause)
        first = False


def _with_count(finding: Finding, number: int) -> Finding:
    if number == 1:
        tail = "one more complaint follows from this and is not shown"
    else:
        tail = f"{number} more complaints follow from this and are not shown"
    consequence = f"{finding.consequence}; {tail}" if finding.consequence else tail
    return replace(finding, consequence=consequence)


def _blocks(children: Iterable[Statement | Block]) -> Iterator[Block]:
    """All blocks below ``children``, in order of place."""
    todo = [child for child in children if isinstance(child, Block)][::-1]
    while todo:
        block = todo.pop()
        yield block
        todo.extend(child for child in reversed(block.children) if isinstance(child, Block))


def _head(block: Block) -> tuple[str, int, int]:
    span = block.head.span()
    return (span.file, span.line, span.column)


def _last_line(block: Block) -> int:
    return block.close_span.line if block.close_span else block.head.line
