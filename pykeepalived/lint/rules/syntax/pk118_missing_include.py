"""PK118 missing-include."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class MissingInclude(DiagnosticRule):
    """A file that should be read is not there or cannot be used.

    keepalived goes on without it and exits with 0 under -t; what was in the file is simply absent.
    include_check, or one of the letters after include, makes it an error.

    Bad:
        include /etc/keepalived/services.conf
    Good:
        global_defs {
            router_id lb1
        }
    """

    code: ClassVar[str] = "PK118"
    name: ClassVar[str] = "missing-include"
    severity: ClassVar[Severity] = Severity.WARNING
    diagnostics: ClassVar[tuple[str, ...]] = (
        "include-missing",
        "include-no-match",
        "include-partly-missing",
        "include-unusable",
        "include-endless",
        "file-missing",
        "file-unreadable",
        "several-main-files",
    )
    advice: ClassVar[str | None] = "correct the path, or remove the line"
