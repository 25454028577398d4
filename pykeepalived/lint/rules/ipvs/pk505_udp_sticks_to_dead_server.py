"""PK505 udp-sticks-to-dead-server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._service_sysctls import HINT, while_running
from pykeepalived.lint.rules._services import label
from pykeepalived.lint.subject import Subject

SYSCTL = "net.ipv4.vs.expire_nodest_conn"


class UdpSticksToDeadServer(Rule):
    """A UDP service says nothing about clients whose real server is gone.

    IPVS remembers for 300 s which server a client's UDP packets go to, and each packet starts the time
    anew. When a server fails its check, a client that keeps sending from one port loses every packet until
    it pauses. Set the sysctl net.ipv4.vs.expire_nodest_conn to 1, or shorten `lvs_timeouts udp`, or
    schedule each packet with `ops`. With --host the sysctl is asked.

    Bad:
        virtual_server 192.0.2.1 514 {
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 514 {
                PING_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 514 {
            lb_algo rr
            lb_kind NAT
            protocol UDP
            ops
            real_server 198.51.100.1 514 {
                PING_CHECK {
                }
            }
        }
    Good:
        global_defs {
            lvs_timeouts udp 10
        }
        virtual_server 192.0.2.1 514 {
            lb_algo rr
            lb_kind NAT
            protocol UDP
            real_server 198.51.100.1 514 {
                PING_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK505"
    name: ClassVar[str] = "udp-sticks-to-dead-server"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        timeouts = subject.config.global_defs.lvs_timeouts
        if timeouts is not None and timeouts.udp is not None:
            return
        setting = while_running(subject, SYSCTL)
        if setting not in (None, "0"):
            return
        found = [
            service
            for service in subject.config.virtual_servers
            if service.protocol == "UDP"
            and not service.ops
            and service.is_set("protocol")
            and any(server.checkers for server in service.real_servers)
        ]
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            yield self.finding(
                f"clients of the UDP service {label(found[0])}{more} keep to a failed server while they send",
                found[0].span_of("protocol"),
                hint=f"set the sysctl {SYSCTL}=1 ({HINT}), or lvs_timeouts udp, or use ops",
                severity=Severity.WARNING if setting == "0" else None,
            )
