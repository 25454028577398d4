"""PK202 not-a-number."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules.values._numbers import Number, kind_of


class NotANumber(DiagnosticRule):
    """A word is written where a number belongs.

    Numbers are decimal. The line is ignored, or the default is used; the finding says which.

    Bad:
        vrrp_instance VI_1 {
            priority high
        }
    Good:
        vrrp_instance VI_1 {
            priority 150
        }
    """

    code: ClassVar[str] = "PK202"
    name: ClassVar[str] = "not-a-number"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("not-a-number",)
    advice: ClassVar[str | None] = "write a decimal number"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and kind_of(diagnostic) is Number.NONE
