"""PK108 keyword-in-wrong-block."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.rule import DiagnosticRule


class KeywordInWrongBlock(DiagnosticRule):
    """A keyword stands in a block that does not know it, but another one does.

    The line is ignored. Often a closing brace before it is missing or one too many, or the line was copied
    one level too high or too low.

    Bad:
        global_defs {
            virtual_router_id 21
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK108"
    name: ClassVar[str] = "keyword-in-wrong-block"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-keyword",)

    def accepts(self, diagnostic: Diagnostic) -> bool:
        return super().accepts(diagnostic) and " belongs in " in (diagnostic.hint or "")
