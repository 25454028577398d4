"""PK902 version-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class VersionDiffers(PairRule):
    """Routers of one group use different versions of VRRP.

    Adverts of another version are dropped: each router hears nobody and becomes Master.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            version 3
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            version 3
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            version 3
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK902"
    name: ClassVar[str] = "version-differs"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(lambda member: member.instance.version):
                yield self.finding(
                    f"{member.router} uses VRRP version {member.instance.version}, {model.router} version "
                    f"{model.instance.version}",
                    member.place("version"),
                    consequence="they drop each other's adverts, and both become Master",
                    hint="use the same version (vrrp_version in global_defs) on all routers",
                    subject=member.instance.name,
                    related=model.related("the other one", "version"),
                )
