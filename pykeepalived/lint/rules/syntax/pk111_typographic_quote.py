"""PK111 typographic-quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

QUOTES = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\uff02")


class TypographicQuote(Rule):
    """A typographic quote is used where a plain one is meant.

    Only the plain double quote holds words together. Typographic quotes, which editors and web pages put in
    its place, are letters of the word.

    Bad:
        vrrp_instance VI_1 {
            notify_master \u201c/usr/local/bin/up VI_1\u201d
        }
    Good:
        vrrp_instance VI_1 {
            notify_master "/usr/local/bin/up VI_1"
        }
    """

    code: ClassVar[str] = "PK111"
    name: ClassVar[str] = "typographic-quote"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK107",
        "PK120",
        "PK202",
        "PK203",
        "PK204",
        "PK206",
        "PK208",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for line in subject.lines:
            if line.code.isascii():
                continue
            wrong = [offset for offset, sign in line.unquoted() if sign in QUOTES]
            if not wrong:
                continue
            edits = tuple(Edit(line.span(offset, offset + 1), '"') for offset in wrong)
            yield self.finding(
                f"{line.raw[wrong[0]]} is a letter here, not a quote",
                line.span(wrong[0], wrong[0] + 1),
                hint='write plain double quotes: "',
                fix=Fix("Write plain double quotes", edits, safe=False),
            )
