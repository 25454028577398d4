"""PK512 no-health-check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label
from pykeepalived.lint.subject import Subject


class NoHealthCheck(Rule):
    """A real server has no health check.

    It counts as up for ever: when it fails, its share of the connections fails with it. One finding stands
    for all servers of a service that have none.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                weight 1
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK512"
    name: ClassVar[str] = "no-health-check"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            bare = [server for server in service.real_servers if not server.checkers and server.weight != 0]
            if bare:
                more = f" and {len(bare) - 1} more" if len(bare) > 1 else ""
                verb = "have" if more else "has"
                yield self.finding(
                    f"real server {bare[0].address}{more} of {label(service)} {verb} no health check",
                    head_span(bare[0], 1),
                    consequence="a failed server keeps its share of the connections",
                    hint="add TCP_CHECK, HTTP_GET, MISC_CHECK or another check",
                )
