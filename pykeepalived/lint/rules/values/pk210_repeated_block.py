"""PK210 repeated-block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Shape
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import known_statements
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Statement


class RepeatedBlock(Rule):
    """A block that exists once is written twice.

    The second one adds to the first or replaces it; that is easy to overlook, and a line in the first may
    have no effect.

    Bad:
        vrrp_instance VI_1 {
            authentication {
                auth_type PASS
                auth_pass abc
            }
            authentication {
                auth_pass def
            }
        }
    Good:
        vrrp_instance VI_1 {
            authentication {
                auth_type PASS
                auth_pass abc
            }
        }
    """

    code: ClassVar[str] = "PK210"
    name: ClassVar[str] = "repeated-block"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        first: dict[tuple[int, str], Statement] = {}
        for placed, keyword in known_statements(subject):
            if not placed.parents or keyword.shape is Shape.LINE or keyword.many:
                continue
            key = (id(placed.parents[-1]), keyword.name)
            earlier = first.setdefault(key, placed.statement)
            if earlier is not placed.statement:
                yield self.finding(
                    f"a second {keyword.name} in this block",
                    placed.statement.span(),
                    hint="write one block",
                    related=(Related(earlier.span(), "the first one"),),
                )
