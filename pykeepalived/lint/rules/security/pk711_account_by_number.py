"""PK711 account-by-number."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class AccountByNumber(DiagnosticRule):
    """A user or group is given by its number.

    keepalived takes names only. A script with such an account is removed; without its script_user scripts
    have no account at all.

    Bad:
        global_defs {
            script_user 1000
        }
    Good:
        global_defs {
            script_user keepalived_script
        }
    """

    code: ClassVar[str] = "PK711"
    name: ClassVar[str] = "account-by-number"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("numeric-account",)
