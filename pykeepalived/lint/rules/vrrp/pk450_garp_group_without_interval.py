"""PK450 garp-group-without-interval."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.rules.vrrp._helpers import VrrpDiagnosticRule


class GarpGroupWithoutInterval(VrrpDiagnosticRule):
    """A garp_group sets neither garp_interval nor gna_interval.

    The group exists only to slow down announcements; without an interval keepalived removes it.

    Bad:
        garp_group SLOW {
            interface eth0
        }
    Good:
        garp_group SLOW {
            garp_interval 0.01
            interface eth0
        }
    """

    code: ClassVar[str] = "PK450"
    name: ClassVar[str] = "garp-group-without-interval"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-interval",)
    advice: ClassVar[str] = "add garp_interval or gna_interval"
