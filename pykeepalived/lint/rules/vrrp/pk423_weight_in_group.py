"""PK423 weight-in-group."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class WeightInGroup(DiagnosticRule):
    """A member of a sync group tracks something with a weight.

    The members of a group change state together, so keepalived ignores weights of single members: a failing
    script does not move anything. Use weight 0 (failure means FAULT for the whole group), or track in the
    group, or set sync_group_tracking_weight.

    Bad:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            track_interface {
                eth2 weight -20
            }
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
    Good:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            track_interface {
                eth2
            }
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

    code: ClassVar[str] = "PK423"
    name: ClassVar[str] = "weight-in-group"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("group-weight",)
