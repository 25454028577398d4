"""PK424 default-priority."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import fix_of, line_before_close
from pykeepalived.lint.subject import Subject


class DefaultPriority(Rule):
    """An instance has no priority.

    It gets 100, as every other router that says nothing. Among equals the one with the greater address wins
    when they meet, and nobody gives way to anybody afterwards. (With nopreempt that may be wanted.)

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            state BACKUP
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

    code: ClassVar[str] = "PK424"
    name: ClassVar[str] = "default-priority"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            if instance.is_set("priority") or instance.nopreempt or instance.state == "MASTER":
                continue
            edits = line_before_close(subject, instance, f"priority {instance.priority}")
            yield self.finding(
                "the instance has no priority",
                instance.head.span() if instance.head else None,
                consequence=f"priority {instance.priority} is used, as by every other router without one",
                hint="give each router of the group a priority of its own",
                subject=instance.name,
                fix=fix_of("Write the priority that is used", edits, safe=True),
            )
