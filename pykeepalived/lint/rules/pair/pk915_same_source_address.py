"""PK915 same-source-address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.values import IPAddress
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject


class SameSourceAddress(PairRule):
    """Two routers send their adverts from the same address.

    A router ignores adverts that come from its own address, so both become Master. The file was probably
    copied without changing the source address.

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

    code: ClassVar[str] = "PK915"
    name: ClassVar[str] = "same-source-address"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            seen: dict[IPAddress, Member] = {}
            for member in router.members:
                if member.source is None:
                    continue
                other = seen.setdefault(member.source, member)
                if other is not member:
                    yield self.finding(
                        f"{member.router} and {other.router} both send from {member.source}",
                        member.place("unicast_src_ip", "mcast_src_ip"),
                        consequence="each ignores the other's adverts as its own, and both become Master",
                        hint="write each router's own address",
                        subject=member.instance.name,
                        related=other.related("the other one", "unicast_src_ip", "mcast_src_ip"),
                    )
