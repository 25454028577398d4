"""PK303 unknown-sync-member."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.rule import DiagnosticRule
from pykeepalived.lint.rules._language import replace_at
from pykeepalived.lint.rules.references._names import definitions
from pykeepalived.lint.subject import Subject


class UnknownSyncMember(DiagnosticRule):
    """A sync group names an instance that does not exist.

    The member is ignored, and the instance that was meant moves on its own.

    Bad:
        vrrp_sync_group G1 {
            group {
                VI_1
                VI_inside
            }
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_sync_group G1 {
            group {
                VI_1
                VI_2
            }
        }
        vrrp_instance VI_1 {
            virtual_router_id 21
            interface eth0
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance VI_2 {
            virtual_router_id 22
            interface eth1
            virtual_ipaddress {
                198.51.100.10/24
            }
        }
    """

    code: ClassVar[str] = "PK303"
    name: ClassVar[str] = "unknown-sync-member"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("unknown-member",)
    advice: ClassVar[str | None] = "correct the name, or define the instance"

    def check(self, subject: Subject) -> Iterator[Finding]:
        names = list(definitions(subject, "vrrp_instance"))
        for finding in super().check(subject):
            found = re.match(r"member (.+?) of", finding.message)
            near = get_close_matches(found[1], names, 1) if found else []
            if found and found[1] in names:
                yield replace(finding, hint="the instance itself is left out; see the finding about it")
            elif near and finding.span is not None:
                edit = replace_at(finding.span, near[0])
                fix = Fix(f"Write {near[0]}", (edit,), safe=False) if edit else None
                yield replace(finding, hint=f"did you mean {near[0]}?", fix=fix)
            else:
                yield finding
