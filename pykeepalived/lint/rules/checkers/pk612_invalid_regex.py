"""PK612 invalid-regex."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._patterns import mistake, patterns
from pykeepalived.lint.subject import Subject


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
        for pattern, options, place in patterns(subject.config):
            if (pattern, place) in seen:
                continue
            seen.add((pattern, place))
            if problem := mistake(pattern, options):
                yield self.finding(
                    f"the pattern '{pattern}' cannot be compiled: {problem}",
                    place,
                    consequence="keepalived logs it and does not search the page",
                )
