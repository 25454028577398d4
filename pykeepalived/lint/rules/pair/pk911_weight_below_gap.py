"""PK911 weight-below-gap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules._tracking import priority_without, tracked
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class WeightBelowGap(PairRule):
    """A weight is too small to make another router Master.

    When what is tracked fails, the priority of the Master falls (or loses what was added) by the weight. It
    must come below the priority of the next router; on equal terms the Master stays. A single failure that
    needs another one beside it to move anything is a notice.

    Bad:
        vrrp_script check {
            script "/usr/local/bin/check"
            weight -20
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_script check {
            script "/usr/local/bin/check"
            weight -20
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_script check {
            script "/usr/local/bin/check"
            weight -60
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_script check {
            script "/usr/local/bin/check"
            weight -60
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK911"
    name: ClassVar[str] = "weight-below-gap"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            best = router.best()
            others = [member for member in router.members if member is not best]
            next_best = max(others, key=lambda member: member.good_priority)
            gap = next_best.good_priority
            if best.good_priority <= gap or next_best.instance.nopreempt:
                continue
            weights = tracked(best.subject.config, best.instance)
            all_bad = priority_without(best.subject.config, best.instance, weights)
            for item in weights:
                bad = priority_without(best.subject.config, best.instance, (item,))
                if bad < gap:
                    continue
                yield self.finding(
                    f"weight {item.weight} of {item.kind} {item.name} leaves {best.router} at priority "
                    f"{bad}, {next_best.router} has {gap}",
                    item.span or best.place("priority"),
                    consequence="it stays Master when this fails",
                    hint=f"the weight has to be more than {best.good_priority - gap}, or 0 for FAULT",
                    subject=best.instance.name,
                    related=next_best.related("the other priority", "priority"),
                    severity=None if all_bad >= gap else Severity.NOTICE,
                )
