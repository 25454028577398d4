"""PK213 flag-with-false."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Shape
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import known_statements, remove_line
from pykeepalived.lint.subject import Placed, Subject

OFF = frozenset({"false", "off", "no", "0", "disable", "disabled", "none"})


def _shares_line(placed: Placed) -> bool:
    parent = placed.parents[-1] if placed.parents else None
    braces = (parent.opening, parent.closing) if parent else ()
    return any(brace is not None and brace.line == placed.statement.line for brace in braces)


class FlagWithFalse(Rule):
    """A word that takes no value is given a value that should turn it off.

    Such a keyword is on as soon as it stands there, whatever follows: "nopreempt false" turns nopreempt on.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 21
            nopreempt false
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK213"
    name: ClassVar[str] = "flag-with-false"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = ("PK120",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed, keyword in known_statements(subject):
            words = placed.statement.words
            if keyword.shape is not Shape.LINE or keyword.kind is not None or len(words) < 2:
                continue
            if words[1].lower() not in OFF:
                continue
            remove = remove_line(placed.statement) if not _shares_line(placed) else None
            yield self.finding(
                f"{words[0]} takes no value: it is on as soon as it is written",
                placed.statement.span(1),
                hint="remove the line to turn it off",
                consequence=f"{words[0]} is on",
                fix=Fix("Remove the line", (remove,), safe=False) if remove else None,
            )
