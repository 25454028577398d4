"""PK416 default-vrid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject

SAMPLE_VRID = 51


class DefaultVrid(Rule):
    """The VRID is 51, as in every sample.

    A VRID may be used by one group of routers in a network. When a second one is set up from the same
    sample, with multicast adverts, the two drop each other's adverts with complaints, or, with the same
    password, fight. Unicast instances are not concerned.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 51
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
    """

    code: ClassVar[str] = "PK416"
    name: ClassVar[str] = "default-vrid"
    severity: ClassVar[Severity] = Severity.NOTICE

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            if instance.virtual_router_id == SAMPLE_VRID and not instance.unicast_peer:
                yield self.finding(
                    f"virtual_router_id {SAMPLE_VRID} is the one of the samples",
                    place(instance, "virtual_router_id"),
                    consequence="another cluster in this network that was copied from a sample is in the way",
                    hint="take a number from 1 to 255 that nobody else uses here",
                    subject=instance.name,
                )
