"""PK206 unknown-value."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import replace_at

_CHOICE = re.compile(r"'([^']*)' is not.*?allowed is ([\w, -]+)")


class UnknownValue(DiagnosticRule):
    """A word is none of those that the keyword knows.

    Most such words are case sensitive. keepalived ignores the line or uses the default; for lb_algo it
    takes any word and the kernel then refuses the service.

    Bad:
        vrrp_instance VI_1 {
            state master
        }
    Good:
        vrrp_instance VI_1 {
            state MASTER
        }
    """

    code: ClassVar[str] = "PK206"
    name: ClassVar[str] = "unknown-value"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-value",)
    advice: ClassVar[str | None] = "write one of the words that are allowed"

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        found = _CHOICE.search(f"{diagnostic.message} {diagnostic.hint or ''}")
        if found is None or diagnostic.span is None:
            return finding
        choices = found[2].split(", ")
        near = [choice for choice in choices if choice.lower() == found[1].lower()]
        near = (
            near or get_close_matches(found[1], choices, 1) or get_close_matches(found[1].upper(), choices, 1)
        )
        edit = replace_at(diagnostic.span, near[0]) if near else None
        if edit is None:
            return finding
        hint = finding.hint or f"did you mean {near[0]}?"
        return replace(finding, hint=hint, fix=Fix(f"Write {near[0]}", (edit,), safe=False))
