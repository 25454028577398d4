"""PK815 unknown-mail-server."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class UnknownMailServer(DiagnosticRule):
    """The name of the mail server has no address.

    keepalived looks the name up once, while it reads the file, and sends no mail when there is no answer.
    At boot the name service may not be there yet: an address is safer.
    """

    code: ClassVar[str] = "PK815"
    name: ClassVar[str] = "unknown-mail-server"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-host",)
