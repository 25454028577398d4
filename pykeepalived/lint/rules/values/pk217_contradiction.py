"""PK217 contradiction."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rule import DiagnosticRule


class Contradiction(DiagnosticRule):
    """Two keywords contradict each other.

    keepalived ignores the later one, which need not be the wrong one.

    Bad:
        vrrp_track_process web {
            process nginx
            quorum 3
            quorum_max 2
        }
    Good:
        vrrp_track_process web {
            process nginx
            quorum 2
            quorum_max 3
        }
    """

    code: ClassVar[str] = "PK217"
    name: ClassVar[str] = "contradiction"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("contradiction",)
    advice: ClassVar[str | None] = "remove or change one of the two"
