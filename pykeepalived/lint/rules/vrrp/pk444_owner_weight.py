"""PK444 owner-weight."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class OwnerWeight(VrrpDiagnosticRule):
    """An address owner (priority 255) tracks something with a weight.

    Priority 255 cannot be changed by weights: keepalived ignores them, and a failing script does nothing.
    Use another priority, or weight 0, with which failure means FAULT.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 255
            track_interface {
                eth1 weight -20
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 200
            track_interface {
                eth1 weight -20
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK444"
    name: ClassVar[str] = "owner-weight"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("owner-weight",)
    advice: ClassVar[str] = "use a priority below 255, or weight 0"
