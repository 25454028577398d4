"""PK109 no-break-space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

BLANKS = frozenset(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
NOTHING = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""Characters without width."""


class NoBreakSpace(Rule):
    """A character that looks like a blank is none.

    No-break spaces, ideographic spaces and zero-width characters come with text copied from web pages and
    office programs. keepalived takes them for part of the word they touch, so the word is unknown and
    nothing shows why.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id\u00a021
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK109"
    name: ClassVar[str] = "no-break-space"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
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
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for line in subject.lines:
            if line.code.isascii():
                continue
            wrong = [
                (offset, sign)
                for offset, sign in line.unquoted()
                if sign in BLANKS or (sign in NOTHING and (line.number, offset) != (1, 0))
            ]
            if not wrong:
                continue
            names = ", ".join(dict.fromkeys(f"U+{ord(sign):04X}" for _, sign in wrong))
            edits = tuple(
                Edit(line.span(offset, offset + 1), " " if sign in BLANKS else "") for offset, sign in wrong
            )
            yield self.finding(
                f"{names} looks like a blank and is part of the word beside it",
                line.span(wrong[0][0], wrong[0][0] + 1),
                hint="type ordinary blanks",
                fix=Fix("Write ordinary blanks", edits, safe=False),
            )
