"""PK614 path-without-slash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, label
from pykeepalived.lint.subject import Subject


class PathWithoutSlash(Rule):
    """The path of a url does not begin with a slash.

    It goes into the request as it is, and `GET index.html HTTP/1.0` is not a valid request: most servers
    answer 400.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                HTTP_GET {
                    url {
                        path index.html
                        status_code 200
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
                        path /index.html
                        status_code 200
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK614"
    name: ClassVar[str] = "path-without-slash"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, _, checker in checks(subject.config):
            for url in checker.urls if isinstance(checker, HttpGet) else ():
                if url.path is None or url.path.startswith(("/", "http://", "https://", "*")):
                    continue
                span = url.span_of("path")
                yield self.finding(
                    f"path {url.path} of {label(service)} does not begin with /",
                    span,
                    consequence="most servers refuse the request",
                    hint=f"write /{url.path}",
                    fix=Fix("Begin with /", (Edit(span, f"/{url.path}"),), safe=False) if span else None,
                )
