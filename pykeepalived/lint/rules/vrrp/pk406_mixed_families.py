"""PK406 mixed-families."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class MixedFamilies(VrrpDiagnosticRule):
    """An instance mixes IPv4 and IPv6 in what it sends.

    An advert carries addresses of one family, and that is the family of the first address or source address
    in the block. keepalived drops every line of the other one. Use a second instance (it may have the same
    VRID), or virtual_ipaddress_excluded, which takes both families.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
                2001:db8::10/64
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
            }
            virtual_ipaddress_excluded {
                2001:db8::10/64
            }
        }
    """

    code: ClassVar[str] = "PK406"
    name: ClassVar[str] = "mixed-families"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("family-mismatch",)
    advice: ClassVar[str] = "use a second instance, or virtual_ipaddress_excluded"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        # The same code is used for virtual servers and BFD sessions.
        about = diagnostic.message
        return super().accepts(diagnostic) and ("the instance is IPv" in about or "native_ipv6" in about)
