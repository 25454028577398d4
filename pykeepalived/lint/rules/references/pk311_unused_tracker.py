"""PK311 unused-tracker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.references._names import definitions, entries, mentioned_elsewhere
from pykeepalived.lint.subject import Subject

TRACKED = {
    "track_file": ("track_file", ("FILE_CHECK", "track_file")),
    "vrrp_track_process": ("track_process", ("", "")),
    "bfd_instance": ("track_bfd", ("BFD_CHECK", "name")),
}
"""Block → (list that names it, (checker, keyword) that name it)."""


def checked(subject: Subject, where: tuple[str, str]) -> frozenset[str]:
    """The names that checkers follow."""
    checker, keyword = where
    return frozenset(
        placed.statement.words[1]
        for placed in subject.statements
        if placed.statement.keyword == keyword
        and placed.path[-1:] == (checker,)
        and len(placed.statement.words) > 1
    )


class UnusedTracker(Rule):
    """A track_file, vrrp_track_process, BFD instance or track_group is used by nothing.

    It is followed for nothing; usually the entry in the instance was forgotten.

    Bad:
        vrrp_track_process web {
            process nginx
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    Good:
        vrrp_track_process web {
            process nginx
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            track_process {
                web
            }
        }
    """

    code: ClassVar[str] = "PK311"
    name: ClassVar[str] = "unused-tracker"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        if not definitions(subject, "vrrp_instance") and not definitions(subject, "virtual_server"):
            return  # a part of a configuration
        for block, (track, check) in TRACKED.items():
            used = entries(subject, track) | checked(subject, check)
            for name, head in definitions(subject, block).items():
                if name not in used and not mentioned_elsewhere(subject, name):
                    yield self.finding(
                        f"{block} {name} is used by nothing",
                        head.span(1),
                        hint=f"name it in a {track} block, or remove it",
                        consequence="nothing follows it",
                    )
