"""PK602 check-of-another-port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.tcp_check import TcpCheck
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import named_check, servers
from pykeepalived.lint.subject import Subject


class CheckOfAnotherPort(Rule):
    """The only checks of a server ask another port than the one its clients use.

    The server stays in the pool when the port that matters is closed and the other is open. Leave
    connect_port out, or add a check of the port itself. One finding stands for a service.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                    connect_port 22
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
        }
    Good:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                    connect_port 8000
                }
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK602"
    name: ClassVar[str] = "check-of-another-port"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        done: set[int] = set()
        for service, server in servers(subject.config):
            if not server.port or not server.checkers or id(service) in done:
                continue
            asking = [checker for checker in server.checkers if isinstance(checker, TcpCheck)]
            if len(asking) != len(server.checkers) or any(c.connect_port == server.port for c in asking):
                continue
            done.add(id(service))
            yield self.finding(
                f"{named_check(service, server, asking[0])} asks port {asking[0].connect_port}, "
                f"and clients are sent to port {server.port}",
                asking[0].span_of("connect_port"),
                consequence=f"the server stays in the pool when port {server.port} is closed",
                hint="remove connect_port, or add a check of the port of the server",
            )
