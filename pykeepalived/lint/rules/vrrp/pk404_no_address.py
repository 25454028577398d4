"""PK404 no-address."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class NoAddress(VrrpDiagnosticRule):
    """An instance has no virtual_ipaddress.

    RFC 9568 section 5.2.5 wants at least one address in an advert; other vendors drop adverts without any.
    In strict mode keepalived leaves the instance out. Write no_virtual_ipaddress when only notify scripts
    or routes are wanted, or move an address over from virtual_ipaddress_excluded.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            no_virtual_ipaddress
        }
    """

    code: ClassVar[str] = "PK404"
    name: ClassVar[str] = "no-address"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-address",)
    advice: ClassVar[str] = "add virtual_ipaddress, or no_virtual_ipaddress when none is wanted"
