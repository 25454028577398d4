"""PK216 malformed-value."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MalformedValue(DiagnosticRule):
    """A value does not have the form of its keyword.

    Hexadecimal text, masks, domain names, keys and the like have a form of their own; the finding says
    which. The line is ignored.

    Bad:
        global_defs {
            umask rwxr-x
        }
    Good:
        global_defs {
            umask 022
        }
    """

    code: ClassVar[str] = "PK216"
    name: ClassVar[str] = "malformed-value"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = (
        "bad-domain",
        "bad-hex",
        "bad-umask",
        "not-a-directory",
    )
    advice: ClassVar[str | None] = "correct the value"
