"""PK418 tracks-own-interface."""

from __future__ import annotations

from typing import ClassVar

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.lint.finding import Fix
from pykeepalived.lint.rules.vrrp._helpers import (
    VrrpDiagnosticRule,
    block_headed_by,
    fix_of,
    instance_named,
    removal,
)
from pykeepalived.lint.subject import Subject


class TracksOwnInterface(VrrpDiagnosticRule):
    """track_interface names the interface of the instance itself.

    It is tracked anyway: when it goes down the instance goes to FAULT. keepalived leaves the entry out, and
    with it the weight that may have been meant (dont_track_primary turns the own interface off).

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            track_interface {
                eth0
                eth1
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            track_interface {
                eth1
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK418"
    name: ClassVar[str] = "tracks-own-interface"
    severity: ClassVar[Severity] = Severity.ERROR
    diagnostics: ClassVar[tuple[str, ...]] = ("own-interface",)
    advice: ClassVar[str] = "remove the entry"

    def fix(self, subject: Subject, diagnostic: Diagnostic) -> Fix | None:
        instance = instance_named(subject, diagnostic.subject)
        if instance is None or instance.interface is None:
            return None
        block = block_headed_by(subject, instance.where.get("track_interface"))
        own = [s for s in block.statements() if s.keyword == instance.interface] if block is not None else []
        if block is None or not own:
            return None
        rest = [s for s in block.statements() if s not in own]
        edits = removal(subject, own[0]) if rest else removal(subject, block.head)
        return fix_of("Remove the entry, which keepalived ignores", edits, safe=True)
