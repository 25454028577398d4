"""PK901 missing-counterpart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import virtual_routers
from pykeepalived.lint.subject import Subject


class MissingCounterpart(PairRule):
    """An instance stands on one router only.

    Nobody takes over its addresses. Either the other router lacks it, or VRID, name and addresses are all
    different there.

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
        vrrp_instance MAIL {
            interface eth0
            virtual_router_id 8
            priority 100
            virtual_ipaddress {
                192.0.2.11/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK901"
    name: ClassVar[str] = "missing-counterpart"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in virtual_routers(subjects):
            if len(router.members) > 1:
                continue
            member = router.members[0]
            yield self.finding(
                f"no other router has a counterpart of {member.instance.name} (VRID "
                f"{member.instance.virtual_router_id}) of {member.router}",
                member.place(),
                consequence="nobody takes over its addresses",
                hint="add the instance to the other router, with the same VRID and addresses",
                subject=member.instance.name,
            )
