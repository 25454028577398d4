"""PK611 check-of-another-server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label
from pykeepalived.lint.subject import Subject


class CheckOfAnotherServer(Rule):
    """A check asks the address of another real server, or of the service itself.

    The first is usually left from a copied block: a server then goes down with its neighbour. The second
    asks the director: the answer comes from whichever server it chooses, or from nobody on the Backup.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                    connect_ip 198.51.100.2
                }
            }
            real_server 198.51.100.2 80 {
                TCP_CHECK {
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
                TCP_CHECK {
                }
            }
            real_server 198.51.100.2 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK611"
    name: ClassVar[str] = "check-of-another-server"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            pool = {server.address for server in service.real_servers}
            for server in service.real_servers:
                for checker in server.checkers:
                    if not isinstance(checker, Connecting) or checker.connect_ip in (None, server.address):
                        continue
                    if checker.connect_ip in pool:
                        whose = f"another real server of {label(service)}"
                    elif checker.connect_ip == service.address:
                        whose = "the virtual address"
                    else:
                        continue
                    yield self.finding(
                        f"{checker.schema.name} of real server {server.address} asks {whose}, "
                        f"{checker.connect_ip}",
                        checker.span_of("connect_ip"),
                        consequence="the state of the server does not depend on the server",
                        hint="remove connect_ip",
                    )
