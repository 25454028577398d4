"""PK805 unknown-user."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class UnknownUser(DiagnosticRule):
    """A user or group does not exist on this machine.

    A script whose account is unknown is dropped; without the account of script_user, or keepalived_script
    when enable_script_security is set, all scripts that name none are dropped.
    """

    code: ClassVar[str] = "PK805"
    name: ClassVar[str] = "unknown-user"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-account", "no-script-user")
