"""PK429 network-address."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import address_span, addresses
from pykeepalived.lint.subject import Subject

LONGEST_WITH_BROADCAST = 30
"""A /31 has two hosts (RFC 3021), a /32 one."""


class NetworkAddress(Rule):
    """A virtual address is the network or broadcast address of its own prefix.

    192.0.2.0/24 names a network, not a host: packets to the first and last address of an IPv4 network are
    treated as broadcasts. Probably the address was to be completed.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.0/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK429"
    name: ClassVar[str] = "network-address"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            for line in addresses(instance):
                if not isinstance(line.address, IPv4Address) or line.prefix_length > LONGEST_WITH_BROADCAST:
                    continue
                network = IPv4Network((line.address, line.prefix_length), strict=False)
                for what, special in (("network", network[0]), ("broadcast", network[-1])):
                    if line.address == special:
                        yield self.finding(
                            f"{line.address} is the {what} address of {network}",
                            address_span(line),
                            consequence="hosts in that network do not accept it as an address of a host",
                            hint="write the address of a host, or another prefix length",
                            subject=instance.name,
                        )
