"""PK410 address-owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject

OWNER = 255


class AddressOwner(Rule):
    """An instance has priority 255, which means: the address owner.

    The owner takes the addresses whenever it runs; weights, nopreempt and other routers count for nothing.
    RFC 9568 section 5.2.4 keeps 255 for the router that has the addresses as its own. state MASTER without
    a priority gives it without being asked (a warning): a highest priority that can still be lowered is
    254.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state MASTER
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state MASTER
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK410"
    name: ClassVar[str] = "address-owner"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            if instance.priority != OWNER:
                continue
            if not instance.is_set("priority"):
                yield self.finding(
                    "state MASTER without a priority makes this router the address owner, priority 255",
                    place(instance, "state"),
                    consequence="it takes the addresses whenever it runs, and no weight lowers its priority",
                    hint="write a priority, 254 at most",
                    subject=instance.name,
                    severity=Severity.WARNING,
                )
            else:
                yield self.finding(
                    "priority 255 is for the owner of the addresses",
                    place(instance, "priority"),
                    consequence="it takes the addresses whenever it runs, and no weight lowers its priority",
                    hint="use 254 at most for a router that only comes first",
                    subject=instance.name,
                )
