"""PK919 track-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.values import TrackEntry
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules._tracking import entries, group_of
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject

KINDS = ("script", "process", "file")


def _watched(member: Member, kind: str) -> tuple[TrackEntry, ...]:
    """What the instance or its group tracks."""
    group = group_of(member.subject.config, member.instance)
    return (*entries(member.instance, kind), *(entries(group, kind) if group is not None else ()))


class TrackDiffers(PairRule):
    """A router watches something that the router with the highest priority does not watch.

    What is broken on the usual Master is not noticed then, while it is on the router that stands by.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_script check {
            script "/usr/local/bin/check"
            weight -20
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_script check {
            script "/usr/local/bin/check"
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_script check {
            script "/usr/local/bin/check"
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            track_script {
                check
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK919"
    name: ClassVar[str] = "track-differs"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            best = router.best()
            for member in router.members:
                if member.good_priority >= best.good_priority:
                    continue
                for kind in KINDS:
                    watched = _watched(member, kind)
                    if not watched or _watched(best, kind):
                        continue
                    entry = watched[0]
                    yield self.finding(
                        f"{member.router} tracks {kind} {entry.name}, {best.router} with the higher priority "
                        f"tracks no {kind}",
                        entry.statement.span() if entry.statement else member.place(),
                        consequence=f"a failure on {best.router} goes unnoticed",
                        hint=f"track it on {best.router} too",
                        subject=member.instance.name,
                        related=best.related("the instance there"),
                    )
