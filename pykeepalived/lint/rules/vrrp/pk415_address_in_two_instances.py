"""PK415 address-in-two-instances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.values import AddressLine, IPAddress
from pykeepalived.lint.finding import Finding, Related
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import address_span, addresses
from pykeepalived.lint.subject import Subject


class AddressInTwoInstances(Rule):
    """Two instances put the same address on the same interface.

    When one of them goes from Master to Backup it removes the address that the other one still claims.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance MAIL {
            interface eth0
            virtual_router_id 8
            virtual_ipaddress {
                192.0.2.10/24
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
        vrrp_instance MAIL {
            interface eth0
            virtual_router_id 8
            virtual_ipaddress {
                192.0.2.11/24
            }
        }
    """

    code: ClassVar[str] = "PK415"
    name: ClassVar[str] = "address-in-two-instances"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        seen: dict[tuple[IPAddress, str | None], tuple[VrrpInstance, AddressLine]] = {}
        for instance in subject.config.vrrp_instances:
            for line in addresses(instance):
                other, first = seen.setdefault(
                    (line.address, line.dev or instance.interface), (instance, line)
                )
                if other is instance:
                    continue
                span = address_span(first)
                yield self.finding(
                    f"{line.address} is in {other.name} already",
                    address_span(line),
                    consequence="the instance that becomes Backup first takes the address from the other one",
                    hint="keep it in one instance; a sync group moves several instances together",
                    subject=instance.name,
                    related=(Related(span, f"here in {other.name}"),) if span else (),
                )
