"""PK615 same-check-twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules._services import head_span, label, servers
from pykeepalived.lint.subject import Subject


class SameCheckTwice(Rule):
    """A real server has the same check twice.

    The second asks what the first asks. Usually one was copied to be changed: another port, path or script.

    Bad:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server 192.0.2.1 80 {
            delay_loop 6
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
                TCP_CHECK {
                    connect_port 81
                }
            }
        }
    """

    code: ClassVar[str] = "PK615"
    name: ClassVar[str] = "same-check-twice"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for service, server in servers(subject.config):
            for number, checker in enumerate(server.checkers):
                first = next((other for other in server.checkers[:number] if other == checker), None)
                if first is None or type(first) is not type(checker):
                    continue
                place = head_span(first)
                yield self.finding(
                    f"real server {server.address} of {label(service)} has the same check twice",
                    head_span(checker),
                    hint="change or remove one of them",
                    related=(Related(place, "the same check"),) if place is not None else (),
                )
