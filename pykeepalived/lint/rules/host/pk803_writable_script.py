"""PK803 writable-script."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class WritableScript(DiagnosticRule):
    """A script that runs as root can be changed by somebody else.

    The file, or a directory above it, belongs to another user or can be written by others. With
    enable_script_security keepalived does not run it. A directory that is a symbolic link (/bin on many
    systems) counts, too: write the path behind it.
    """

    code: ClassVar[str] = "PK803"
    name: ClassVar[str] = "writable-script"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("script-insecure",)
