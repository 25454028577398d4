"""PK918 unicast-against-multicast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class UnicastAgainstMulticast(PairRule):
    """One router sends its adverts to peers, another one to the multicast group.

    The one with peers is not heard by the other and does not listen to the group: both become Master.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
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
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            unicast_src_ip 192.0.2.2
            unicast_peer {
                192.0.2.1
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK918"
    name: ClassVar[str] = "unicast-against-multicast"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(lambda member: member.unicast):
                how, other = ("unicast", "multicast") if member.unicast else ("multicast", "unicast")
                yield self.finding(
                    f"{member.router} uses {how}, {model.router} uses {other}",
                    member.place("unicast_peer", word=0),
                    consequence="they do not hear each other, and both become Master",
                    hint="give unicast_peer to all routers, or to none",
                    subject=member.instance.name,
                    related=model.related("the other one", "unicast_peer", word=0),
                )
