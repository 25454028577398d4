"""PK307 used-before-definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules.references._names import unknown_names
from pykeepalived.lint.subject import Subject


class UsedBeforeDefinition(DiagnosticRule):
    """Something is referred to above its definition.

    keepalived reads the file once: scripts, files, processes, BFD instances and groups must be defined
    before the block that names them. The entry is left out.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 21
            track_script {
                check_web
            }
        }
        vrrp_script check_web {
            script /usr/libexec/check_web
        }
    Good:
        vrrp_script check_web {
            script /usr/libexec/check_web
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            track_script {
                check_web
            }
        }
    """

    code: ClassVar[str] = "PK307"
    name: ClassVar[str] = "used-before-definition"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-name",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        for diagnostic, place in unknown_names(subject, "", later=True):
            finding = self.from_diagnostic(diagnostic)
            if place is None:
                continue
            before = (
                (place.file, place.line) < (diagnostic.span.file, diagnostic.span.line)
                if diagnostic.span
                else False
            )
            yield replace(
                finding,
                message=finding.message.replace(" above this line", "")
                + (" (its block is removed)" if before else " yet"),
                hint="see the finding about that block" if before else "move the definition above this block",
                related=(Related(place.span(1), "it is defined here"),),
            )
