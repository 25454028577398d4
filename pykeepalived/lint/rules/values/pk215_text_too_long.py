"""PK215 text-too-long."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.rule import DiagnosticRule


class TextTooLong(DiagnosticRule):
    """A name or text is longer than its keyword takes.

    It is cut off or the line is ignored; an interface name, for example, has at most 15 characters.

    Bad:
        vrrp_instance VI_1 {
            interface a-very-long-interface
        }
    Good:
        vrrp_instance VI_1 {
            interface eth0
        }
    """

    code: ClassVar[str] = "PK215"
    name: ClassVar[str] = "text-too-long"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("text-length", "text-cut")
    advice: ClassVar[str | None] = "shorten it"

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and not diagnostic.message.startswith("auth_pass:")
