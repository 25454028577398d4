"""PK917 vrid-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class VridDiffers(PairRule):
    """Routers of one group have different VRIDs.

    The VRID is what makes them one virtual router: with different ones they do not hear each other, and
    both put the same addresses on their interfaces.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 8
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK917"
    name: ClassVar[str] = "vrid-differs"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(lambda member: member.instance.virtual_router_id):
                yield self.finding(
                    f"{member.router} has VRID {member.instance.virtual_router_id}, {model.router} has "
                    f"{model.instance.virtual_router_id}",
                    member.place("virtual_router_id"),
                    consequence="they are two virtual routers, and both become Master",
                    hint="use the same virtual_router_id on all routers that share the addresses",
                    subject=member.instance.name,
                    related=model.related("the other one", "virtual_router_id"),
                )
