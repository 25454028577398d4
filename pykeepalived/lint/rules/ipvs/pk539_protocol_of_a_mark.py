"""PK539 protocol-of-a-mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.subject import Subject


class ProtocolOfAMark(DiagnosticRule):
    """A service by firewall mark has a protocol.

    A mark covers whatever the rules mark, of any protocol, so there is nothing to choose. keepalived
    complains and ignores the word.

    Bad:
        virtual_server fwmark 7 {
            lb_algo rr
            lb_kind NAT
            protocol TCP
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    Good:
        virtual_server fwmark 7 {
            lb_algo rr
            lb_kind NAT
            real_server 198.51.100.1 80 {
                TCP_CHECK {
                }
            }
        }
    """

    code: ClassVar[str] = "PK539"
    name: ClassVar[str] = "protocol-of-a-mark"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("fwmark-protocol",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        mine = [diagnostic for diagnostic in subject.diagnostics if self.accepts(diagnostic)]
        if not mine:
            return
        own_line = {(line.file, line.number, line.raw.strip()) for line in subject.lines}
        alone = {p.statement.span(): p for p in subject.statements if p.statement.keyword == "protocol"}
        for diagnostic in mine:
            finding = self.from_diagnostic(diagnostic)
            placed = alone.get(diagnostic.span) if diagnostic.span is not None else None
            if placed is not None:
                span = placed.statement.whole_span()
                edit = Edit(span, "", whole_line=(span.file, span.line, placed.statement.text) in own_line)
                finding = replace(finding, fix=Fix("Remove the protocol", (edit,), safe=True))
            yield finding
