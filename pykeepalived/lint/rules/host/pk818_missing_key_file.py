"""PK818 missing-key-file."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MissingKeyFile(DiagnosticRule):
    """The file of an HMAC key does not exist.

    keepalived ignores the key; when it is the active one, advertisements are sent without authentication.
    """

    code: ClassVar[str] = "PK818"
    name: ClassVar[str] = "missing-key-file"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-key-file",)
