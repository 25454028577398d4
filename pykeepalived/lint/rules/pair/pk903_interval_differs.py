"""PK903 interval-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class IntervalDiffers(PairRule):
    """Routers of one group send adverts at different intervals.

    Version 2 drops adverts with another interval, and both become Master. In version 3 a Backup follows the
    interval of the Master (a warning): how soon a failure is noticed depends on who is Master.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            advert_int 1
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            advert_int 2
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            advert_int 2
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            advert_int 2
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK903"
    name: ClassVar[str] = "interval-differs"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(lambda member: member.instance.advert_int):
                if member.instance.version != model.instance.version:
                    continue
                strict = member.instance.version == 2
                yield self.finding(
                    f"{member.router} has advert_int {member.instance.advert_int:g}, {model.router} has "
                    f"{model.instance.advert_int:g}",
                    member.place("advert_int"),
                    consequence="they drop each other's adverts, and both become Master"
                    if strict
                    else "the Backup follows the interval of whoever is Master",
                    hint="use the same advert_int on all routers",
                    subject=member.instance.name,
                    related=model.related("the other one", "advert_int"),
                    severity=None if strict else Severity.WARNING,
                )
