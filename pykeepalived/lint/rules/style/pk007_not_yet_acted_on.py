"""PK007 not-yet-acted-on."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class NotYetActedOn(DiagnosticRule):
    """A keyword is read and checked, and this program does not act on it yet.

    keepalived would. Each such keyword is named once; the list is in pykeepalived/config/effective.py.

    Bad:
        global_defs {
            min_auto_priority_delay 1000000
        }
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK007"
    name: ClassVar[str] = "not-yet-acted-on"
    severity: ClassVar[Severity] = Severity.NOTICE
    diagnostics: ClassVar[tuple[str, ...]] = ("not-acted-on",)
