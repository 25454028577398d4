"""PK423 weight-in-group."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Edit, Fix
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule, statement_at
from pykeepalived.lint.subject import Subject


class WeightInGroup(VrrpDiagnosticRule):
    """A member of a sync group tracks something with a weight.

    The members of a group change state together, so keepalived ignores weights of single members. Write
    what counts then, weight 0 (failure means FAULT, and that for the whole group), or track in the group,
    or set sync_group_tracking_weight.

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
    advice: ClassVar[str] = "give weight 0, or sync_group_tracking_weight in the group"

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        statement = statement_at(subject, diagnostic.span)
        if statement is None:
            return None
        if "weight" in statement.words:
            edit = Edit(statement.span(statement.words.index("weight") + 1), "0")
        else:
            whole = statement.whole_span()
            edit = Edit(replace(whole, column=whole.end_column), " weight 0")
        return Fix("Write weight 0, as keepalived asks for", (edit,), safe=False)
