"""PK113 byte-order-mark."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Edit, Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule


class ByteOrderMark(DiagnosticRule):
    """The file begins with a byte order mark.

    It becomes part of the first word, so the first line is unknown, and when that line is a comment it is
    none any more.

    Bad:
        \ufeffglobal_defs {
            router_id lb1
        }
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK113"
    name: ClassVar[str] = "byte-order-mark"
    severity: ClassVar[Severity] = Severity.WARNING
    replaces: ClassVar[tuple[str, ...]] = (
        "PK107",
        "PK108",
    )
    diagnostics: ClassVar[tuple[str, ...]] = ("byte-order-mark",)

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        if diagnostic.span is None:
            return finding
        fix = Fix("Remove the byte order mark", (Edit(diagnostic.span, ""),), safe=False)
        return replace(finding, fix=fix)
