"""PK401 duplicate-vrid."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class DuplicateVrid(VrrpDiagnosticRule):
    """Two instances on one interface have the same VRID and address family.

    The VRID is all that tells virtual routers on a network apart, so keepalived does not start VRRP at all;
    we leave the second instance out with all its addresses. It is mostly a block that was copied and not
    changed. A vmac is no network of its own, and unicast instances are alike when they have an own address
    and a peer in common.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance MAIL {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.11/24
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
        vrrp_instance MAIL {
            interface eth0
            virtual_router_id 8
            virtual_ipaddress {
                192.0.2.11/24
            }
        }
    """

    code: ClassVar[str] = "PK401"
    name: ClassVar[str] = "duplicate-vrid"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("duplicate-vrid",)
    advice: ClassVar[str] = "give each virtual router in a network a VRID of its own"
