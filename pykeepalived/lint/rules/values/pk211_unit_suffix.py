"""PK211 unit-suffix."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import replace_at
from pykeepalived.lint.rules.values._numbers import Number, kind_of, seconds, word_of


class UnitSuffix(DiagnosticRule):
    """A time is written with its unit.

    Times are plain numbers: seconds, or milliseconds where the keyword says so. With a unit it is no
    number.

    Bad:
        vrrp_script check {
            script /bin/true
            interval 2s
        }
    Good:
        vrrp_script check {
            script /bin/true
            interval 2
        }
    """

    code: ClassVar[str] = "PK211"
    name: ClassVar[str] = "unit-suffix"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("not-a-number",)

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and kind_of(diagnostic) is Number.UNIT

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        text = seconds(word_of(diagnostic))
        decimals = "decimals" in diagnostic.message or "." not in text
        if diagnostic.span is None or not decimals:
            return replace(finding, hint="write the number without its unit, in seconds")
        edit = replace_at(diagnostic.span, text)
        return replace(
            finding,
            hint="write the number without its unit, in seconds",
            fix=Fix(f"Write {text}", (edit,), safe=False) if edit else None,
        )
