"""PK529 sorry-server-port-translation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label, method
from pykeepalived.lint.subject import Subject


class SorryServerPortTranslation(Rule):
    """The sorry server has another port than its service, and its forwarding method cannot translate ports.

    With DR and TUN a packet keeps the port that the client asked, so the sorry server must listen there.
    Give it the same port, or let it be reached with `sorry_server_lvs_method NAT`.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            sorry_server 198.51.100.9 8080
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            sorry_server 198.51.100.9 80
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind DR
            protocol TCP
            sorry_server 198.51.100.9 8080
            sorry_server_lvs_method NAT
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK529"
    name: ClassVar[str] = "sorry-server-port-translation"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            sorry = service.sorry_server
            how = method(service.sorry_server_lvs_method or service.lb_kind)
            if sorry is None or how == "NAT" or not service.port or not sorry.port:
                continue
            if sorry.port != service.port:
                yield self.finding(
                    f"sorry_server {sorry.address} has port {sorry.port}, and {how} cannot translate port "
                    f"{service.port} of {label(service)}",
                    service.span_of("sorry_server", 2),
                    consequence=f"packets reach it on port {service.port}",
                    hint=f"let it listen on port {service.port}, or write sorry_server_lvs_method NAT",
                )
