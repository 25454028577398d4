"""PK626 regex-option-without-regex."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, label
from pykeepalived.lint.subject import Subject


class RegexOptionWithoutRegex(Rule):
    """A url has options for a regular expression, and no regular expression.

    regex_no_match, regex_options, the offsets and the stack say how to search; without regex nothing is
    searched.

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
                        status_code 200
                        regex_no_match
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
                        regex "ERROR"
                        regex_no_match
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK626"
    name: ClassVar[str] = "regex-option-without-regex"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, _, checker in checks(subject.config):
            for url in checker.urls if isinstance(checker, HttpGet) else ():
                if url.regex is not None or url.is_set("regex"):
                    continue
                option = next((name for name in url.where if name.startswith("regex_")), None)
                if option is not None:
                    yield self.finding(
                        f"url {url.path} of {label(service)} has {option} and no regex",
                        url.span_of(option, 0),
                        consequence="it does nothing",
                        hint="add regex",
                    )
