"""PK523 no-delay-loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.checker import Retrying
from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label
from pykeepalived.lint.subject import Subject


def _uses_default(server: RealServer) -> bool:
    return not server.is_set("delay_loop") and any(
        isinstance(checker, Retrying) and not checker.is_set("delay_loop") for checker in server.checkers
    )


class NoDelayLoop(Rule):
    """Checked real servers have no delay_loop.

    They are then checked every 60 s, so a failed server may keep its connections for a minute.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            delay_loop 6
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK523"
    name: ClassVar[str] = "no-delay-loop"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            if service.is_set("delay_loop"):
                continue
            if any(_uses_default(server) for server in service.real_servers):
                yield self.finding(
                    f"{label(service)} has no delay_loop",
                    head_span(service),
                    consequence="its servers are checked every 60 s",
                    hint="write how many seconds shall pass between two checks, for example delay_loop 6",
                )
