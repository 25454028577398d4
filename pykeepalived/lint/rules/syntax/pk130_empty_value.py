"""PK130 empty-value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject


class EmptyValue(Rule):
    """A value is an empty pair of quotes.

    An empty value is there, so nothing is missing; but a number is then read as 0 and a name as one without
    letters. It is what a template leaves behind when its variable was not set.

    Bad:
        vrrp_script chk_web {
            script "/usr/bin/pgrep nginx"
            weight ""
        }
    Good:
        vrrp_script chk_web {
            script "/usr/bin/pgrep nginx"
            weight 10
        }
    """

    code: ClassVar[str] = "PK130"
    name: ClassVar[str] = "empty-value"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed in subject.statements:
            statement = placed.statement
            if '""' not in statement.text or "" not in statement.words[1:]:
                continue
            yield self.finding(
                f"{statement.keyword}: the value is empty; a number is read as 0",
                statement.span(statement.words.index("", 1)),
                hint="write the value, or leave the line out for the default",
            )
