"""All pools together: one table, one visit to the kernel for an event of many."""

from __future__ import annotations

import copy
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pykeepalived.lvs.director import Director
from pykeepalived.lvs.events import Log, QuorumNotify, ServerVerdict, TableChanged
from pykeepalived.lvs.pool import Pool
from pykeepalived.lvs.service import (
    Destination,
    DestinationKey,
    Protocol,
    ServiceKey,
    Table,
    VirtualService,
    merge,
)
from pykeepalived.lvs.settings import PoolSettings, ServerSettings

OTHER = Destination(DestinationKey(IPv4Address("192.0.2.12"), 80))
SERVER = DestinationKey(IPv4Address("192.0.2.11"), 80)


def pool(n: int, owner: str | None = None, weight: int = 1) -> PoolSettings:
    key = ServiceKey(2, Protocol.TCP, IPv4Address(f"203.0.113.{n}"), 80)
    server = ServerSettings("[192.0.2.11]:tcp:80", Destination(SERVER, weight=weight))
    return PoolSettings(str(key), (VirtualService(key),), (server,), owners=(owner,))


def octets(director: Director) -> list[int]:
    return [int(key.address or 0) & 0xFF for key in director.desired()]


def test_the_start_of_many_pools_visits_the_kernel_once_and_first() -> None:
    actions = Director([pool(1), pool(2)]).start()

    assert TableChanged() == actions[0]
    assert 1 == actions.count(TableChanged())
    assert 2 == sum(isinstance(action, QuorumNotify) for action in actions)


def test_services_follow_their_instance() -> None:
    director = Director([pool(1, "A"), pool(2, "B"), pool(3)], masters=["B"])
    director.start()
    assert [2, 3] == octets(director)

    assert [TableChanged()] == director.set_master("A", True)
    assert [TableChanged()] == director.set_master("B", False)
    assert [1, 3] == octets(director)
    assert [] == director.set_master("B", False)


def test_a_verdict_changes_only_its_pool() -> None:
    director = Director([pool(1), pool(2)])
    director.start()
    before = director.desired()

    director.handle((pool(1).label, 0), ServerVerdict(SERVER, up=False))

    after = director.desired()
    first, second = before
    assert {} == after[first][1]
    assert before[second] == after[second]


def test_a_verdict_for_a_pool_that_a_reload_removed_does_nothing() -> None:
    assert [] == Director([]).handle(("[203.0.113.1]:tcp:80", 0), ServerVerdict(SERVER, up=False))


def test_a_reload_keeps_adds_and_removes() -> None:
    director = Director([pool(1), pool(2)])
    director.start()
    director.handle((pool(1).label, 0), ServerVerdict(SERVER, up=False))

    actions = director.reconfigure([pool(1, weight=5), pool(3)])

    assert [1, 3] == octets(director)
    assert Log("Removing Virtual Server [203.0.113.2]:tcp:80") in actions
    assert Log("Gained quorum 1+0=1 <= 1 for VS [203.0.113.3]:tcp:80") in actions
    assert not director.pools[(pool(1).label, 0)].servers[SERVER].alive


def test_a_reload_remembers_who_is_master_for_an_instance_that_had_no_services() -> None:
    director = Director([pool(1)])
    director.start()
    director.set_master("NEW", True)
    director.reconfigure([pool(1, "NEW")])

    assert [1] == octets(director)


def test_two_virtual_servers_with_one_address_join_and_the_first_wins() -> None:
    second = replace(pool(1, weight=9), occurrence=1)
    director = Director([pool(1), second])
    director.start()

    ((_, destinations),) = director.desired().values()
    assert [1] == [destination.weight for destination in destinations.values()]
    assert director.desired() == merge([director.desired(), director.desired()])


def test_the_claim_covers_services_that_are_away() -> None:
    director = Director([pool(1, "A"), pool(2)])
    director.start()

    assert {1, 2} == {int(key.address or 0) & 0xFF for key in director.claimed}


def test_a_reload_computes_again_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    director = Director([pool(1), pool(2)])
    director.start()
    first, second = director.desired()
    computed: list[str] = []
    desired = Pool.desired

    def counted(one: Pool) -> Table:
        computed.append(one.settings.label)
        return desired(one)

    monkeypatch.setattr(Pool, "desired", counted)
    director.reconfigure([pool(1), pool(2, weight=7)])
    after = director.desired()

    assert [pool(2).label] == computed
    assert (1, 7) == (after[first][1][SERVER].weight, after[second][1][SERVER].weight)


def test_a_reload_that_changes_nothing_asks_for_nothing() -> None:
    director = Director([pool(1), pool(2)])
    director.start()
    before = director.desired()

    assert [] == director.reconfigure([pool(1), pool(2)])
    assert before == director.desired()


def test_a_table_that_was_handed_out_stays_as_it_was() -> None:
    """Whoever carried it out remembers it and compares the next one with it."""
    shared = pool(1)
    other = replace(shared, occurrence=1, servers=(replace(shared.servers[0], destination=OTHER),))
    director = Director([shared, other, pool(2)])
    director.start()
    handed_out = director.desired()
    before = copy.deepcopy(handed_out)

    more = replace(OTHER, key=DestinationKey(IPv4Address("192.0.2.13"), 80))
    servers = (*other.servers, replace(other.servers[0], destination=more))
    director.reconfigure([shared, replace(other, servers=servers), pool(3)])
    assert before != director.desired()
    assert before == handed_out
