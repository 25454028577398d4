"""PK513 all-weights-zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.file_check import FileCheck
from pykeepalived.config.blocks.misc_check import MiscCheck
from pykeepalived.config.blocks.real_server import RealServer
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label
from pykeepalived.lint.subject import Subject


def _moves(server: RealServer) -> bool:
    """Whether a check may give the server another weight."""
    return any(
        isinstance(checker, FileCheck) or (isinstance(checker, MiscCheck) and checker.misc_dynamic)
        for checker in server.checkers
    )


class AllWeightsZero(Rule):
    """Every real server of a service has weight 0.

    A server of weight 0 gets no new connections, so the service answers nobody.

    Bad:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                weight 0
                TCP_CHECK {
                }
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
    Good:
        virtual_server 192.0.2.1 80 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                weight 0
                MISC_CHECK {
                    misc_path /usr/local/bin/load
                    misc_dynamic
                }
            }
        }
    """

    code: ClassVar[str] = "PK513"
    name: ClassVar[str] = "all-weights-zero"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service in subject.config.virtual_servers:
            pool = service.real_servers
            if not pool or any(server.weight or _moves(server) for server in pool):
                continue
            yield self.finding(
                f"all real servers of {label(service)} have weight 0",
                pool[0].span_of("weight") or head_span(pool[0], 1),
                consequence="no server gets a new connection",
                hint="give the servers that shall work a weight of 1 or more",
            )
