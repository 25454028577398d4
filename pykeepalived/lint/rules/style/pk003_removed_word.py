"""PK003 removed-word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import keyword_of, replace_word, schema_at
from pykeepalived.lint.rules.style._versions import REMOVED
from pykeepalived.lint.subject import Subject

_WRITE = re.compile(r"write (\w+)")


class RemovedWord(Rule):
    """A word was dropped from keepalived, or is only in its manual.

    Old guides still have these words. keepalived reports an unknown keyword and ignores the line.

    Bad:
        global_defs {
            lvs_id lb1
        }
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK003"
    name: ClassVar[str] = "removed-word"
    severity: ClassVar[Severity] = Severity.ERROR
    replaces: ClassVar[tuple[str, ...]] = (
        "PK107",
        "PK108",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        for placed in subject.statements:
            word = placed.statement.keyword
            if word not in REMOVED or keyword_of(placed) is not None or schema_at(placed.path) is None:
                continue
            instead = _WRITE.fullmatch(REMOVED[word])
            edit = replace_word(placed.statement, 0, instead[1]) if instead else None
            yield self.finding(
                f"{word} is not a keyword of keepalived any more",
                placed.statement.span(),
                hint=REMOVED[word],
                fix=Fix(f"Write {instead[1]}", (edit,), safe=False) if instead and edit else None,
            )
