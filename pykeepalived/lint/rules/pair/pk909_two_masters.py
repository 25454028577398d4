"""PK909 two-masters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class TwoMasters(PairRule):
    """More than one router of a group has state MASTER.

    state MASTER means: begin as Master, without listening first. When such a router starts, the addresses
    are on two routers until the first adverts are exchanged, and connections break. Usually the file was
    copied. At most one router should have it; without any, the election takes about four adverts.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            state MASTER
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            state MASTER
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            state MASTER
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            state BACKUP
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK909"
    name: ClassVar[str] = "two-masters"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            masters = [member for member in router.members if member.instance.state == "MASTER"]
            for member in masters[1:]:
                yield self.finding(
                    f"{member.router} and {masters[0].router} both have state MASTER",
                    member.place("state", "priority"),
                    consequence="the addresses are on both for a moment whenever one of them starts",
                    hint="write state BACKUP on all routers but the one with the highest priority",
                    subject=member.instance.name,
                    related=masters[0].related("the other one", "state", "priority"),
                )
