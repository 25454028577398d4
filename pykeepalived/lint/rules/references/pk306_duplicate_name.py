"""PK306 duplicate-name."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class DuplicateName(DiagnosticRule):
    """Two blocks that must differ in name have the same one.

    The second block is skipped as a whole.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
        vrrp_instance VI_1 {
            virtual_router_id 22
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
        vrrp_instance VI_2 {
            virtual_router_id 22
        }
    """

    code: ClassVar[str] = "PK306"
    name: ClassVar[str] = "duplicate-name"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("duplicate-name",)
    advice: ClassVar[str | None] = "give the second one a name of its own"
