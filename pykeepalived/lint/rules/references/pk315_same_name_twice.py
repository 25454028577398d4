"""PK315 same-name-twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Statement

NAMED = frozenset({"vrrp_script", "track_file", "vrrp_track_process", "bfd_instance", "virtual_server_group"})


class SameNameTwice(Rule):
    """Two trackers or groups of one kind have the same name.

    keepalived accepts both and a reference means the first one; the second is never used by name.

    Bad:
        vrrp_script check {
            script /usr/libexec/check_web
        }
        vrrp_script check {
            script /usr/libexec/check_db
        }
    Good:
        vrrp_script check_web {
            script /usr/libexec/check_web
        }
        vrrp_script check_db {
            script /usr/libexec/check_db
        }
    """

    code: ClassVar[str] = "PK315"
    name: ClassVar[str] = "same-name-twice"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        first: dict[tuple[str, str], Statement] = {}
        reported = {d.span for d in subject.diagnostics if d.code == "duplicate-name"}
        for placed in subject.statements:
            statement = placed.statement
            if placed.parents or placed.block is None or len(statement.words) < 2:
                continue
            if statement.keyword not in NAMED:
                continue
            earlier = first.setdefault((statement.keyword, statement.words[1]), statement)
            if earlier is not statement and statement.span(1) not in reported:
                yield self.finding(
                    f"{statement.keyword} {statement.words[1]} is defined already in line {earlier.line}",
                    statement.span(1),
                    hint="give it a name of its own",
                    consequence="references mean the first one",
                    related=(Related(earlier.span(1), "the first one"),),
                )
