"""PK920 master-not-highest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class MasterNotHighest(PairRule):
    """The router with state MASTER is not the one with the highest priority.

    It begins as Master and gives the addresses away as soon as it hears the other one: each of its starts
    moves them twice. Probably the priorities, or the states, are the wrong way round.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state MASTER
            priority 90
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state BACKUP
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state MASTER
            priority 110
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state BACKUP
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK920"
    name: ClassVar[str] = "master-not-highest"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            best = router.best()
            for member in router.members:
                if member.instance.state != "MASTER" or member.good_priority >= best.good_priority:
                    continue
                if best.instance.nopreempt or best.instance.state == "MASTER":
                    continue
                yield self.finding(
                    f"{member.router} has state MASTER with priority {member.good_priority}, "
                    f"{best.router} has priority {best.good_priority}",
                    member.place("priority", "state"),
                    consequence=f"{best.router} takes the addresses over whenever it runs",
                    hint="give state MASTER to the router with the highest priority",
                    subject=member.instance.name,
                    related=best.related("the higher priority", "priority"),
                )
