"""PK540 nat-to-loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label, method, servers
from pykeepalived.lint.subject import Subject


class NatToLoopback(Rule):
    """A server behind NAT has a loopback address.

    The kernel refuses to translate a packet from outside to 127.0.0.0/8 or ::1 and drops it, so clients get
    no answer. For a service on the director itself name one of its other addresses, or use DR and the port
    of the service.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            sorry_server 127.0.0.1 80
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
            sorry_server 127.0.0.1 80
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK540"
    name: ClassVar[str] = "nat-to-loopback"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            sorry = service.sorry_server
            how = method(service.sorry_server_lvs_method or service.lb_kind)
            if sorry is not None and sorry.address.is_loopback and how == "NAT":
                place = service.span_of("sorry_server")
                yield self._about(f"sorry_server {sorry.address} of {label(service)}", place)
        for service, server in servers(subject.config):
            if server.address.is_loopback and method(server.lvs_method) == "NAT":
                yield self._about(f"real server {server.address} of {label(service)}", head_span(server, 1))

    def _about(self, what: str, place: Span | None) -> Finding:
        return self.finding(
            f"{what} is a loopback address behind NAT",
            place,
            consequence="the kernel drops what comes from other machines",
            hint="name another address of the director",
        )
