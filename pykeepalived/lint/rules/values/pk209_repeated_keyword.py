"""PK209 repeated-keyword."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Repeat, Shape
from pykeepalived.lint.finding import Finding, Fix, Related
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import known_statements, remove_line
from pykeepalived.lint.subject import Placed, Subject
from pykeepalived.syntax.nodes import Statement


def _alone(placed: Placed) -> bool:
    """Whether no brace of its block stands on the line of the statement."""
    braces = (placed.parents[-1].opening, placed.parents[-1].closing) if placed.parents else ()
    return all(brace is None or brace.line != placed.statement.line for brace in braces)


class RepeatedKeyword(DiagnosticRule):
    """A keyword is given twice in one block.

    For most keywords the last one counts and keepalived says nothing; for some the first one counts, with
    an error. One of the two lines has no effect.

    Bad:
        vrrp_instance VI_1 {
            priority 100
            virtual_router_id 21
            priority 150
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
            priority 150
        }
    """

    code: ClassVar[str] = "PK209"
    name: ClassVar[str] = "repeated-keyword"
    severity: ClassVar[Severity] = Severity.WARNING
    diagnostics: ClassVar[tuple[str, ...]] = ("repeated-keyword",)
    advice: ClassVar[str | None] = "remove one of them"

    def check(self, subject: Subject) -> Iterator[Finding]:
        yield from super().check(subject)
        first: dict[tuple[int, str], Statement] = {}
        for placed, keyword in known_statements(subject):
            if (
                placed.block is not None
                or keyword.shape is not Shape.LINE
                or keyword.repeat is not Repeat.LAST
            ):
                continue
            statement = placed.statement
            if len(statement.words) < 2 and keyword.kind is None:
                key_words = 1
            else:
                key_words = 2
            key = (id(placed.parents[-1]) if placed.parents else 0, keyword.name)
            earlier = first.get(key)
            first[key] = statement
            if earlier is None:
                continue
            same = earlier.words[:key_words] == statement.words[:key_words]
            remove = remove_line(statement) if same and key_words == len(statement.words) else None
            yield self.finding(
                f"{statement.keyword} is given twice in this block",
                statement.span(),
                severity=Severity.NOTICE if same else None,
                consequence=None if same else f"this one counts, not the one in line {earlier.line}",
                hint="remove one of them",
                fix=Fix("Remove the repetition", (remove,), safe=True) if remove and _alone(placed) else None,
                related=(Related(earlier.span(), "it is given here first"),),
            )
