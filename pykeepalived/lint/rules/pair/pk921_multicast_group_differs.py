"""PK921 multicast-group-differs."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.values import IPAddress
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject

USUAL = {4: ip_address("224.0.0.18"), 6: ip_address("ff02::12")}


def _group(member: Member) -> IPAddress:
    defs = member.subject.config.global_defs
    general = defs.vrrp_mcast_group4 if member.family == 4 else defs.vrrp_mcast_group6
    return member.instance.mcast_dst_ip or general or USUAL[member.family]


class MulticastGroupDiffers(PairRule):
    """Routers of one group send their adverts to different multicast groups.

    They do not hear each other, and both become Master.

    Bad:
        global_defs {
            vrrp_mcast_group4 224.0.0.19
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
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
        global_defs {
            vrrp_mcast_group4 224.0.0.19
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        global_defs {
            vrrp_mcast_group4 224.0.0.19
        }
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK921"
    name: ClassVar[str] = "multicast-group-differs"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            if any(member.unicast for member in router.members):
                continue
            for member, model in router.odd_ones(_group):
                yield self.finding(
                    f"{member.router} sends to {_group(member)}, {model.router} to {_group(model)}",
                    member.place("mcast_dst_ip"),
                    consequence="they do not hear each other, and both become Master",
                    hint="use the same mcast_dst_ip (or vrrp_mcast_group4/6) on all routers",
                    subject=member.instance.name,
                    related=model.related("the other one", "mcast_dst_ip"),
                )
