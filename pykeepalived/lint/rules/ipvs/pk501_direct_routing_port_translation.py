"""PK501 direct-routing-port-translation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._services import head_span, servers
from pykeepalived.lint.subject import Subject


class DirectRoutingPortTranslation(DiagnosticRule):
    """Direct routing cannot translate ports, but a real server has another one than its service.

    With DR the packet reaches the server as the client sent it, port included. keepalived replaces the
    port; the checks then ask the port of the service, too. Let the server listen on the port of the
    service, or use NAT.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            real_server 198.51.100.1 8080 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
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
            real_server 198.51.100.1 8080 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK501"
    name: ClassVar[str] = "direct-routing-port-translation"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("direct-port",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        mine = [diagnostic for diagnostic in subject.diagnostics if self.accepts(diagnostic)]
        if not mine:
            return
        behind = {
            head_span(server, 2): server
            for service, server in servers(subject.config)
            if service.address is not None  # the ports of a group need not be one
        }
        for diagnostic in mine:
            finding = self.from_diagnostic(diagnostic)
            server = behind.get(diagnostic.span)
            if diagnostic.span is not None and server is not None and server.port is not None:
                edit = Edit(diagnostic.span, str(server.port))
                # A checker without a port of its own asks the written one: it would ask another then.
                asked = {getattr(checker, "connect_port", None) for checker in server.checkers}
                safe = asked <= {None, server.port}
                fix = Fix(f"Write the port that is used, {server.port}", (edit,), safe=safe)
                finding = replace(finding, fix=fix)
            yield finding
