"""PK119 comment-cuts-value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.schema import Keyword, Shape
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._language import is_command, keyword_of
from pykeepalived.lint.subject import Subject


def _holds_text(keyword: Keyword) -> bool:
    """Whether a value could well hold such a sign: passwords, paths, commands, texts."""
    if is_command(keyword):
        return True
    return keyword.kind is not None and keyword.kind.words in ("TEXT", "[TEXT]", "DIR")


class CommentCutsValue(Rule):
    """A # or ! inside a value begins a comment.

    A comment may begin anywhere outside quotes, also in the middle of a word. A password or path with # or
    ! in it is cut there without a message.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 21
            authentication {
                auth_type PASS
                auth_pass wo!rd
            }
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
            authentication {
                auth_type PASS
                auth_pass "wo!rd"
            }
        }
    """

    code: ClassVar[str] = "PK119"
    name: ClassVar[str] = "comment-cuts-value"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = ("PK125",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        comments = {
            (line.file, line.number): line
            for line in subject.lines
            if line.comment_at and not line.raw[: line.comment_at].isspace()
        }
        for placed in subject.statements:
            statement = placed.statement
            line = comments.get((statement.file, statement.line))
            if line is None or line.comment_at is None or statement.via is not None:
                continue
            keyword = keyword_of(placed)
            if keyword is None or keyword.shape is not Shape.LINE or not _holds_text(keyword):
                continue
            at = line.comment_at
            rest = line.raw[at + 1 :]
            if not rest or rest[0] in " \t#!":
                continue
            inside = line.raw[at - 1] not in ' \t{}"'
            instead = len(statement.words) == 1 and not inside
            if not inside and not instead:
                continue
            word = rest.split()[0]
            yield self.finding(
                f"'{line.raw[at]}' begins a comment, so '{line.raw[at]}{word}' is not part of the value",
                line.span(at, at + 1 + len(word)),
                hint="put the value between double quotes",
            )
