"""PK313 empty-block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Shape
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import head_of_block_closed_at, known_statements
from pykeepalived.lint.subject import Subject

OWN_RULES = frozenset({"virtual_ipaddress", "unicast_peer"})


class EmptyBlock(DiagnosticRule):
    """A block that is a list has nothing in it.

    keepalived removes some empty groups with an error; an empty list elsewhere says nothing and does
    nothing.

    Bad:
        virtual_server_group web {
        }
    Good:
        virtual_server_group web {
            192.0.2.10 80
        }
    """

    code: ClassVar[str] = "PK313"
    name: ClassVar[str] = "empty-block"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("empty-list", "empty-group")
    advice: ClassVar[str | None] = "write its lines, or remove the block"

    def check(self, subject: Subject) -> Iterator[Finding]:
        reported: set[tuple[str, int]] = set()
        for finding in super().check(subject):
            if finding.span is not None:
                reported.add((finding.span.file, finding.span.line))
            head = head_of_block_closed_at(subject, finding.span)
            yield replace(finding, span=head.span()) if head is not None else finding
        for placed, keyword in known_statements(subject):
            statement = placed.statement
            if placed.block is None or placed.block.children or keyword.shape is not Shape.VALUES:
                continue
            closing = placed.block.closing
            lines = {statement.line, closing.line if closing else 0}
            if any((statement.file, line) in reported for line in lines) or keyword.name in OWN_RULES:
                continue
            yield self.finding(
                f"{statement.keyword} has nothing in it",
                statement.span(),
                severity=Severity.NOTICE,
                hint="remove the block, or write its lines",
            )
