"""PK117 trailing-semicolon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import replace_at
from pykeepalived.lint.subject import Subject


class TrailingSemicolon(Rule):
    """A line ends with a semicolon.

    keepalived does not know it; it becomes part of the last word, which then is no number, no address and
    no keyword.

    Bad:
        vrrp_instance VI_1 {
            priority 100;
        }
    Good:
        vrrp_instance VI_1 {
            priority 100
        }
    """

    code: ClassVar[str] = "PK117"
    name: ClassVar[str] = "trailing-semicolon"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK107",
        "PK120",
        "PK202",
        "PK203",
        "PK204",
        "PK205",
        "PK206",
        "PK208",
        "PK214",
        "PK216",
        "PK301",
        "PK303",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed in subject.statements:
            statement = placed.statement
            text = statement.text
            if not text.endswith(";") or text.count('"') % 2:
                continue
            start = len(text.rstrip("; \t"))
            span = statement.span_of(start, len(text))
            edit = replace_at(span, "")
            yield self.finding(
                "the semicolon is part of the last word",
                span,
                hint="leave the semicolon out",
                fix=Fix("Remove the semicolon", (edit,), safe=False) if edit else None,
            )
