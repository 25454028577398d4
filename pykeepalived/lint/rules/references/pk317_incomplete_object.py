"""PK317 incomplete-object."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class IncompleteObject(DiagnosticRule):
    """A script, file, process or BFD block lacks the line that says what it is about.

    The block is removed, and with it every reference to it.

    Bad:
        vrrp_script check_web {
            interval 2
        }
    Good:
        vrrp_script check_web {
            script /usr/libexec/check_web
            interval 2
        }
    """

    code: ClassVar[str] = "PK317"
    name: ClassVar[str] = "incomplete-object"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-script", "no-file", "no-process", "no-neighbor")
