"""PK541 thresholds-inverted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label, servers
from pykeepalived.lint.subject import Subject


class ThresholdsInverted(Rule):
    """lthreshold is above uthreshold.

    A server gets no new connections from uthreshold on, and gets them again below lthreshold. The kernel
    refuses a server whose lower threshold is the higher one; one without uthreshold counts as 0.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                uthreshold 100
                lthreshold 200
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
                uthreshold 200
                lthreshold 100
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK541"
    name: ClassVar[str] = "thresholds-inverted"
    severity: ClassVar[Severity] = Severity.ERROR

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server in servers(subject.config):
            if server.lthreshold > server.uthreshold:
                yield self.finding(
                    f"lthreshold {server.lthreshold} of real server {server.address} is above uthreshold "
                    f"{server.uthreshold}",
                    server.span_of("lthreshold"),
                    consequence=f"the kernel refuses the server: {label(service)} goes without it",
                    hint="uthreshold is where new connections stop, lthreshold where they start again",
                )
