"""PK443 hmac-without-key."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class HmacWithoutKey(VrrpDiagnosticRule):
    """auth_hmac has no key that it could use.

    Each key needs an id from 1 to 255 and 32 to 64 octets, and active_key must name one of them. keepalived
    ignores a key that is wrong, and without an active key sends adverts that nobody can verify.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            auth_hmac {
                key 1 0123456789abcdef0123456789abcdef
                active_key 2
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
            auth_hmac {
                key 1 0123456789abcdef0123456789abcdef
                active_key 1
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK443"
    name: ClassVar[str] = "hmac-without-key"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-key", "bad-key")
    advice: ClassVar[str] = "let active_key name a key with 32 to 64 octets"
