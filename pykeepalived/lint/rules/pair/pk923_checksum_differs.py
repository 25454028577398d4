"""PK923 checksum-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class ChecksumDiffers(PairRule):
    """Only some routers of a group have v3_checksum_as_v2.

    It decides whether the checksum of version 3 over IPv4 covers the pseudo header. A router drops adverts
    with the other form, and becomes Master.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            version 3
            v3_checksum_as_v2 true
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            version 3
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
            v3_checksum_as_v2 true
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
            v3_checksum_as_v2 true
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK923"
    name: ClassVar[str] = "checksum-differs"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(lambda member: bool(member.instance.v3_checksum_as_v2)):
                if (member.instance.version, model.instance.version, member.family) != (3, 3, 4):
                    continue
                has, lacks = (member, model) if member.instance.v3_checksum_as_v2 else (model, member)
                yield self.finding(
                    f"{has.router} has v3_checksum_as_v2, {lacks.router} has not",
                    member.place("v3_checksum_as_v2", "version"),
                    consequence=f"{lacks.router} drops the adverts of {has.router} and becomes Master",
                    hint="set it on all routers or on none",
                    subject=member.instance.name,
                    related=model.related("the other one", "v3_checksum_as_v2", "version"),
                )
