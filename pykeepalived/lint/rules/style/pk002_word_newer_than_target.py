"""PK002 word-newer-than-target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import known_statements
from pykeepalived.lint.rules.style._versions import NEW, NEW_BEHIND
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Statement


class WordNewerThanTarget(Rule):
    """A word is newer than the keepalived version that the file is for.

    With --target, or target in the settings, words are checked that the named version series does not know,
    keywords as well as words on the lines of addresses, routes and peers: it would report an unknown keyword
    and ignore the line. Without a target the newest version is assumed.

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
        behind = {
            keyword: (version, words)
            for version, keywords in NEW_BEHIND.items()
            if version > subject.target
            for keyword, words in keywords.items()
        }
        if not later:
            return
        for placed, _ in known_statements(subject):
            statement = placed.statement
            if statement.keyword in later:
                yield self._too_new(subject, statement, 0, later[statement.keyword], "ignores the line")
        for placed in subject.statements:
            keyword, first = (placed.statement.keyword, 1)
            if keyword not in behind and placed.parents:
                keyword, first = placed.parents[-1].head.keyword, 0
            version, words = behind.get(keyword, ((0, 0), frozenset()))
            for index, word in enumerate(placed.statement.words[first:], first):
                if word in words:
                    yield self._too_new(subject, placed.statement, index, version, "ignores the word or line")

    def _too_new(
        self, subject: Subject, statement: Statement, index: int, since: tuple[int, int], does: str
    ) -> Finding:
        target, series = (f"{major}.{minor}" for major, minor in (subject.target, since))
        kind = "keyword" if index == 0 else "word"
        return self.finding(
            f"{statement.words[index]} is not known to keepalived {target}; it came with the {series} series",
            statement.span(index),
            consequence=f"that version reports an unknown {kind} and {does}",
            hint="remove it, or raise the target",
        )
