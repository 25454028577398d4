"""PK530 quorum-without-consequence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label
from pykeepalived.lint.subject import Subject


class QuorumWithoutConsequence(Rule):
    """A quorum is set, and nothing happens when it is lost.

    Losing the quorum brings in the sorry server, runs quorum_down, and sends a mail. Without any of these
    the real servers that are left go on as before, and the quorum is only a line in the log.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            quorum 2
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
            real_server 198.51.100.2 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            quorum 2
            sorry_server 198.51.100.9 80
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

    code: ClassVar[str] = "PK530"
    name: ClassVar[str] = "quorum-without-consequence"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        defs = subject.config.global_defs
        if defs.lvs_notify_fifo is not None or defs.notify_fifo is not None:
            return
        for service in subject.config.virtual_servers:
            if service.quorum < 2 or not service.is_set("quorum"):
                continue
            if service.sorry_server or service.quorum_down or service.quorum_up or service.smtp_alert:
                continue
            yield self.finding(
                f"{label(service)} has quorum {service.quorum}, and nothing depends on it",
                service.span_of("quorum"),
                consequence="a lost quorum is only logged; the servers that are left keep working",
                hint="add sorry_server, quorum_down or smtp_alert, or remove quorum",
            )
