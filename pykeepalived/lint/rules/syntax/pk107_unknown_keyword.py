"""PK107 unknown-keyword."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import replace_at

_NEAR = re.compile(r"did you mean (\S+)\?")


class UnknownKeyword(DiagnosticRule):
    """A word is no keyword of the block it stands in.

    keepalived complains and ignores the line; when the word heads a block, the lines of that block are read
    as if they stood in the enclosing one, and its closing brace closes the enclosing one. Most are spelling
    mistakes.

    Bad:
        vrrp_instance VI_1 {
            virtal_router_id 21
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK107"
    name: ClassVar[str] = "unknown-keyword"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-keyword",)
    advice: ClassVar[str | None] = "remove the line, or write a keyword of this block"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and " belongs in " not in (diagnostic.hint or "")

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        near = _NEAR.search(diagnostic.hint or "")
        if near is None or diagnostic.span is None:
            return finding
        edit = replace_at(diagnostic.span, near[1])
        return replace(finding, fix=Fix(f"Write {near[1]}", (edit,), safe=False) if edit else None)
