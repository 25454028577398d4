"""PK817 missing-directory."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MissingDirectory(DiagnosticRule):
    """The directory of a tracked file does not exist.

    keepalived watches the directory for the file to appear. It drops a track_file whose directory is not
    there.
    """

    code: ClassVar[str] = "PK817"
    name: ClassVar[str] = "missing-directory"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-directory",)
