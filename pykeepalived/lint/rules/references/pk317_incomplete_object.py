"""PK317 incomplete-object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import head_of_block_closed_at
from pykeepalived.lint.subject import Subject

NEEDED = {
    "vrrp_script": "script COMMAND",
    "track_file": "file PATH",
    "vrrp_track_file": "file PATH",
    "vrrp_track_process": "process NAME",
    "bfd_instance": "neighbor_ip ADDRESS",
}


class IncompleteObject(DiagnosticRule):
    """A script, file, process or BFD block lacks the line that says what it is about.

    The block is removed, and with it every reference to it.

    Bad:
        vrrp_script check_web {
            interval 2
        }
    Good:
        vrrp_script check_web {
            script /usr/libexec/check_web
            interval 2
        }
    """

    code: ClassVar[str] = "PK317"
    name: ClassVar[str] = "incomplete-object"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("no-script", "no-file", "no-process", "no-neighbor")

    def check(self, subject: Subject) -> Iterator[Finding]:
        for finding in super().check(subject):
            head = head_of_block_closed_at(subject, finding.span)
            place = head.span(1) if head is not None else finding.span
            missing = NEEDED.get(head.keyword, "") if head is not None else ""
            yield replace(finding, span=place, hint=f"add a line: {missing}" if missing else finding.hint)
