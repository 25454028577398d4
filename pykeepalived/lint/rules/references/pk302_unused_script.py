"""PK302 unused-script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.references._names import definitions, entries, mentioned_elsewhere
from pykeepalived.lint.subject import Subject


class UnusedScript(Rule):
    """A vrrp_script is tracked by nothing.

    keepalived does not even run it. Usually the track_script entry was forgotten, so the instance does not
    follow the service.

    Bad:
        vrrp_script check_web {
            script /usr/libexec/check_web
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
        }
    Good:
        vrrp_script check_web {
            script /usr/libexec/check_web
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            track_script {
                check_web
            }
        }
    """

    code: ClassVar[str] = "PK302"
    name: ClassVar[str] = "unused-script"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        if not definitions(subject, "vrrp_instance"):
            return  # a part of a configuration
        used = entries(subject, "track_script")
        for name, head in definitions(subject, "vrrp_script").items():
            if name not in used and not mentioned_elsewhere(subject, name):
                yield self.finding(
                    f"vrrp_script {name} is tracked by no instance and no group",
                    head.span(1),
                    hint=f"add {name} to a track_script block, or remove the script",
                    consequence="the script is never run",
                )
