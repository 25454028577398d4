"""PK449 listed-twice."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, fix_of, removal, statement_at
from pykeepalived.lint.subject import Subject


class ListedTwice(VrrpDiagnosticRule):
    """A unicast peer or a tracked object is listed twice.

    keepalived keeps the first line; with trackers that is the first weight too. Probably the second was to
    be another one.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
                192.0.2.2
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
                192.0.2.3
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK449"
    name: ClassVar[str] = "listed-twice"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("duplicate-entry",)
    advice: ClassVar[str] = "remove the line, or correct it"

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        statement = statement_at(subject, diagnostic.span)
        return fix_of(
            "Remove the second line, which keepalived ignores", removal(subject, statement), safe=True
        )
