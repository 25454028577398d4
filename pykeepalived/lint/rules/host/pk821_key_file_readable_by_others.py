"""PK821 key-file-readable-by-others."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class KeyFileReadableByOthers(DiagnosticRule):
    """Others than its owner can read the file of an HMAC key.

    Whoever reads the key can send advertisements that every router of the group believes. The file is for
    root alone: `chmod 0600`.
    """

    code: ClassVar[str] = "PK821"
    name: ClassVar[str] = "key-file-readable-by-others"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("key-file-mode",)
