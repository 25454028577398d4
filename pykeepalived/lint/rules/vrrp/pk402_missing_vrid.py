"""PK402 missing-vrid."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class MissingVrid(VrrpDiagnosticRule):
    """An instance has no virtual_router_id.

    There is no default: keepalived leaves the instance out. All routers that share the addresses use the
    same number, and no other cluster on that network may use it.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK402"
    name: ClassVar[str] = "missing-vrid"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-vrid",)
    advice: ClassVar[str] = "add virtual_router_id with the number that the other routers of the group use"
