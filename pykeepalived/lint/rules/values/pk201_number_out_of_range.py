"""PK201 number-out-of-range."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class NumberOutOfRange(DiagnosticRule):
    """A number is outside the range of its keyword.

    What happens differs by keyword: most ignore the line, some use the nearest limit or the default; the
    finding says which.

    Bad:
        vrrp_instance VI_1 {
            virtual_router_id 256
        }
    Good:
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    """

    code: ClassVar[str] = "PK201"
    name: ClassVar[str] = "number-out-of-range"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("number-range",)
    advice: ClassVar[str | None] = "write a number within the range"
