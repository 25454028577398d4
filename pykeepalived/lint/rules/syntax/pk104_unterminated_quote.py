"""PK104 unterminated-quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.subject import Subject


class UnterminatedQuote(DiagnosticRule):
    """A double quote is opened and not closed on its line.

    A quoted text cannot go over the end of a line, and a quote cannot be escaped with a backslash. What
    stands after the open quote is lost; on a script line some versions of keepalived crash.

    Bad:
        vrrp_script check {
            script "/usr/libexec/keepalived/check.sh --all
        }
    Good:
        vrrp_script check {
            script "/usr/libexec/keepalived/check.sh --all"
        }
    """

    code: ClassVar[str] = "PK104"
    name: ClassVar[str] = "unterminated-quote"
    severity: ClassVar[Severity] = Severity.ERROR
    replaces: ClassVar[tuple[str, ...]] = ("PK125",)
    diagnostics: ClassVar[tuple[str, ...]] = ("unterminated-quote", "open-quote")

    def check(self, subject: Subject) -> Iterator[Finding]:
        seen: set[tuple[str, int]] = set()
        for finding in super().check(subject):
            # The reader and the keyword both complain about the same quote.
            place = (finding.span.file, finding.span.line) if finding.span else ("", 0)
            if place not in seen:
                seen.add(place)
                yield finding
