"""PK121 useless-continuation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject


class UselessContinuation(Rule):
    """A backslash ends a line that is not part of a definition.

    Only the lines of a definition ($NAME=) can be continued. Elsewhere the backslash is one more word, and
    the next line is a statement of its own.

    Bad:
        vrrp_instance VI_1 {
            interface \\
                eth0
        }
    Good:
        vrrp_instance VI_1 {
            interface eth0
        }
    """

    code: ClassVar[str] = "PK121"
    name: ClassVar[str] = "useless-continuation"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK107",
        "PK202",
        "PK203",
        "PK204",
        "PK206",
        "PK208",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed in subject.statements:
            statement = placed.statement
            if statement.text.endswith("\\") and statement.via is None:
                end = len(statement.text)
                yield self.finding(
                    "the backslash does not continue this line, it is part of it",
                    statement.span_of(end - 1, end),
                    hint="write the statement on one line; only definitions can be continued",
                    consequence="the next line is a statement of its own",
                )
