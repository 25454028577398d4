"""PK414 auth-pass-too-long."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.config.kinds.base import quote
from pykeepalived.lint.finding import Edit, Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, statement_at
from pykeepalived.lint.subject import Subject


class AuthPassTooLong(VrrpDiagnosticRule):
    """auth_pass has more than 8 characters.

    The field of the packet has 8 octets, so keepalived uses the first 8. A password of which half is
    silently cut off looks stronger than it is, and two different ones can be the same.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            authentication {
                auth_type PASS
                auth_pass correcthorse
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            authentication {
                auth_type PASS
                auth_pass correcth
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK414"
    name: ClassVar[str] = "auth-pass-too-long"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("text-length", "text-cut")
    advice: ClassVar[str] = "use 8 characters at most, the same on all routers"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and diagnostic.message.startswith("auth_pass")

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        statement = statement_at(subject, diagnostic.span)
        if statement is None or diagnostic.span is None:
            return None
        return Fix(
            "Write the 8 characters that are used",
            (Edit(diagnostic.span, quote(statement.words[1][:8])),),
            safe=True,
        )
