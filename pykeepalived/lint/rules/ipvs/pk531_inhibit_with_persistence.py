"""PK531 inhibit-with-persistence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._service_sysctls import HINT, while_running
from pykeepalived.lint.rules._services import label
from pykeepalived.lint.subject import Subject

SYSCTL = "net.ipv4.vs.expire_quiescent_template"


class InhibitWithPersistence(Rule):
    """A failed server only gets weight 0, and clients are persistent.

    With inhibit_on_failure a failed server stays in the table. A client with a persistence template is
    still sent to it, until the template expires, unless the sysctl net.ipv4.vs.expire_quiescent_template is
    1. With --host the sysctl is asked.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            persistence_timeout 300
            inhibit_on_failure
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
            persistence_timeout 300
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
            inhibit_on_failure
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK531"
    name: ClassVar[str] = "inhibit-with-persistence"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        setting = while_running(subject, SYSCTL)
        if setting not in (None, "0"):
            return
        for service in subject.config.virtual_servers:
            if not service.persistence_timeout:
                continue
            inhibited = [server for server in service.real_servers if server.inhibit_on_failure]
            if inhibited:
                block = service if service.is_set("inhibit_on_failure") else inhibited[0]
                yield self.finding(
                    f"persistent clients of {label(service)} stay with a failed server for up to "
                    f"{service.persistence_timeout} s",
                    block.span_of("inhibit_on_failure", 0),
                    hint=f"set the sysctl {SYSCTL}=1, {HINT}",
                    severity=Severity.WARNING if setting == "0" else None,
                )
