"""PK503 real-server-is-virtual-address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label, servers, virtual_addresses
from pykeepalived.lint.subject import Subject


class RealServerIsVirtualAddress(Rule):
    """A real server has the address of a service or of a virtual router in this file.

    While the director is Master that address is its own: what is scheduled to this server stays on the
    director, and IPVS does not schedule it a second time. Name the address of the server itself.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 192.0.2.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK503"
    name: ClassVar[str] = "real-server-is-virtual-address"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        places = virtual_addresses(subject.config)
        for service in subject.config.virtual_servers:
            if service.address is not None:
                places.setdefault(service.address, head_span(service, 1))
        for service, server in servers(subject.config):
            if server.address not in places:
                continue
            span = places[server.address]
            what = (
                "its own service" if server.address == service.address else "a virtual address of this file"
            )
            yield self.finding(
                f"real server {server.address} of {label(service)} is {what}",
                head_span(server, 1),
                consequence="its share of the connections is delivered on the director itself",
                hint="name the address of the server itself",
                related=(Related(span, "the virtual address"),) if span is not None else (),
            )
