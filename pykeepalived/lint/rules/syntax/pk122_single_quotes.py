"""PK122 single-quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import is_command, keyword_of, replace_at
from pykeepalived.lint.subject import Subject

_QUOTED = re.compile(r"(?:^|\s)('[^']*')(?=\s|$)")


def _without_double(text: str) -> str:
    """The text with what stands between double quotes blanked."""
    return re.sub(r'"[^"]*"', lambda match: "_" * len(match[0]), text)


class SingleQuotes(Rule):
    """Single quotes are used to hold words together.

    Only in commands do single quotes mean anything. Elsewhere they are letters: 'a b' is the two words 'a
    and b', and 'x' is a name with quotes in it.

    Bad:
        global_defs {
            router_id 'load balancer'
        }
    Good:
        global_defs {
            router_id "load balancer"
        }
    """

    code: ClassVar[str] = "PK122"
    name: ClassVar[str] = "single-quotes"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK120",
        "PK202",
        "PK204",
        "PK206",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed in subject.statements:
            statement = placed.statement
            if "'" not in statement.text:
                continue
            keyword = keyword_of(placed)
            if keyword is not None and is_command(keyword):
                continue
            found = _QUOTED.search(_without_double(statement.text))
            if found is None:
                continue
            start, end = found.span(1)
            span = statement.span_of(start, end)
            edits = [replace_at(statement.span_of(at, at + 1), '"') for at in (start, end - 1)]
            yield self.finding(
                "single quotes are letters here and hold nothing together",
                span,
                hint="use double quotes",
                fix=Fix("Use double quotes", tuple(edit for edit in edits if edit), safe=False)
                if all(edits)
                else None,
            )
