"""PK603 http-check-without-verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, label
from pykeepalived.lint.subject import Subject


class HttpCheckWithoutVerdict(Rule):
    """A url has neither status_code nor digest nor regex.

    Any status from 200 to 299 is good then, whatever the page says; a redirection to a login page counts as
    failure. Write the code that is expected.

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
                        status_code 200
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK603"
    name: ClassVar[str] = "http-check-without-verdict"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        seen: set[tuple[int, str | None]] = set()
        for service, _, checker in checks(subject.config):
            if not isinstance(checker, HttpGet):
                continue
            for url in checker.urls:
                if url.status_code or url.digest or url.regex or (id(service), url.path) in seen:
                    continue
                seen.add((id(service), url.path))
                yield self.finding(
                    f"url {url.path} of {label(service)} has neither status_code nor digest nor regex",
                    url.span_of("path"),
                    consequence="any status from 200 to 299 is good",
                    hint="write status_code 200, or what the page answers",
                )
