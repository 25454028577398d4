"""PK905 addresses-differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pykeepalived.base.diagnostic import Severity
from pykeepalived.config.values import IPAddress
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.rule import PairRule
from pykeepalived.lint.rules.pair._matching import Member, shared_routers
from pykeepalived.lint.subject import Subject


def _excluded(member: Member) -> frozenset[IPAddress]:
    return frozenset(line.address for line in member.instance.virtual_ipaddress_excluded)


def _lengths(member: Member) -> frozenset[tuple[IPAddress, int]]:
    instance = member.instance
    return frozenset(
        (line.address, line.prefix_length)
        for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded)
    )


def _some(addresses: frozenset[IPAddress]) -> str:
    ordered = sorted(addresses, key=lambda address: (address.version, int(address)))
    more = f" and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    return f"{ordered[0]}{more}"


class AddressesDiffer(PairRule):
    """Routers of one group have different virtual addresses.

    A router drops an advert that lacks one of its own addresses and becomes Master beside the sender; and
    what only one router has goes away with it. Different prefix lengths, or different lists of addresses
    that are not advertised, are warnings: the takeover works and changes what the network looks like.

    Bad:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
                192.0.2.11/24
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
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 150
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    Good:
        vrrp_instance WEB {
            interface eth0
            virtual_router_id 7
            priority 100
            virtual_ipaddress {
                192.0.2.10/24
            }
        }
    """

    code: ClassVar[str] = "PK905"
    name: ClassVar[str] = "addresses-differ"
    severity: ClassVar[Severity] = Severity.ERROR

    def check_group(self, subjects: tuple[Subject, ...]) -> Iterator[Finding]:
        for router in shared_routers(subjects):
            for member, model in router.odd_ones(lambda member: member.addresses):
                yield self._about(
                    member,
                    model,
                    "virtual_ipaddress",
                    member.addresses,
                    model.addresses,
                    "adverts that lack an address are dropped, and both routers become Master",
                )
            for member, model in router.odd_ones(_excluded):
                yield self._about(
                    member,
                    model,
                    "virtual_ipaddress_excluded",
                    _excluded(member),
                    _excluded(model),
                    "the addresses are not the same after a takeover",
                    Severity.WARNING,
                )
            for member, model in router.odd_ones(_lengths):
                ours, theirs = dict(_lengths(member)), dict(_lengths(model))
                different = sorted(
                    (a for a in ours.keys() & theirs.keys() if ours[a] != theirs[a]),
                    key=lambda a: (a.version, int(a)),
                )
                if different:
                    first = different[0]
                    yield self.finding(
                        f"{member.router} has {first}/{ours[first]}, {model.router} /{theirs[first]}",
                        member.place("virtual_ipaddress", word=0),
                        consequence="the route to its network changes with a takeover",
                        hint="write the same prefix length on all routers",
                        subject=member.instance.name,
                        related=model.related("the other list", "virtual_ipaddress", word=0),
                        severity=Severity.WARNING,
                    )

    def _about(
        self,
        member: Member,
        model: Member,
        block: str,
        own: frozenset[IPAddress],
        other: frozenset[IPAddress],
        consequence: str,
        severity: Severity | None = None,
    ) -> Finding:
        parts = []
        if other - own:
            parts.append(f"{member.router} lacks {_some(other - own)} of {model.router}")
        if own - other:
            parts.append(f"{model.router} lacks {_some(own - other)} of {member.router}")
        return self.finding(
            ", and ".join(parts),
            member.place(block, "virtual_ipaddress", word=0),
            consequence=consequence,
            hint=f"write the same {block} on all routers",
            subject=member.instance.name,
            related=model.related("the other list", block, "virtual_ipaddress", word=0),
            severity=severity,
        )
