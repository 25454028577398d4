"""PK129 bad-definition."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class BadDefinition(DiagnosticRule):
    """A definition, sequence or built-in cannot be worked off as written.

    A definition that stands for itself makes keepalived hang; a malformed ~SEQ or ~LST is ignored with the
    whole line.

    Bad:
        ~SEQ(I, 1 vrrp_instance VI_$I {
        }
    Good:
        ~SEQ(I, 1, 3) vrrp_script check_$I {
    """

    code: ClassVar[str] = "PK129"
    name: ClassVar[str] = "bad-definition"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = (
        "built-in-parameters",
        "definition-refers-to-itself",
        "expansion-endless",
        "malformed-sequence",
        "random-limits",
    )
    advice: ClassVar[str | None] = "correct the definition or sequence"
