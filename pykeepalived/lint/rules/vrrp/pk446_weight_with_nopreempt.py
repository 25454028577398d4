"""PK446 weight-with-nopreempt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._tracking import tracked
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject


class WeightWithNopreempt(Rule):
    """nopreempt is combined with a tracked object that has a weight.

    A weight lowers the priority of a Master whose script fails, so that another router takes over. With
    nopreempt the others leave a Master alone whatever its priority: the addresses stay where the service is
    broken. Without a weight, failure means FAULT, and the others do take over.

    Bad:
        vrrp_script check {
            script "/usr/local/bin/check"
            weight -20
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            nopreempt
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
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            nopreempt
            priority 100
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK446"
    name: ClassVar[str] = "weight-with-nopreempt"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            weights = tracked(subject.config, instance) if instance.nopreempt else ()
            if not weights:
                continue
            first = weights[0]
            yield self.finding(
                f"nopreempt beside weight {first.weight} of {first.kind} {first.name}",
                place(instance, "nopreempt", 0),
                consequence="as Backup this router leaves a Master alone whose priority a weight has lowered",
                hint="remove the weight (failure means FAULT then), or nopreempt",
                subject=instance.name,
                related=(Related(first.span, "the weight"),) if first.span else (),
            )
