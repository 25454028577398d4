"""PK804 not-executable-script."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class NotExecutableScript(DiagnosticRule):
    """A script cannot be executed by the account that runs it.

    It lacks the permission to execute, for this account or at all, it is no regular file, or the account may
    not enter a folder on the way to it. keepalived drops it.
    """

    code: ClassVar[str] = "PK804"
    name: ClassVar[str] = "not-executable-script"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("script-not-executable", "script-closed")
