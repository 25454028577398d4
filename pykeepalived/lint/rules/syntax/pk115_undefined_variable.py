"""PK115 undefined-variable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import is_command, keyword_of
from pykeepalived.lint.subject import Subject

_NAME = re.compile(r"\$[A-Za-z_]\w*")


class UndefinedVariable(DiagnosticRule):
    """A definition is used that does not exist above.

    $NAME stays as it is when nothing of that name was defined before it; with braces, ${NAME}, the brace
    ends the line and opens a block. keepalived does not look into the environment unless asked to with
    ${_ENV NAME}.

    Bad:
        vrrp_instance VI_1 {
            priority ${PRIORITY}
        }
    Good:
        $PRIORITY=100
        vrrp_instance VI_1 {
            priority ${PRIORITY}
        }
    """

    code: ClassVar[str] = "PK115"
    name: ClassVar[str] = "undefined-variable"
    severity: ClassVar[Severity] = Severity.ERROR
    replaces: ClassVar[tuple[str, ...]] = (
        "PK101",
        "PK103",
        "PK107",
        "PK108",
        "PK125",
        "PK202",
        "PK203",
        "PK204",
        "PK205",
        "PK206",
        "PK208",
        "PK214",
        "PK216",
        "PK114",
        "PK120",
    )
    diagnostics: ClassVar[tuple[str, ...]] = ("undefined-name",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        yield from super().check(subject)
        for placed in subject.statements:
            statement = placed.statement
            if "$" not in statement.text:
                continue
            keyword = keyword_of(placed)
            if keyword is not None and is_command(keyword):
                continue  # the shell or a regular expression may mean something by it
            for index, word in enumerate(statement.words):
                found = _NAME.search(word)
                if found is None:
                    continue
                yield self.finding(
                    f"{found[0]} is not defined",
                    statement.span(index),
                    hint=f"define it above with {found[0]}=\u2026",
                    consequence="it stays as it is",
                    severity=Severity.WARNING,
                )
                break
