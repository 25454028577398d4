"""PK101 stray-brace."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class StrayBrace(DiagnosticRule):
    """A brace stands where no block begins or ends.

    keepalived ignores it, but everything after a closing brace too many is read one level further out than
    it looks, and its keywords are unknown there.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK101"
    name: ClassVar[str] = "stray-brace"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("stray-brace", "unexpected-brace")
    advice: ClassVar[str | None] = "remove the brace, or look above it for one that is missing"
