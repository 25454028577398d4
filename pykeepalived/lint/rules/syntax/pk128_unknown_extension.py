"""PK128 unknown-extension."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class UnknownExtension(DiagnosticRule):
    """A comment addressed to pykeepalived says nothing that is known there.

    Extensions of the language stand in comments, so that keepalived skips them; a misspelt one would be
    skipped as well.

    Bad:
        global_defs {
            # pykeepalived: ipvs_follow_vrrp false
        }
    Good:
        global_defs {
            # pykeepalived: ipvs_follows_vrrp false
        }
    """

    code: ClassVar[str] = "PK128"
    name: ClassVar[str] = "unknown-extension"
    severity: ClassVar[Severity] = Severity.WARNING
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-extension",)
