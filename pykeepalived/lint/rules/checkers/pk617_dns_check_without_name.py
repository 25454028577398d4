"""PK617 dns-check-without-name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.dns_check import DnsCheck
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, head_span, named_check
from pykeepalived.lint.subject import Subject


class DnsCheckWithoutName(Rule):
    """A DNS_CHECK does not say what to ask for.

    It then asks for the root: servers that answer for their own zones only refuse that, and the check
    fails. Ask for a name that the server has.

    Bad:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                DNS_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                DNS_CHECK {
                    type A
                    name www.example.com
                }
            }
        }
    """

    code: ClassVar[str] = "PK617"
    name: ClassVar[str] = "dns-check-without-name"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server, checker in checks(subject.config):
            if isinstance(checker, DnsCheck) and not checker.name:
                yield self.finding(
                    f"{named_check(service, server, checker)} has no name",
                    head_span(checker),
                    consequence="it asks for the root, which not every server answers for",
                    hint="write the name of a record that the server has",
                )
