"""PK532 omega-without-script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.virtual_server import VirtualServer
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label
from pykeepalived.lint.subject import Subject


def _runs_something(service: VirtualServer) -> bool:
    return service.quorum_down is not None or any(server.notify_down for server in service.real_servers)


class OmegaWithoutScript(Rule):
    """omega is set, and there is no script that it could run.

    omega only makes keepalived run quorum_down and notify_down when it stops. The service has none of them.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            omega
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
            omega
            quorum_down /usr/local/bin/gone
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK532"
    name: ClassVar[str] = "omega-without-script"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            if not service.omega or _runs_something(service):
                continue
            yield self.finding(
                f"omega of {label(service)} has neither quorum_down nor notify_down to run",
                service.span_of("omega", 0),
                consequence="it does nothing",
            )
