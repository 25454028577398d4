"""PK907 peers-not-mirrored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import shared_routers
from pykeepalived.lint.subject import Subject


class PeersNotMirrored(PairRule):
    """A router does not list another router of its group as unicast peer.

    It sends no adverts there: the other one hears nothing and becomes Master as well.

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
            unicast_src_ip 192.0.2.2
            unicast_peer {
                192.0.2.3
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

    code: ClassVar[str] = "PK907"
    name: ClassVar[str] = "peers-not-mirrored"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member in router.members:
                peers = {entry.address for entry in member.instance.unicast_peer}
                for other in router.members:
                    source = other.source
                    if other is member or not (member.unicast and other.unicast) or source is None:
                        continue
                    if source in peers or source == member.source:
                        continue
                    yield self.finding(
                        f"unicast_peer of {member.router} lacks {source}, the source of {other.router}",
                        member.place("unicast_peer", word=0),
                        consequence=f"{other.router} hears nothing of {member.router} and is Master too",
                        hint=f"add {source} to unicast_peer, or correct unicast_src_ip of the other router",
                        subject=member.instance.name,
                        related=other.related("its source", "unicast_src_ip", "mcast_src_ip"),
                    )
