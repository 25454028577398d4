"""PK910 nopreempt-one-sided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class NopreemptOneSided(PairRule):
    """nopreempt stands on a router that would not preempt anyway, and not on the one that does.

    nopreempt keeps the router that has it from taking over while another one is Master. The router with the
    highest priority is the one that does that when it comes back; without nopreempt there, the addresses
    move back.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            state BACKUP
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            state BACKUP
            nopreempt
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            state BACKUP
            nopreempt
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
            nopreempt
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK910"
    name: ClassVar[str] = "nopreempt-one-sided"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            best = router.best()
            if best.instance.is_set("nopreempt"):  # also when it is ignored, which another rule speaks of
                continue
            lower = [
                member
                for member in router.members
                if member.instance.nopreempt and member.good_priority < best.good_priority
            ]
            for member in lower[:1]:
                yield self.finding(
                    f"{member.router} has nopreempt, {best.router} with the higher priority has not",
                    member.place("nopreempt", word=0),
                    consequence=f"{best.router} takes the addresses back as soon as it is there again",
                    hint="set nopreempt on the router with the highest priority too, or nowhere",
                    subject=member.instance.name,
                    related=best.related("the router that preempts", "priority"),
                )
