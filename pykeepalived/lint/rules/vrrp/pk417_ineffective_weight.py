"""PK417 ineffective-weight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._tracking import good_priority, priority_without, tracked
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject


class IneffectiveWeight(Rule):
    """A weight cannot change the priority, or not by as much as it says.

    Priorities end at 1 and 254. What a weight would add above 254 is lost: with priority 254 and weight 20
    a failing script changes nothing.

    Bad:
        vrrp_script check {
            script "/usr/local/bin/check"
            weight 20
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 254
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
            weight 20
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 230
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK417"
    name: ClassVar[str] = "ineffective-weight"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            good = good_priority(subject.config, instance)
            for item in tracked(subject.config, instance):
                change = good - priority_without(subject.config, instance, (item,))
                if change >= abs(item.weight) or (change > 0 and item.weight < 0):
                    continue
                what = "nothing" if change == 0 else f"only {change}"
                yield self.finding(
                    f"weight {item.weight} of {item.kind} {item.name} counts for {what}: "
                    f"the priority is {instance.priority} and ends at {'254' if item.weight > 0 else '1'}",
                    item.span or place(instance, "priority"),
                    consequence=f"good the priority is {good}, bad it is {good - change}",
                    hint="lower the priority, or use a negative weight",
                    subject=instance.name,
                    severity=Severity.NOTICE if change else Severity.WARNING,
                )
