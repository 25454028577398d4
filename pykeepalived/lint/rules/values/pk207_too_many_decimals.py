"""PK207 too-many-decimals."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import replace_at
from pykeepalived.lint.rules.values._numbers import Number, kind_of, word_of


class TooManyDecimals(DiagnosticRule):
    """A number has more decimals than its keyword takes.

    Times have at most six decimals, some only three; keepalived refuses what is finer instead of rounding
    it.

    Bad:
        vrrp_script check {
            script /bin/true
            interval 0.0005
        }
    Good:
        vrrp_script check {
            script /bin/true
            interval 0.5
        }
    """

    code: ClassVar[str] = "PK207"
    name: ClassVar[str] = "too-many-decimals"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("not-a-number",)
    advice: ClassVar[str | None] = "write fewer decimals"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and kind_of(diagnostic) is Number.FINE

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        places = re.search(r"at most (\d+) decimals", diagnostic.message)
        if places is None or diagnostic.span is None:
            return finding
        whole, _, fraction = word_of(diagnostic).partition(".")
        text = f"{whole}.{fraction[: int(places[1])]}"
        edit = replace_at(diagnostic.span, text)
        return replace(finding, fix=Fix(f"Write {text}", (edit,), safe=False) if edit else None)
