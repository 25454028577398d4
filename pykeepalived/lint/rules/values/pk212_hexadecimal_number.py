"""PK212 hexadecimal-number."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import replace_at
from pykeepalived.lint.rules.values._numbers import Number, kind_of, word_of


class HexadecimalNumber(DiagnosticRule):
    """A number is written in hexadecimal.

    Numbers are decimal here; only a few keywords, such as the masks of fwmark rules, read 0x.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 0x15
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK212"
    name: ClassVar[str] = "hexadecimal-number"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("not-a-number",)

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and kind_of(diagnostic) is Number.HEXADECIMAL

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        if diagnostic.span is None:
            return finding
        text = str(int(word_of(diagnostic), 16))
        edit = replace_at(diagnostic.span, text)
        return replace(finding, fix=Fix(f"Write {text}", (edit,), safe=False) if edit else None)
