"""PK112 fullwidth-punctuation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

WIDE = {"｛": "{", "｝": "}", "＃": "#", "！": "!", "；": ";", "＝": "=", "．": "."}
"""Wide form → plain form, of the signs that mean something to keepalived or stand in its values."""


class FullwidthPunctuation(Rule):
    """A brace, comment sign or other punctuation is written in its wide form.

    Input methods for Chinese and Japanese produce these; keepalived takes them for letters. A wide brace
    opens and closes nothing, and a wide # begins no comment.

    Bad:
        vrrp_instance VI_1 \uff5b
            virtual_router_id 21
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK112"
    name: ClassVar[str] = "fullwidth-punctuation"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK103",
        "PK107",
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
            wrong = [(offset, sign) for offset, sign in line.unquoted() if sign in WIDE]
            if not wrong:
                continue
            offset, sign = wrong[0]
            edits = tuple(Edit(line.span(at, at + 1), WIDE[wide]) for at, wide in wrong)
            yield self.finding(
                f"{sign} (U+{ord(sign):04X}) is a letter here, not {WIDE[sign]}",
                line.span(offset, offset + 1),
                hint=f"type {WIDE[sign]}",
                fix=Fix("Write plain punctuation", edits, safe=False),
            )
