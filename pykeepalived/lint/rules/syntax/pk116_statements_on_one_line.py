"""PK116 statements-on-one-line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Shape
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import is_command, known_statements, schema_at, takes_one_word
from pykeepalived.lint.subject import Subject


class StatementsOnOneLine(Rule):
    """Several statements stand on one line.

    A line is one statement: the words after the first value are ignored, also between braces on one line.

    Bad:
        vrrp_instance VI_1 { state BACKUP virtual_router_id 21 priority 100 }
    Good:
        vrrp_instance VI_1 {
            state BACKUP
            virtual_router_id 21
            priority 100
        }
    """

    code: ClassVar[str] = "PK116"
    name: ClassVar[str] = "statements-on-one-line"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = ("PK120",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed, keyword in known_statements(subject):
            statement = placed.statement
            words = statement.words
            schema = schema_at(placed.path)
            if schema is None or placed.block is not None or keyword.shape is not Shape.LINE:
                continue
            if keyword.kind is not None and not takes_one_word(keyword):
                # A command may have any words; between braces on one line they are none of its own.
                opening = placed.parents[-1].opening if placed.parents else None
                if not is_command(keyword) or opening is None or opening.line != statement.line:
                    continue
            first = 1 if keyword.kind is None else 2
            for index in range(first, len(words)):
                if words[index] in schema.keywords and words[index]:
                    yield self.finding(
                        f"'{words[index]}' begins a second statement on the line of {words[0]}",
                        statement.span(index),
                        hint="write one statement per line",
                        consequence="this word and what follows it are ignored",
                    )
                    break
