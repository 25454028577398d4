"""PK426 preempt-delay-with-master."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Edit, Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, instance_named
from pykeepalived.lint.subject import Subject


class PreemptDelayWithMaster(VrrpDiagnosticRule):
    """preempt_delay is set for a router with state MASTER, or in strict mode.

    The delay is for a router that comes back as BACKUP; with state MASTER it claims the addresses at once
    when it starts, and keepalived ignores the delay. RFC 9568 knows no such delay, so strict mode has none
    either.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state MASTER
            priority 150
            preempt_delay 300
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state BACKUP
            priority 150
            preempt_delay 300
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK426"
    name: ClassVar[str] = "preempt-delay-with-master"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("preempt-delay",)
    advice: ClassVar[str] = "write state BACKUP, or remove preempt_delay"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and "with nopreempt" not in diagnostic.message

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        instance = instance_named(subject, diagnostic.subject)
        span = instance.span_of("state") if instance is not None else None
        if span is None or "state BACKUP" not in diagnostic.message:
            return None
        return Fix("Start as BACKUP", (Edit(span, "BACKUP"),), safe=False)
