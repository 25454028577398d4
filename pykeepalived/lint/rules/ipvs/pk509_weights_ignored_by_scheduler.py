"""PK509 weights-ignored-by-scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import label
from pykeepalived.lint.subject import Subject

WEIGHTED = {"rr": "wrr", "lc": "wlc", "dh": None}
"""Schedulers that ignore weights, and the one that is the same with weights."""


class WeightsIgnoredByScheduler(Rule):
    """Real servers have different weights, and the scheduler does not look at them.

    rr, lc and dh only ask whether a weight is 0. wrr, wlc, sh, mh, sed, nq, fo, ovf and twos take the
    weight into account.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                weight 3
                TCP_CHECK {
                }
            }
            real_server 198.51.100.2 80 {
                weight 1
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo wrr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                weight 3
                TCP_CHECK {
                }
            }
            real_server 198.51.100.2 80 {
                weight 1
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK509"
    name: ClassVar[str] = "weights-ignored-by-scheduler"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            if service.lb_algo not in WEIGHTED or service.quorum > 1:  # quorum counts weights, too
                continue
            weights = sorted({server.weight for server in service.real_servers if server.weight})
            if len(weights) < 2:
                continue
            better = WEIGHTED[service.lb_algo]
            span = service.span_of("lb_algo")
            fix = Fix(f"Use {better}", (Edit(span, better),), safe=False) if better and span else None
            yield self.finding(
                f"{label(service)} has real servers of weight {', '.join(map(str, weights))}, "
                f"and {service.lb_algo} ignores weights other than 0",
                span,
                consequence="all servers get the same share",
                hint=f"lb_algo {better} honours weights"
                if better
                else "choose a scheduler that honours weights",
                fix=fix,
            )
