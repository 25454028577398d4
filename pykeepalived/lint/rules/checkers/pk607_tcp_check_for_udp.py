"""PK607 tcp-check-for-udp."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.tcp_check import TcpCheck
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label, servers
from pykeepalived.lint.subject import Subject


class TcpCheckForUdp(Rule):
    """A UDP service is checked by a TCP connection to the same port.

    That tells nothing about the UDP side: a server whose UDP socket is gone stays in the pool, one that has
    no TCP socket never gets in. UDP_CHECK, DNS_CHECK or a script ask the right question.

    Bad:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                DNS_CHECK {
                    name example.com
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 53 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 53 {
                TCP_CHECK {
                    connect_port 8080
                }
            }
        }
    """

    code: ClassVar[str] = "PK607"
    name: ClassVar[str] = "tcp-check-for-udp"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server in servers(subject.config):
            if service.protocol != "UDP" or not service.is_set("protocol") or not server.checkers:
                continue
            first = server.checkers[0]
            if all(isinstance(c, TcpCheck) and c.connect_port == server.port for c in server.checkers):
                yield self.finding(
                    f"real server {server.address} of the UDP service {label(service)} has TCP checks only",
                    head_span(first),
                    consequence="nothing is learned about its UDP port",
                    hint="use UDP_CHECK, DNS_CHECK or MISC_CHECK",
                )
