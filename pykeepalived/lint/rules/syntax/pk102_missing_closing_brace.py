"""PK102 missing-closing-brace."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MissingClosingBrace(DiagnosticRule):
    """A block is never closed.

    What follows is read as part of the block, and the file ends inside it. A keyword of the outermost level
    at the start of a line shows where the brace was forgotten.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 21
            virtual_ipaddress {
                192.0.2.10/24
        }
        vrrp_instance VI_2 {
            virtual_router_id 22
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK102"
    name: ClassVar[str] = "missing-closing-brace"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("missing-brace", "missing-close")
    advice: ClassVar[str | None] = "add the closing brace where the block should end"
