"""PK127 colon-after-keyword."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import replace_word, schema_at
from pykeepalived.lint.subject import Subject


class ColonAfterKeyword(Rule):
    """A keyword is followed by a colon.

    YAML writes it so, keepalived does not: the colon is part of the word, which then is unknown.

    Bad:
        vrrp_instance VI_1 {
            state: MASTER
        }
    Good:
        vrrp_instance VI_1 {
            state MASTER
        }
    """

    code: ClassVar[str] = "PK127"
    name: ClassVar[str] = "colon-after-keyword"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK107",
        "PK108",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed in subject.statements:
            word = placed.statement.keyword
            schema = schema_at(placed.path)
            name, colon, rest = word.partition(":")
            if not colon or not name or schema is None or name not in schema.keywords:
                continue
            edit = replace_word(placed.statement, 0, f"{name} {rest}".rstrip())
            yield self.finding(
                f"the colon after {name} is part of the word",
                placed.statement.span(),
                hint="leave the colon out",
                fix=Fix("Remove the colon", (edit,), safe=False) if edit else None,
            )
