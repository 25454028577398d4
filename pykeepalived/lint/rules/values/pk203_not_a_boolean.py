"""PK203 not-a-boolean."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import replace_at

_FOUND = re.compile(r"'([^']*)' is neither")
MEANT = {
    "true": "true", "on": "true", "yes": "true", "1": "true", "enable": "true", "enabled": "true",
    "false": "false", "off": "false", "no": "false", "0": "false", "disable": "false", "disabled": "false",
}  # fmt: skip


class NotABoolean(DiagnosticRule):
    """A word is written where true or false belongs.

    Only true, on, yes, false, off and no are known, in lower case. The line is ignored.

    Bad:
        global_defs {
            checker_log_all_failures True
        }
    Good:
        global_defs {
            checker_log_all_failures true
        }
    """

    code: ClassVar[str] = "PK203"
    name: ClassVar[str] = "not-a-boolean"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("not-a-boolean",)

    def from_diagnostic(self, diagnostic: Diagnostic) -> Finding:
        finding = super().from_diagnostic(diagnostic)
        found = _FOUND.search(diagnostic.message)
        meant = MEANT.get(found[1].lower()) if found else None
        if meant is None or diagnostic.span is None:
            return finding
        edit = replace_at(diagnostic.span, meant)
        return replace(finding, fix=Fix(f"Write {meant}", (edit,), safe=False) if edit else None)
