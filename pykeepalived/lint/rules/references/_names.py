"""Names that refer to something, and where that something is defined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Statement

_UNKNOWN = re.compile(r"no (\S+) (.+?) is defined")
_SPELLINGS = {"vrrp_track_file": "track_file"}


def definitions(subject: Subject, block: str) -> dict[str, Statement]:
    """Name → first head of every block of this sort, wherever it stands in the file."""
    found: dict[str, Statement] = {}
    for placed in subject.statements:
        words = placed.statement.words
        if placed.block is None or placed.parents or len(words) < 2:
            continue
        if _SPELLINGS.get(words[0], words[0]) == block:
            found.setdefault(words[1], placed.statement)
    return found


def entries(subject: Subject, block: str) -> frozenset[str]:
    """The first word of every line inside blocks named ``block`` that stand in another block."""
    return frozenset(
        placed.statement.keyword
        for placed in subject.statements
        if len(placed.parents) > 1 and placed.parents[-1].head.keyword == block
    )


def mentioned_elsewhere(subject: Subject, name: str) -> bool:
    """Whether a line that is not for this configuration id (``@id``) has the name."""
    return any(line.code.lstrip()[:1] == "@" and name in line.code.split() for line in subject.lines)


class NameRule(DiagnosticRule):
    """Reports names of ``block`` that nothing in the file defines."""

    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-name",)
    block: ClassVar[str]

    def check(self, subject: Subject) -> Iterator[Finding]:
        yield from (self.from_diagnostic(d) for d, _ in unknown_names(subject, self.block, later=False))


def unknown_names(
    subject: Subject, block: str, *, later: bool
) -> Iterable[tuple[Diagnostic, Statement | None]]:
    """Diagnostics about unknown names of ``block`` (any when empty); ``later``: defined further down."""
    known: dict[str, dict[str, Statement]] = {}
    for diagnostic in subject.diagnostics:
        found = _UNKNOWN.match(diagnostic.message) if diagnostic.code == "unknown-name" else None
        if found is None or (block and found[1] != block):
            continue
        if found[1] not in known:
            known[found[1]] = definitions(subject, found[1])
        place = known[found[1]].get(found[2])
        if (place is not None) is later:
            yield diagnostic, place
