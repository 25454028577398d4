"""PK545 source-nat-without-nat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label, method
from pykeepalived.lint.subject import Subject


class SourceNatWithoutNat(Rule):
    """Full NAT is asked for, and no server is forwarded to by NAT.

    With DR and TUN the packet reaches the server as the client sent it, and the answer does not come back
    through the director: there is nothing to translate.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            # pykeepalived: source_nat masquerade
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            # pykeepalived: source_nat masquerade
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK545"
    name: ClassVar[str] = "source-nat-without-nat"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            if service.source_nat is None or not service.real_servers:
                continue
            ways = [method(server.lvs_method or service.lb_kind) for server in service.real_servers]
            if service.sorry_server is not None:
                ways.append(method(service.sorry_server_lvs_method or service.lb_kind))
            if "NAT" not in ways:
                yield self.finding(
                    f"source_nat of {label(service)} does nothing: no server is forwarded to by NAT",
                    service.span_of("source_nat"),
                    consequence="the servers see the client's address",
                    hint="write lb_kind NAT, or take source_nat out",
                )
