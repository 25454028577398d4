"""PK525 scheduler-flag-mismatch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.subject import Subject


class SchedulerFlagMismatch(DiagnosticRule):
    """A flag belongs to another scheduler than the one chosen.

    sh-port and sh-fallback are for sh, mh-port and mh-fallback for mh, hashed for both; lb_algo must stand
    before them. keepalived ignores the others: with a complaint, or between sh and mh without a word.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            sh-port
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo mh
            lb_kind NAT
            protocol TCP
            sh-port
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo sh
            lb_kind NAT
            protocol TCP
            sh-port
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK525"
    name: ClassVar[str] = "scheduler-flag-mismatch"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("scheduler-flag",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        yield from super().check(subject)
        wrong = {"sh": ("mh-port", "mh-fallback"), "mh": ("sh-port", "sh-fallback")}
        chosen = {
            service.head: service.lb_algo
            for service in subject.config.virtual_servers
            if service.lb_algo in wrong and service.head is not None
        }
        if not chosen:
            return
        for placed in subject.statements:
            if not placed.parents:
                continue
            scheduler = chosen.get(placed.parents[-1].head)
            if scheduler is None or placed.statement.keyword not in wrong[scheduler]:
                continue
            flag = placed.statement.keyword
            better = f"{scheduler}{flag[2:]}"
            span = placed.statement.span()
            yield self.finding(
                f"{flag} is not a flag of lb_algo {scheduler}",
                span,
                consequence="it is ignored without a word",
                hint=f"write {better}",
                fix=Fix(f"Write {better}", (Edit(span, better),), safe=False),
                severity=Severity.WARNING,
            )
