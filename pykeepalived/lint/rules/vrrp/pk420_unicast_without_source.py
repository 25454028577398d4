"""PK420 unicast-without-source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject


class UnicastWithoutSource(Rule):
    """A unicast instance names no source address.

    keepalived then sends from the first address of the interface. Which one that is can change, and the
    peers know this router by the address that they have listed.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
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
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK420"
    name: ClassVar[str] = "unicast-without-source"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            if instance.unicast_peer and instance.unicast_src_ip is None and instance.mcast_src_ip is None:
                yield self.finding(
                    "unicast_peer without unicast_src_ip",
                    place(instance, "unicast_peer", 0),
                    consequence=f"adverts leave from the first address of {instance.interface}",
                    hint="write unicast_src_ip with the address that the peers have listed",
                    subject=instance.name,
                )
