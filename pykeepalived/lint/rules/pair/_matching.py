"""Which instances of several configurations are one virtual router.

Counterparts are found by what they have in common: VRID with family, a shared address, the name; the more
the better, and each instance has at most one counterpart on each router.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

from pykeepalived.base.span import Span
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.resolving.vrids import family_of
from pykeepalived.config.values import IPAddress
from pykeepalived.lint.finding import Related
from pykeepalived.lint.rules._memo import once
from pykeepalived.lint.rules._tracking import good_priority
from pykeepalived.lint.subject import Subject

SAME_VRID, SAME_ADDRESS, SAME_NAME = 4, 4, 3


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """An instance on one of the routers."""

    subject: Subject
    instance: VrrpInstance

    @property
    def router(self) -> str:
        """What the router is called in messages: its file."""
        return self.subject.path

    @property
    def family(self) -> int:
        return family_of(self.instance)

    @property
    def addresses(self) -> frozenset[IPAddress]:
        """The advertised addresses."""
        return frozenset(line.address for line in self.instance.virtual_ipaddress)

    @property
    def unicast(self) -> bool:
        return bool(self.instance.unicast_peer)

    @property
    def source(self) -> IPAddress | None:
        """Where its adverts come from; None when the file doesn't say."""
        return self.instance.unicast_src_ip or self.instance.mcast_src_ip

    @property
    def good_priority(self) -> int:
        """Its priority while all that it tracks is good."""
        return good_priority(self.subject.config, self.instance)

    def place(self, *attributes: str, word: int = 1) -> Span | None:
        """Where the first of ``attributes`` that is written stands, else the head of the instance."""
        for attribute in attributes:
            span = self.instance.span_of(attribute, word)
            if span is not None:
                return span
        return self.instance.head.span(1) if self.instance.head is not None else None

    def related(self, message: str, *attributes: str, word: int = 1) -> tuple[Related, ...]:
        """That place, for a finding about another router."""
        span = self.place(*attributes, word=word)
        return (Related(span, message),) if span is not None else ()


@dataclass(slots=True, eq=False)
class VirtualRouter:
    """Instances of different routers that are counterparts; those of the first router come first."""

    members: list[Member] = field(default_factory=list)

    def best(self) -> Member:
        """The one with the highest priority while all is good; the first of several."""
        return max(self.members, key=lambda member: member.good_priority)

    def odd_ones(self, value: Callable[[Member], Hashable]) -> Iterator[tuple[Member, Member]]:
        """Each member that differs in ``value`` from most, with one of those (of the first in a draw)."""
        values = [value(member) for member in self.members]
        usual = max(values, key=values.count)
        model = self.members[values.index(usual)]
        for member, own in zip(self.members, values, strict=True):
            if own != usual:
                yield member, model


def virtual_routers(subjects: tuple[Subject, ...]) -> tuple[VirtualRouter, ...]:
    """The virtual routers of a group, also those with a single member."""
    return once(_match, subjects)


def shared_routers(subjects: tuple[Subject, ...]) -> Iterator[VirtualRouter]:
    """The virtual routers that at least two routers have."""
    return (router for router in virtual_routers(subjects) if len(router.members) > 1)


def _match(subjects: tuple[Subject, ...]) -> tuple[VirtualRouter, ...]:
    found: list[VirtualRouter] = []
    for subject in subjects:
        index = _Index(found)
        members = [Member(subject, instance) for instance in subject.config.vrrp_instances]
        wishes = sorted(
            (
                (-score, place, number)
                for number, member in enumerate(members)
                for place, score in index.scores(member).items()
            ),
        )
        placed: dict[int, int] = {}
        taken: set[int] = set()
        for _, place, number in wishes:
            if number not in placed and place not in taken:
                placed[number] = place
                taken.add(place)
        for number, member in enumerate(members):
            if number in placed:
                found[placed[number]].members.append(member)
            else:
                found.append(VirtualRouter([member]))
    return tuple(found)


class _Index:
    """Virtual routers found so far, by each property that a counterpart can share."""

    def __init__(self, routers: list[VirtualRouter]) -> None:
        self._by: dict[Hashable, set[int]] = {}
        for place, router in enumerate(routers):
            for member in router.members:
                for key, _ in _properties(member):
                    self._by.setdefault(key, set()).add(place)

    def scores(self, member: Member) -> dict[int, int]:
        """Place of a virtual router → how much it has in common with ``member``."""
        best: dict[int, dict[str, int]] = {}
        for key, worth in _properties(member):
            for place in self._by.get(key, ()):
                best.setdefault(place, {})[key[0]] = worth
        return {place: sum(kinds.values()) for place, kinds in best.items()}


def _properties(member: Member) -> Iterator[tuple[tuple[str, Hashable, Hashable], int]]:
    instance = member.instance
    family = member.family
    yield ("vrid", instance.virtual_router_id, family), SAME_VRID
    yield ("name", instance.name, family), SAME_NAME
    for line in (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded):
        yield ("address", line.address, family), SAME_ADDRESS
