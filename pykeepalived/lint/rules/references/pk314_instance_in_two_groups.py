"""PK314 instance-in-two-groups."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class InstanceInTwoGroups(DiagnosticRule):
    """An instance is a member of two sync groups, or twice of one.

    Only the first membership counts.

    Bad:
        vrrp_sync_group G1 {
            group {
                VI_1
            }
        }
        vrrp_sync_group G2 {
            group {
                VI_1
            }
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_sync_group G1 {
            group {
                VI_1
            }
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK314"
    name: ClassVar[str] = "instance-in-two-groups"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("member-twice",)
    advice: ClassVar[str | None] = "leave the instance in one group"
