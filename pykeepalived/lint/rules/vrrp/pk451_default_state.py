"""PK451 default-state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject


class DefaultState(Rule):
    """An instance does not say in which state it starts.

    It waits as BACKUP for the advertisements of others; with priority 255 it starts as MASTER. Saying so
    spares the next reader the question.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 90
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state BACKUP
            priority 90
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK451"
    name: ClassVar[str] = "default-state"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            if instance.is_set("state"):
                continue
            yield self.finding(
                "the instance has no state",
                instance.head.span() if instance.head else None,
                consequence=f"it starts as {instance.state}",
                hint=f"write state {instance.state}",
                subject=instance.name,
            )
