"""PK419 peer-is-self."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import fix_of, removal
from pykeepalived.lint.subject import Subject


class PeerIsSelf(Rule):
    """unicast_peer lists the router's own address.

    keepalived sends each advert to itself too, receives it, and logs a warning. List the other routers
    only.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.1
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
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK419"
    name: ClassVar[str] = "peer-is-self"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            own = {instance.unicast_src_ip, instance.mcast_src_ip}
            for peer in instance.unicast_peer:
                if peer.address not in own:
                    continue
                alone = len(instance.unicast_peer) == 1
                edits = () if alone else removal(subject, peer.statement)
                yield self.finding(
                    f"peer {peer.address} is this router's own source address",
                    peer.statement.span() if peer.statement else None,
                    consequence="no other router gets an advert"
                    if alone
                    else "it sends each advert to itself",
                    hint="list the addresses of the other routers",
                    subject=instance.name,
                    fix=fix_of("Remove this peer", edits, safe=False),
                )
