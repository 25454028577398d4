"""PK625 udp-check-for-tcp."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.udp_check import UdpCheck
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import checks, head_span, label
from pykeepalived.lint.subject import Subject


class UdpCheckForTcp(Rule):
    """A TCP service is checked by a UDP packet to the same port.

    Where nothing listens on UDP the server answers "port unreachable", and the check fails though the
    service is well.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                UDP_CHECK {
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
    """

    code: ClassVar[str] = "PK625"
    name: ClassVar[str] = "udp-check-for-tcp"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server, checker in checks(subject.config):
            if service.protocol != "TCP" or not isinstance(checker, UdpCheck):
                continue
            if checker.connect_port == server.port and checker.connect_ip == server.address:
                yield self.finding(
                    f"real server {server.address} of the TCP service {label(service)} is checked by UDP",
                    head_span(checker),
                    consequence="the check fails where nothing listens on the UDP port of that number",
                    hint="use TCP_CHECK",
                )
