"""PK408 nopreempt-with-master."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Edit, Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, instance_named
from pykeepalived.lint.subject import Subject


class NopreemptWithMaster(VrrpDiagnosticRule):
    """nopreempt is set for a router that always claims the addresses.

    With state MASTER or priority 255 a router takes over as soon as it starts; that is what nopreempt is to
    prevent, and keepalived ignores it. Give every router of the group state BACKUP.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state MASTER
            priority 150
            nopreempt
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
            nopreempt
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK408"
    name: ClassVar[str] = "nopreempt-with-master"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("nopreempt-master", "nopreempt-owner")
    advice: ClassVar[str] = "write state BACKUP on all routers, and a priority below 255"

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        instance = instance_named(subject, diagnostic.subject)
        span = instance.span_of("state") if instance is not None else None
        if span is None or diagnostic.code != "nopreempt-master":
            return None
        return Fix("Start as BACKUP", (Edit(span, "BACKUP"),), safe=False)
