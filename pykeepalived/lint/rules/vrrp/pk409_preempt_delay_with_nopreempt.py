"""PK409 preempt-delay-with-nopreempt."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, fix_of, removal, statement_at
from pykeepalived.lint.subject import Subject


class PreemptDelayWithNopreempt(VrrpDiagnosticRule):
    """preempt_delay stands beside nopreempt.

    A router that never preempts has nothing to delay: keepalived ignores preempt_delay. Decide which of the
    two is meant.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state BACKUP
            priority 150
            nopreempt
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

    code: ClassVar[str] = "PK409"
    name: ClassVar[str] = "preempt-delay-with-nopreempt"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("preempt-delay",)
    advice: ClassVar[str] = "decide for one of the two"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and "nopreempt" in diagnostic.message

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        statement = statement_at(subject, diagnostic.span)
        return fix_of(
            "Remove preempt_delay, which keepalived ignores", removal(subject, statement), safe=True
        )
