"""PK448 unusable-vmac."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class UnusableVmac(VrrpDiagnosticRule):
    """A word about virtual interfaces (use_vmac, use_ipvlan) cannot be used here.

    keepalived ignores vmac_xmit_base without use_vmac, promote_secondaries with it, names longer than 15
    characters and multicast MAC addresses; an ipvlan for IPv4 without an address of its own puts the
    instance into FAULT.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            vmac_xmit_base
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            use_vmac
            vmac_xmit_base
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK448"
    name: ClassVar[str] = "unusable-vmac"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = (
        "vmac",
        "vmac-missing",
        "bad-vmac",
        "bad-ipvlan",
        "ipvlan-address",
    )
    advice: ClassVar[str] = "remove it, or correct the words after it"
