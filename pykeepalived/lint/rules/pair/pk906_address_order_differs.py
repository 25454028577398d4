"""PK906 address-order-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.values import IPAddress
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject


def _order(member: Member) -> tuple[IPAddress, ...]:
    return tuple(line.address for line in member.instance.virtual_ipaddress)


class AddressOrderDiffers(PairRule):
    """Routers of one group list the same addresses in another order.

    keepalived does not mind; routers of some vendors compare the lists as they are, and with IPv6 the first
    address should be the same link-local one everywhere.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.11/24
            }
        }
    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.11/24
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.11/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.11/24
            }
        }
    """

    code: ClassVar[str] = "PK906"
    name: ClassVar[str] = "address-order-differs"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(_order):
                if member.addresses != model.addresses:
                    continue  # another rule speaks of that
                yield self.finding(
                    f"{member.router} lists the addresses in another order than {model.router}",
                    member.place("virtual_ipaddress", word=0),
                    consequence="keepalived does not mind, routers of other vendors may",
                    hint="write the addresses in the same order on all routers",
                    subject=member.instance.name,
                    related=model.related("the other list", "virtual_ipaddress", word=0),
                )
