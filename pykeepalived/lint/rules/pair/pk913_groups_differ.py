"""PK913 groups-differ."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules._tracking import group_of
from pykeepalived.lint.rules.pair._matching import Member, virtual_routers
from pykeepalived.lint.subject import Subject


def _mates(member: Member, place: dict[tuple[int, str], int]) -> frozenset[int]:
    """The virtual routers in the same sync group."""
    group = group_of(member.subject.config, member.instance)
    if group is None:
        return frozenset()
    keys = {(id(member.subject), entry.name) for entry in group.group}
    return frozenset(place[key] for key in keys if key in place)


class GroupsDiffer(PairRule):
    """Instances are in a sync group on one router, and not in the same one on another.

    The router with the group moves them together, the other one moves them singly: when one interface fails
    there, traffic comes in at one router and leaves by the other.

    Bad:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance INSIDE {
            interface eth1
            virtual_router_id 8
            priority 150
            virtual_ipaddress {
                10.0.0.1/24
            }
        }
        vrrp_sync_group ROUTER {
            group {
                OUTSIDE
                INSIDE
            }
        }
    Bad:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance INSIDE {
            interface eth1
            virtual_router_id 8
            priority 100
            virtual_ipaddress {
                10.0.0.1/24
            }
        }
    Good:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance INSIDE {
            interface eth1
            virtual_router_id 8
            priority 150
            virtual_ipaddress {
                10.0.0.1/24
            }
        }
        vrrp_sync_group ROUTER {
            group {
                OUTSIDE
                INSIDE
            }
        }
    Good:
        vrrp_instance OUTSIDE {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
        vrrp_instance INSIDE {
            interface eth1
            virtual_router_id 8
            priority 100
            virtual_ipaddress {
                10.0.0.1/24
            }
        }
        vrrp_sync_group ROUTER {
            group {
                OUTSIDE
                INSIDE
            }
        }
    """

    code: ClassVar[str] = "PK913"
    name: ClassVar[str] = "groups-differ"
    severity: ClassVar[Severity] = Severity.WARNING

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        routers = virtual_routers(subjects)
        place = {
            (id(member.subject), member.instance.name): number
            for number, router in enumerate(routers)
            for member in router.members
        }
        for router in routers:
            for member, model in router.odd_ones(partial(_mates, place=place)):
                group = group_of(member.subject.config, member.instance)
                other = group_of(model.subject.config, model.instance)
                if group is not None and other is not None:
                    message = (
                        f"{member.instance.name} is in sync groups with different members in {member.router} "
                        f"and {model.router}"
                    )
                else:
                    within, without = (member, model) if group is not None else (model, member)
                    message = (
                        f"{member.instance.name} is in a sync group in {within.router}, in none in "
                        f"{without.router}"
                    )
                yield self.finding(
                    message,
                    member.place(),
                    consequence="the routers do not move the same instances together",
                    hint="write the same sync groups on all routers",
                    subject=member.instance.name,
                    related=model.related("the instance on the other router"),
                )
