"""PK437 fast-adverts-without-rt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject

FAST = 0.1
"""Seconds."""
REMEDIES = ("vrrp_rt_priority", "vrrp_priority", "max_auto_priority")


class FastAdvertsWithoutRt(Rule):
    """Adverts come more often than every 100 ms, and no real-time priority is set.

    Three missed adverts are a takeover; at this rate a busy machine misses them. keepalived raises its
    priority only after it was late (max_auto_priority). Give the VRRP process a real-time priority from the
    start.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            advert_int 0.02
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            vrrp_rt_priority 50
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            version 3
            advert_int 0.02
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK437"
    name: ClassVar[str] = "fast-adverts-without-rt"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        if any(subject.config.global_defs.is_set(word) for word in REMEDIES):
            return
        for instance in subject.config.vrrp_instances:
            if instance.advert_int < FAST:
                yield self.finding(
                    f"advert_int {instance.advert_int:g} without a real-time priority",
                    place(instance, "advert_int"),
                    consequence=f"a stall of {instance.advert_int * 3000:g} ms is a takeover",
                    hint="set vrrp_rt_priority in global_defs",
                    subject=instance.name,
                )
