"""PK801 unknown-interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.subject import Subject

SUMMARY = "VRRP is not started"


class UnknownInterface(DiagnosticRule):
    """An interface does not exist on this machine.

    keepalived does not run VRRP on an interface that is not there when it starts, unless dynamic_interfaces
    is set, and drops addresses, routes and track entries that name one. The usual cause is a file that was
    copied from a machine with other names (eth0 against ens192).
    """

    code: ClassVar[str] = "PK801"
    name: ClassVar[str] = "unknown-interface"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-interface",)

    def check(self, subject: Subject) -> Iterator[Finding]:
        places: set[Span | None] = set()
        # keepalived says first that some interface is missing, then which: one of them is enough.
        for finding in sorted(super().check(subject), key=lambda found: SUMMARY in found.message):
            if SUMMARY not in finding.message or finding.span not in places:
                yield finding
            places.add(finding.span)
