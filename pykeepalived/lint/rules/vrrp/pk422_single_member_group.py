"""PK422 single-member-group."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class SingleMemberGroup(VrrpDiagnosticRule):
    """A sync group has one member.

    A sync group makes instances change state together; one alone moves as it would without. Probably the
    name of the other member is missing or misspelt.

    Bad:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance INSIDE {
            interface eth1
            virtual_router_id 8
            virtual_ipaddress {
                10.0.0.1/24
            }
        }
        vrrp_sync_group ROUTER {
            group {
                OUTSIDE
            }
        }
    Good:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance INSIDE {
            interface eth1
            virtual_router_id 8
            virtual_ipaddress {
                10.0.0.1/24
            }
        }
        vrrp_sync_group ROUTER {
            group {
                OUTSIDE
                INSIDE
            }
        }
    """

    code: ClassVar[str] = "PK422"
    name: ClassVar[str] = "single-member-group"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("single-member",)
    advice: ClassVar[str] = "add the other member, or remove the group"
