"""PK403 missing-interface."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class MissingInterface(VrrpDiagnosticRule):
    """A virtual router or a garp_group names no interface.

    keepalived does not know then where to send, and leaves it out. Only an instance with unicast_src_ip can
    do without.

    Bad:
        vrrp_instance WEB {
            virtual_router_id 7
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

    code: ClassVar[str] = "PK403"
    name: ClassVar[str] = "missing-interface"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-interface",)
    advice: ClassVar[str] = "add interface"
