"""PK407 duplicate-address."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, fix_of, removal, statement_at
from pykeepalived.lint.subject import Subject


class DuplicateAddress(VrrpDiagnosticRule):
    """An address stands twice in one instance.

    keepalived keeps the first line. Probably the second one was to be another address.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.11/24
            }
        }
    """

    code: ClassVar[str] = "PK407"
    name: ClassVar[str] = "duplicate-address"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("duplicate-address",)
    advice: ClassVar[str] = "remove the line, or correct the address"

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        statement = statement_at(subject, diagnostic.span)
        return fix_of("Remove the second line", removal(subject, statement), safe=True)
