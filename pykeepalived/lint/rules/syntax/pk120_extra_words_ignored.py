"""PK120 extra-words-ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import known_statements, takes_one_word
from pykeepalived.lint.subject import Subject


class ExtraWordsIgnored(DiagnosticRule):
    """A line has more words than its keyword takes.

    Most keywords take one word and ignore the others without a message; the value that was meant may be one
    of them.

    Bad:
        vrrp_instance VI_1 {
            interface eth0 eth1
        }
    Good:
        vrrp_instance VI_1 {
            interface eth0
            track_interface {
                eth1
            }
        }
    """

    code: ClassVar[str] = "PK120"
    name: ClassVar[str] = "extra-words-ignored"
    severity: ClassVar[Severity] = Severity.WARNING
    diagnostics: ClassVar[tuple[str, ...]] = ("extra-words",)
    advice: ClassVar[str | None] = "remove the further words"

    def check(self, subject: Subject) -> Iterator[Finding]:
        yield from super().check(subject)
        for placed, keyword in known_statements(subject):
            statement = placed.statement
            if placed.block is not None or len(statement.words) < 3 or not takes_one_word(keyword):
                continue
            extra = statement.words[2:]
            if keyword.kind is not None and getattr(keyword.kind, "single", False):
                continue  # the binder has said so
            yield self.finding(
                f"{statement.keyword} takes one word; '{' '.join(extra)}' is not looked at",
                statement.span(2),
                hint="remove the words, or put a value with blanks between double quotes",
                consequence="the further words are ignored",
            )
