"""PK908 equal-priority."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject


def _said(member: Member) -> str:
    base = member.instance.priority
    good = member.good_priority
    return str(good) if base == good else f"{good} with all weights"


class EqualPriority(PairRule):
    """Two routers of one group have the same priority.

    Which one is Master is then a matter of who came first, or of the greater address when both claim it,
    and the addresses stay where they are after a repair. That is a plan only with nopreempt on all of them.
    A tie below the highest priority (a notice) matters only when the first router is gone.

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

    code: ClassVar[str] = "PK908"
    name: ClassVar[str] = "equal-priority"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            if all(member.instance.nopreempt for member in router.members):
                continue
            top = router.best().good_priority
            seen: dict[int, Member] = {}
            for member in router.members:
                other = seen.setdefault(member.good_priority, member)
                if other is member:
                    continue
                first = member.good_priority == top
                yield self.finding(
                    f"{member.router} and {other.router} both have priority {_said(member)}",
                    member.place("priority", "state"),
                    consequence="neither gives way to the other: who came first is Master"
                    if first
                    else "when the first router is gone, who came first of these is Master",
                    hint="give each router a priority of its own",
                    subject=member.instance.name,
                    related=other.related("the other one", "priority", "state"),
                    severity=None if first else Severity.NOTICE,
                )
