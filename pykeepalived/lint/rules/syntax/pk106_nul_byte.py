"""PK106 nul-byte."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule


class NulByte(DiagnosticRule):
    """A line holds a NUL byte.

    keepalived ignores the whole line. Such bytes come from files in UTF-16, or from a copy that was cut
    short.

    Bad:
        global_defs {
            router_id lb\0one
        }
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK106"
    name: ClassVar[str] = "nul-byte"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("nul-byte",)
    advice: ClassVar[str | None] = "save the file as UTF-8"

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        if diagnostic.span is None:
            return finding
        fix = Fix("Remove the NUL byte", (Edit(diagnostic.span, ""),), safe=False)
        return replace(finding, fix=fix)
