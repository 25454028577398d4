"""PK305 unused-server-group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.references._names import definitions, mentioned_elsewhere
from pykeepalived.lint.subject import Subject


class UnusedServerGroup(Rule):
    """A virtual_server_group is used by no virtual_server.

    Its addresses are not balanced.

    Bad:
        virtual_server_group web {
            192.0.2.10 80
        }
        virtual_server 192.0.2.11 80 {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
            }
        }
    Good:
        virtual_server_group web {
            192.0.2.10 80
        }
        virtual_server group web {
            protocol TCP
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
            }
        }
    """

    code: ClassVar[str] = "PK305"
    name: ClassVar[str] = "unused-server-group"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        heads = [
            placed.statement.words
            for placed in subject.statements
            if placed.statement.keyword == "virtual_server"
        ]
        if not heads:
            return  # a part of a configuration
        used = {words[2] for words in heads if words[1:2] == ("group",) and len(words) > 2}
        for name, head in definitions(subject, "virtual_server_group").items():
            if name not in used and not mentioned_elsewhere(subject, name):
                yield self.finding(
                    f"virtual_server_group {name} is used by no virtual_server",
                    head.span(1),
                    hint=f"write virtual_server group {name}, or remove the group",
                    consequence="its addresses are not balanced",
                )
