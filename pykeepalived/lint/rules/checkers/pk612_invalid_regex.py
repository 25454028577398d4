"""PK612 invalid-regex."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks
from pykeepalived.lint.subject import Subject

SURE = (
    "missing ), unterminated subpattern",
    "unbalanced parenthesis",
    "unterminated character set",
    "nothing to repeat",
)
"""What Python calls a mistake and PCRE2 does, too; the two languages differ in much else."""

OTHER = ("\\Q", "(*", "(?R", "(?|", "(?#", "[[:", "[]", "[^]")
"""Marks of syntax that Python reads differently: such patterns are not judged."""


def _problem(pattern: str, options: tuple[str, ...]) -> str | None:
    if any(mark in pattern for mark in OTHER) or "extended" in options:
        return None
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        text = str(error)
        return text.partition(" at position")[0] if text.startswith(SURE) else None
    return None


class InvalidRegex(Rule):
    """A regular expression cannot be compiled.

    keepalived only writes this to its log; `keepalived -t` accepts the file. The page is then not searched.
    Quote a pattern, and remember that keepalived takes one level of backslashes away.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    url {
                        path /
                        regex "(OK"
                    }
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    url {
                        path /
                        regex "(OK)"
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK612"
    name: ClassVar[str] = "invalid-regex"
    severity: ClassVar[Severity] = Severity.ERROR

    def check(self, subject: Subject) -> Iterator[Finding]:
        seen: set[tuple[str, Span | None]] = set()
        for _, _, checker in checks(subject.config):
            for url in checker.urls if isinstance(checker, HttpGet) else ():
                if url.regex is None or (key := (url.regex, url.span_of("regex"))) in seen:
                    continue
                seen.add(key)
                problem = _problem(url.regex, url.regex_options or ())
                if problem:
                    yield self.finding(
                        f"the pattern '{url.regex}' cannot be compiled: {problem}",
                        url.span_of("regex"),
                        consequence="keepalived logs it and does not search the page",
                    )
