"""PK103 missing-opening-brace."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MissingOpeningBrace(DiagnosticRule):
    """A block has no opening brace.

    keepalived goes on as if it were there; its lines are read, and the closing brace that is missing its
    partner ends the block.

    Bad:
        vrrp_instance VI_1
            virtual_router_id 21
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK103"
    name: ClassVar[str] = "missing-opening-brace"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("missing-open",)
