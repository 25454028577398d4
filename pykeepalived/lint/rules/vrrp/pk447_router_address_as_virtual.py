"""PK447 router-address-as-virtual."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.values import IPAddress
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import address_span, addresses
from pykeepalived.lint.subject import Subject

OWNER = 255


def _routers(instance: VrrpInstance) -> dict[IPAddress, str]:
    """Addresses of routers that the file names; an owner may use its own."""
    found: dict[IPAddress, str] = {}
    if instance.priority != OWNER:
        for word in ("unicast_src_ip", "mcast_src_ip"):
            source: IPAddress | None = getattr(instance, word)
            if source is not None:
                found[source] = f"the {word} of this router"
        for peer in instance.unicast_peer:
            found[peer.address] = "the address of a unicast peer"
    return found


class RouterAddressAsVirtual(Rule):
    """A virtual address is the address of one of the routers.

    The virtual address moves; the router whose own address it is would lose it, or two routers would have
    it. Only an address owner (priority 255) shares its own address.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            unicast_src_ip 192.0.2.1
            unicast_peer {
                192.0.2.2
            }
            virtual_ipaddress {
                192.0.2.2/24
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

    code: ClassVar[str] = "PK447"
    name: ClassVar[str] = "router-address-as-virtual"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            routers = _routers(instance)
            for line in addresses(instance):
                whose = routers.get(line.address)
                if whose is not None:
                    yield self.finding(
                        f"virtual address {line.address} is {whose}",
                        address_span(line),
                        consequence="as it moves, two routers have it or the owner loses it",
                        hint="use an address that no router has",
                        subject=instance.name,
                    )
