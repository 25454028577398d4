"""PK126 equals-sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Shape
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import is_command, replace_at, schema_at
from pykeepalived.lint.subject import Subject

_ASSIGNMENT = re.compile(r"([\w-]+)([ \t]*=(?:[ \t]+|(?==*\S)))")


class EqualsSign(Rule):
    """A keyword and its value are joined by an equals sign.

    Only definitions ($NAME=VALUE) have one. Elsewhere it makes an unknown word, or is taken for the value.

    Bad:
        vrrp_instance VI_1 {
            priority = 100
        }
    Good:
        vrrp_instance VI_1 {
            priority 100
        }
    """

    code: ClassVar[str] = "PK126"
    name: ClassVar[str] = "equals-sign"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK107",
        "PK108",
        "PK120",
        "PK202",
        "PK203",
        "PK204",
        "PK206",
        "PK208",
        "PK216",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed in subject.statements:
            statement = placed.statement
            schema = schema_at(placed.path)
            if schema is None or "=" not in statement.text or statement.text.startswith("$"):
                continue
            found = _ASSIGNMENT.match(statement.text)
            if found is None or found[1] not in schema.keywords:
                continue
            keyword = schema.keywords[found[1]]
            if keyword.shape is not Shape.LINE or (is_command(keyword) and " " not in found[2]):
                continue
            span = statement.span_of(found.start(2), found.end(2))
            edit = replace_at(span, " ")
            yield self.finding(
                f"{found[1]} and its value are joined by an equals sign",
                span,
                hint="put a blank between them",
                fix=Fix("Replace the equals sign by a blank", (edit,), safe=False) if edit else None,
            )
