"""PK528 check-without-port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.tcp_check import TcpCheck
from pykeepalived.config.blocks.udp_check import UdpCheck
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, head_span, label
from pykeepalived.lint.subject import Subject

ASKING = (TcpCheck, UdpCheck)


class CheckWithoutPort(Rule):
    """A check has no port to connect to.

    A check asks the port of its real server, which may come from the service. Services for all ports and
    services by firewall mark have none. Give the real server a port, or the check a connect_port.

    Bad:
        virtual_server fwmark 7 {
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server fwmark 7 {
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 {
                TCP_CHECK {
                    connect_port 80
                }
            }
        }
    """

    code: ClassVar[str] = "PK528"
    name: ClassVar[str] = "check-without-port"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server, checker in checks(subject.config):
            if service.group is None and isinstance(checker, ASKING) and not checker.connect_port:
                yield self.finding(
                    f"{checker.schema.name} of real server {server.address} in {label(service)} has no port",
                    head_span(checker),
                    hint="write connect_port",
                )
