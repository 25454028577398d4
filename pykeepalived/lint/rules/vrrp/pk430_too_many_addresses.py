"""PK430 too-many-addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.resolving.vrids import family_of
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import Rule
from pykeepalived.lint.rules.vrrp._helpers import place
from pykeepalived.lint.subject import Subject

MOST = 255
MOST_IPV6 = (1500 - 40 - 8) // 16
MOST_STRICT_V2 = 20


def _limit(instance: VrrpInstance) -> int:
    if family_of(instance) == 6:
        return MOST_IPV6
    return MOST_STRICT_V2 if instance.strict_mode and instance.version == 2 else MOST


class TooManyAddresses(Rule):
    """An instance advertises more addresses than fit into an advert.

    The count field ends at 255; IPv6 ends at 90 with an MTU of 1500, and strict mode of version 2 at 20.
    keepalived moves the rest to the addresses that it does not advertise. Move them to
    virtual_ipaddress_excluded yourself, on all routers alike.

    Bad:
        global_defs {
            vrrp_strict
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            accept
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.11/24
                192.0.2.12/24
                192.0.2.13/24
                192.0.2.14/24
                192.0.2.15/24
                192.0.2.16/24
                192.0.2.17/24
                192.0.2.18/24
                192.0.2.19/24
                192.0.2.20/24
                192.0.2.21/24
                192.0.2.22/24
                192.0.2.23/24
                192.0.2.24/24
                192.0.2.25/24
                192.0.2.26/24
                192.0.2.27/24
                192.0.2.28/24
                192.0.2.29/24
                192.0.2.30/24
            }
        }
    Good:
        global_defs {
            vrrp_strict
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            accept
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.11/24
            }
        }
    """

    code: ClassVar[str] = "PK430"
    name: ClassVar[str] = "too-many-addresses"
    severity: ClassVar[Severity] = Severity.WARNING

    def check(self, subject: Subject) -> Iterator[Finding]:
        for instance in subject.config.vrrp_instances:
            count, limit = len(instance.virtual_ipaddress), _limit(instance)
            if count > limit:
                yield self.finding(
                    f"{count} addresses are to be advertised, {limit} fit into one advert",
                    place(instance, "virtual_ipaddress", 0),
                    consequence="the rest is held but not advertised",
                    hint="keep one or two here and move the others to virtual_ipaddress_excluded",
                    subject=instance.name,
                )
