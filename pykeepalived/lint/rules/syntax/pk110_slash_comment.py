"""PK110 slash-comment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Keyword
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import is_command, keyword_of, replace_at
from pykeepalived.lint.subject import Subject
from pykeepalived.syntax.nodes import Statement

_MARKS = ("//", "/*", "--", "*/")


def _is_mark(index: int, word: str, statement: Statement, keyword: Keyword | None) -> bool:
    """Whether a word begins a comment; a path may well begin with two slashes."""
    if index == 0:
        return word.startswith(_MARKS)
    if not word.startswith("//") or '"' in statement.text:
        return False
    if index == 1 and keyword is not None:
        return not is_command(keyword) and (
            keyword.kind is None or keyword.kind.words not in ("TEXT", "[TEXT]")
        )
    return True


class SlashComment(Rule):
    """A comment is written the way of another language.

    Only # and ! begin a comment. After // the words are read as part of the line, and a brace among them
    counts.

    Bad:
        vrrp_instance VI_1 {
            priority 100 // the better one
        }
    Good:
        vrrp_instance VI_1 {
            priority 100 # the better one
        }
    """

    code: ClassVar[str] = "PK110"
    name: ClassVar[str] = "slash-comment"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK107",
        "PK108",
        "PK112",
        "PK120",
        "PK202",
        "PK203",
        "PK204",
        "PK206",
        "PK208",
        "PK116",
    )

    def check(self, subject: Subject) -> Iterator[Finding]:
        raw = {(line.file, line.number): line.raw for line in subject.lines}
        for placed in subject.statements:
            statement = placed.statement
            for index, word in enumerate(statement.words):
                keyword = keyword_of(placed)
                if not _is_mark(index, word, statement, keyword):
                    continue
                span = statement.span(index)
                mark = word[:2]
                edit = replace_at(replace(span, end_column=span.column + len(mark)), "#")
                # As a value of its keyword the comment was an error; as further words it was ignored.
                safe = index > 1 or (index == 0 and placed.block is None)
                if keyword is not None and keyword.kind is None and index == 1:
                    safe = True
                # A brace or quote in the comment counts as long as it is none.
                safe = safe and not any(
                    sign in raw.get((statement.file, statement.line), "")[span.column - 1 :]
                    for sign in '{}"$'
                )
                yield self.finding(
                    f"'{mark}' does not begin a comment",
                    span,
                    hint="write # before the comment",
                    consequence=None if index == 0 else "its words are read as part of the line",
                    fix=Fix("Begin the comment with #", (edit,), safe=safe) if edit else None,
                )
                break
