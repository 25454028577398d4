"""PK103 missing-opening-brace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Shape
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import known_statements
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Statement


def _follows(finding: Finding, statement: Statement) -> bool:
    return finding.span is not None and finding.file == statement.file and finding.span.line > statement.line


class MissingOpeningBrace(DiagnosticRule):
    """A block has no opening brace.

    keepalived goes on as if it were there; its lines are read, and the closing brace that is missing its
    partner ends the block.

    Bad:
        vrrp_instance VI_1
            virtual_router_id 21
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK103"
    name: ClassVar[str] = "missing-opening-brace"
    severity: ClassVar[Severity] = Severity.ERROR
    replaces: ClassVar[tuple[str, ...]] = ("PK120",)
    diagnostics: ClassVar[tuple[str, ...]] = ("missing-open",)
    advice: ClassVar[str | None] = "write { at the end of the line that begins the block"

    def check(self, subject: Subject) -> Iterator[Finding]:
        later = list(super().check(subject))
        for placed, keyword in known_statements(subject):
            statement = placed.statement
            if placed.block is not None or keyword.shape is Shape.LINE:
                continue
            # The reader notices only at the line where it would have expected the brace.
            noticed = next((finding for finding in later if _follows(finding, statement)), None)
            if noticed is not None:
                later.remove(noticed)
            yield self.finding(
                f"{statement.keyword} begins a block, and no brace follows",
                statement.span(),
                hint=self.advice,
                consequence=noticed.consequence
                if noticed
                else "the lines that follow are read as if it were there",
                severity=None if noticed else Severity.WARNING,
            )
        yield from later
