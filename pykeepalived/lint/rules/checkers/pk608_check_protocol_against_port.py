"""PK608 check-protocol-against-port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.http_get import HttpGet
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, head_span, named_check
from pykeepalived.lint.subject import Subject

UNUSUAL = {("HTTP_GET", 443): "SSL_GET", ("SSL_GET", 80): "HTTP_GET"}


class CheckProtocolAgainstPort(Rule):
    """HTTP_GET asks port 443, or SSL_GET asks port 80.

    A TLS server answers plain HTTP with an error or nothing, and a plain one does not know TLS: the check
    fails for ever, or reports the error page. When the port really speaks the other protocol, silence this
    with a reason.

    Bad:
        virtual_server 192.0.2.1 443 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 443 {
                HTTP_GET {
                    url {
                        path /
                        status_code 200
                    }
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 443 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 443 {
                SSL_GET {
                    url {
                        path /
                        status_code 200
                    }
                }
            }
        }
    """

    code: ClassVar[str] = "PK608"
    name: ClassVar[str] = "check-protocol-against-port"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server, checker in checks(subject.config):
            if not isinstance(checker, HttpGet):
                continue
            name = checker.schema.name
            better = UNUSUAL.get((name, checker.connect_port or 0))
            if better is None:
                continue
            span = head_span(checker)
            yield self.finding(
                f"{named_check(service, server, checker)} asks port {checker.connect_port}",
                checker.span_of("connect_port") or span,
                hint=f"port {checker.connect_port} usually wants {better}",
                fix=Fix(f"Use {better}", (Edit(span, better),), safe=False) if span else None,
            )
