"""PK002 word-newer-than-target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import known_statements
from pykeepalived.lint.rules.style._versions import NEW
from pykeepalived.lint.subject import Subject


class WordNewerThanTarget(Rule):
    """A word is newer than the keepalived version that the file is for.

    With --target, or target in the settings, words are checked that the named version series does not know:
    it would report an unknown keyword and ignore the line. Without a target the newest version is assumed.

    Bad:
        global_defs {
            json_dump_file /run/keepalived.json
        }
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK002"
    name: ClassVar[str] = "word-newer-than-target"
    severity: ClassVar[Severity] = Severity.ERROR
    sample_target: ClassVar[tuple[int, int]] = (2, 2)

    def check(self, subject: Subject) -> Iterator[Finding]:
        later = {
            word: version for version, words in NEW.items() if version > subject.target for word in words
        }
        if not later:
            return
        for placed, _ in known_statements(subject):
            word = placed.statement.keyword
            if word not in later:
                continue
            target, since = (f"{major}.{minor}" for major, minor in (subject.target, later[word]))
            yield self.finding(
                f"{word} is not known to keepalived {target}; it came with the {since} series",
                placed.statement.span(),
                consequence="that version reports an unknown keyword and ignores the line",
                hint="remove it, or raise the target",
            )
