"""PK802 missing-script."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MissingScript(DiagnosticRule):
    """A script does not exist on this machine.

    keepalived drops a tracked script or check that it cannot find, so what it should have watched is not
    watched; a missing notify script is only noted in the log.
    """

    code: ClassVar[str] = "PK802"
    name: ClassVar[str] = "missing-script"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("script-missing",)
