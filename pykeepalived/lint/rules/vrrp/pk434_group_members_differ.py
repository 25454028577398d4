"""PK434 group-members-differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.subject import Subject

ASPECTS: tuple[tuple[str, Callable[[VrrpInstance], object], Severity], ...] = (
    ("state", lambda instance: instance.state, Severity.WARNING),
    ("nopreempt", lambda instance: "on" if instance.nopreempt else "off", Severity.WARNING),
    ("priority", lambda instance: instance.priority, Severity.NOTICE),
)


class GroupMembersDiffer(Rule):
    """The members of a sync group are set up as if they could go different ways.

    They change state together. One member that is to start as Master and another one as Backup, or one with
    nopreempt and another one without, is no group's behaviour; different priorities (a notice) let the
    other router win with one member and lose with another when its priority lies between.

    Bad:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            state MASTER
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance INSIDE {
            interface eth1
            virtual_router_id 8
            state BACKUP
            priority 100
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
            state MASTER
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance INSIDE {
            interface eth1
            virtual_router_id 8
            state MASTER
            priority 150
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

    code: ClassVar[str] = "PK434"
    name: ClassVar[str] = "group-members-differ"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        by_name = {instance.name: instance for instance in subject.config.vrrp_instances}
        for group in subject.config.vrrp_sync_groups:
            members = [(entry, by_name[entry.name]) for entry in group.group if entry.name in by_name]
            for what, value, severity in ASPECTS:
                for entry, member in members[1:]:
                    first = members[0][1]
                    if value(member) == value(first):
                        continue
                    yield self.finding(
                        f"{member.name} has {what} {value(member)}, {first.name} of the same sync group "
                        f"has {value(first)}",
                        entry.statement.span() if entry.statement else None,
                        consequence="they change state together all the same",
                        hint="set up all members of a group alike",
                        subject=group.name,
                        severity=severity,
                    )
                    break
