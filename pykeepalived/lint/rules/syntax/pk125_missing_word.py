"""PK125 missing-word."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MissingWord(DiagnosticRule):
    """A keyword lacks the word it needs.

    For most keywords keepalived stops reading at that line and refuses the whole file (exit status 2).

    Bad:
        vrrp_instance VI_1 {
            priority
        }
    Good:
        vrrp_instance VI_1 {
            priority 100
        }
    """

    code: ClassVar[str] = "PK125"
    name: ClassVar[str] = "missing-word"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("missing-word", "block-name")
