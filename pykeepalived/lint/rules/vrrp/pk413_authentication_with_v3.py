"""PK413 authentication-with-v3."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, fix_of, removal, statement_at
from pykeepalived.lint.subject import Subject


class AuthenticationWithV3(VrrpDiagnosticRule):
    """An instance of VRRP version 3 or in strict mode has an authentication block.

    Authentication was taken out of the protocol (RFC 3768, RFC 9568 section 9): keepalived ignores the
    block and sends adverts without. IPv6 always uses version 3. Who believes to be protected is not;
    auth_hmac is the extension that does protect version 3.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            authentication {
                auth_type PASS
                auth_pass k8Uz
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK413"
    name: ClassVar[str] = "authentication-with-v3"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("authentication",)
    advice: ClassVar[str] = "remove the block; auth_hmac protects version 3"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and "does not support" in diagnostic.message

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        statement = statement_at(subject, diagnostic.span)
        return fix_of(
            "Remove the authentication block, which keepalived ignores",
            removal(subject, statement),
            safe=True,
        )
