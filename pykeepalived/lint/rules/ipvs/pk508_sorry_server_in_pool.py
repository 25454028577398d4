"""PK508 sorry-server-in-pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label
from pykeepalived.lint.subject import Subject


class SorryServerInPool(Rule):
    """The sorry server is one of the real servers.

    The sorry server takes over when the pool has failed; a member of the pool has failed with it.
    keepalived also cannot tell the two apart in the kernel's table, so the server may be missing after
    recovery (keepalived pull request 1370), and releases up to 2.3.3 could crash on it (issue 2601).

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            sorry_server 198.51.100.1 80
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
    """

    code: ClassVar[str] = "PK508"
    name: ClassVar[str] = "sorry-server-in-pool"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            sorry = service.sorry_server
            if sorry is None:
                continue
            port = sorry.port or service.port
            for server in service.real_servers:
                if server.address == sorry.address and (server.port or service.port) == port:
                    place = head_span(server, 1)
                    yield self.finding(
                        f"sorry_server {sorry.address} of {label(service)} is one of its real servers",
                        service.span_of("sorry_server"),
                        consequence="when the pool has failed, so has the sorry server",
                        hint="name a server outside the pool, or remove sorry_server",
                        related=(Related(place, "the real server"),) if place is not None else (),
                    )
                    break
