"""PK442 unusable-authentication."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class UnusableAuthentication(VrrpDiagnosticRule):
    """An authentication block cannot be used as it is.

    AH is only for IPv4 and for routers that start as BACKUP (its sequence numbers begin anew), and each
    type needs auth_pass. Otherwise keepalived ignores the block, or starts as BACKUP.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            authentication {
                auth_type PASS
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
                auth_pass k8Uz
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK442"
    name: ClassVar[str] = "unusable-authentication"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("authentication",)
    advice: ClassVar[str] = "write auth_type PASS with auth_pass, or remove the block"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and "does not support" not in diagnostic.message
