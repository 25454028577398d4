"""PK433 strict-conflict."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class StrictConflict(VrrpDiagnosticRule):
    """Something is configured that vrrp_strict (or strict_mode) does not allow.

    Strict mode keeps to the RFC: no unicast, no other count of lost adverts, state MASTER exactly for
    priority 255. keepalived ignores or replaces what does not fit. Most who have vrrp_strict copied it from
    a sample; leave it out unless the RFC's behaviour is wanted.

    Bad:
        global_defs {
            vrrp_strict
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state MASTER
            priority 150
            accept
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            vrrp_strict
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state BACKUP
            priority 150
            accept
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK433"
    name: ClassVar[str] = "strict-conflict"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("strict",)
    advice: ClassVar[str] = "remove it, or remove vrrp_strict"
