"""PK629 regex-for-pcre-only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.health.pattern import compile_pattern
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._patterns import mistake, patterns
from pykeepalived.lint.subject import Subject

SAME_OPTIONS = frozenset({"caseless", "multiline", "dotall", "extended"})
"""Options that Python's engine has, too."""
HARMLESS = frozenset(
    {
        "auto_callout", "no_auto_possess", "no_dotstar_anchor", "no_start_optimize", "never_utf", "never_ucp",
        "never_backslash_c", "use_offset_limit",
    }
)  # fmt: skip
"""Options that change nothing about what is found."""
READ_DIFFERENTLY = {
    "[[:": "a POSIX class such as [[:digit:]]",
    "\\Q": "\\Q…\\E",
    "\\K": "\\K",
    "\\h": "\\h",
    "\\R": "\\R",
    "(?R": "recursion",
    "(*": "a verb such as (*UTF)",
}
"""What Python reads without complaint, or with one that says little, and as something else."""


def _trouble(pattern: str, options: tuple[str, ...]) -> str | None:
    for mark, what in READ_DIFFERENTLY.items():
        if mark in pattern:
            return what
    try:
        compile_pattern(pattern, options)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error).partition(" at position")[0]
    other = [option for option in options if option not in SAME_OPTIONS | HARMLESS]
    return f"the option {other[0]}" if other else None


class RegexForPcreOnly(Rule):
    """A regular expression says something that only PCRE2 understands.

    keepalived searches pages with PCRE2, pykeepalived with Python's engine. What that does not take is not
    searched for, and some signs mean something else. Say it in words that both know: `[0-9]` for
    `[[:digit:]]`, `[ \\t]` for `\\h`, backslashes for `\\Q…\\E`.

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
                        regex "load: [[:digit:]]+"
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
                        regex "load: [0-9]+"
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK629"
    name: ClassVar[str] = "regex-for-pcre-only"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        seen: set[Span | None] = set()
        for pattern, options, place in patterns(subject.config):
            if place in seen:
                continue
            seen.add(place)
            trouble = None if mistake(pattern, options) else _trouble(pattern, options)
            if trouble:
                yield self.finding(
                    f"the pattern '{pattern}' is for PCRE2 only: {trouble}",
                    place,
                    consequence="pykeepalived does not search the page as keepalived would",
                    hint="write it with what PCRE2 and Python's re both know",
                )
