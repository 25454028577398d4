"""Draining a server and letting it start slowly: the table and the quorum of its virtual server."""

from __future__ import annotations

from ipaddress import IPv4Address

from pykeepalived.lvs.director import Director
from pykeepalived.lvs.events import (
    Action,
    ConfigChanged,
    Gone,
    Limited,
    Log,
    QuorumNotify,
    ServerVerdict,
    TableChanged,
    WeightChanged,
)
from pykeepalived.lvs.pool import Pool
from pykeepalived.lvs.service import (
    Destination,
    DestinationKey,
    ForwardingMethod,
    Protocol,
    ServiceKey,
    VirtualService,
)
from pykeepalived.lvs.settings import PoolSettings, ServerSettings, SorryServer
from pykeepalived.lvs.slow_start import MOST_STEPS, SlowStart, SlowStarts

VS = "[203.0.113.20]:tcp:80"
SECOND = 1_000_000_000


def key(n: int, port: int = 80) -> DestinationKey:
    return DestinationKey(IPv4Address(f"192.0.2.{n}"), port)


def service(port: int = 80) -> VirtualService:
    return VirtualService(ServiceKey(2, Protocol.TCP, IPv4Address("203.0.113.20"), port), "rr")


def server(n: int, weight: int = 10, **more: bool) -> ServerSettings:
    return ServerSettings(f"[192.0.2.{n}]:tcp:80", Destination(key(n), weight=weight), **more)


def settings(*servers: ServerSettings, **more: object) -> PoolSettings:
    return PoolSettings(VS, (service(),), servers, **more)  # type: ignore[arg-type]


def started(*servers: ServerSettings, **more: object) -> Director:
    director = Director([settings(*servers, **more)])
    director.start()
    return director


def say(
    director: Director, event: Limited | Gone | ServerVerdict | WeightChanged | ConfigChanged
) -> list[Action]:
    return director.handle((VS, 0), event)


def weights(director: Director) -> dict[int, int]:
    ((_, destinations),) = director.desired().values()
    return {int(name.address) & 0xFF: destination.weight for name, destination in destinations.items()}


def only_pool(director: Director) -> Pool:
    (pool,) = director.pools.values()
    return pool


class TestDrained:
    def test_a_drained_server_stays_in_the_table_with_weight_0(self) -> None:
        director = started(server(11), server(12))

        assert [Log(f"Draining service [192.0.2.11]:tcp:80 of VS {VS}"), TableChanged()] == say(
            director, Limited(key(11), 0)
        )
        assert {11: 0, 12: 10} == weights(director)
        assert [] == say(director, Limited(key(11), 0))

        assert [Log(f"No longer draining service [192.0.2.11]:tcp:80 of VS {VS}"), TableChanged()] == say(
            director, Limited(key(11), None)
        )
        assert {11: 10, 12: 10} == weights(director)

    def test_neither_checks_nor_a_reload_put_the_weight_back(self) -> None:
        director = started(server(11), server(12))
        say(director, Limited(key(11), 0))

        say(director, WeightChanged(key(11), 50))
        assert {11: 0, 12: 10} == weights(director)
        say(director, ServerVerdict(key(11), up=False))
        assert {12: 10} == weights(director)
        say(director, ServerVerdict(key(11), up=True))
        assert {11: 0, 12: 10} == weights(director)
        director.reconfigure([settings(server(11, 7), server(12, 7))])
        assert {11: 0, 12: 7} == weights(director)
        say(director, Limited(key(11), None))
        assert {11: 7, 12: 7} == weights(director)

    def test_a_server_that_leaves_the_configuration_is_forgotten(self) -> None:
        director = started(server(11), server(12))
        say(director, Limited(key(11), 0))

        director.reconfigure([settings(server(12))])
        director.reconfigure([settings(server(11), server(12))])

        assert {11: 10, 12: 10} == weights(director)

    def test_a_limit_known_before_the_start_holds_from_the_start(self) -> None:
        director = Director([settings(server(11), server(12))])
        assert [] == say(director, Limited(key(11), 0))

        director.start()

        assert {11: 0, 12: 10} == weights(director)

    def test_it_does_not_count_for_quorum_and_keeps_its_place_beside_the_sorry_server(self) -> None:
        sorry = SorryServer("[192.0.2.99]:tcp:80", Destination(key(99)))
        director = started(server(11), server(12), sorry_server=sorry)
        assert 20 == only_pool(director).alive_weight
        assert 10 == only_pool(director).alive_weight_without({key(11)})

        say(director, Limited(key(11), 0))
        assert only_pool(director).quorum_up
        actions = say(director, ServerVerdict(key(12), up=False))

        assert QuorumNotify(VS, False, "Lost quorum 1+0=1 <= 0") in actions
        assert {11: 0, 99: 1} == weights(director)
        say(director, ServerVerdict(key(11), up=False))
        assert {99: 1} == weights(director)

    def test_an_unknown_server_is_nothing(self) -> None:
        assert [] == say(started(server(11)), Limited(key(12), 0))

    def test_with_direct_routing_it_stands_under_the_port_of_each_service(self) -> None:
        routed = Destination(key(11, 0), ForwardingMethod.DIRECT_ROUTING)
        group = PoolSettings("[G]:0", (service(80), service(443)), (ServerSettings("x", routed),))

        assert [(service(80).key, key(11, 80)), (service(443).key, key(11, 443))] == Pool(group).places(
            key(11, 0)
        )
        assert [] == Pool(group).places(key(12, 0))


class TestRemovedByAReload:
    def test_with_drain_removed_it_stays_with_weight_0_until_it_is_gone(self) -> None:
        director = started(server(11), server(12), drain_removed_ns=SECOND)

        director.reconfigure([settings(server(12), drain_removed_ns=SECOND)])
        assert {11: 0, 12: 10} == weights(director)
        assert [(service().key, key(11))] == only_pool(director).places(key(11))
        director.reconfigure([settings(server(12), drain_removed_ns=SECOND)])
        assert {11: 0, 12: 10} == weights(director)

        assert [TableChanged()] == say(director, Gone(key(11)))
        assert {12: 10} == weights(director)
        assert [] == say(director, Gone(key(11)))

    def test_one_that_was_down_or_comes_back_does_not_stay(self) -> None:
        director = started(server(11), server(12), server(13), drain_removed_ns=SECOND)
        say(director, ServerVerdict(key(11), up=False))

        director.reconfigure([settings(server(12), drain_removed_ns=SECOND)])
        assert {12: 10, 13: 0} == weights(director)
        director.reconfigure([settings(server(12), server(13, 4), drain_removed_ns=SECOND)])
        assert {12: 10, 13: 4} == weights(director)
        assert {} == only_pool(director).leaving

    def test_without_it_a_server_goes_at_once(self) -> None:
        director = started(server(11), server(12))
        director.reconfigure([settings(server(12))])
        assert {12: 10} == weights(director)


class TestSlowStart:
    def test_the_weight_rises_evenly_from_1(self) -> None:
        start = SlowStart(SECOND, 9 * SECOND)

        assert [1, 1, 2, 5, 9, None] == [
            start.limit(10, at)
            for at in (SECOND, SECOND * 2 - 1, 2 * SECOND, 5 * SECOND, 9 * SECOND, 10 * SECOND)
        ]
        assert 2 * SECOND == start.next_at(10, SECOND)
        assert 10 * SECOND == start.next_at(10, 9 * SECOND)

    def test_a_weight_of_1_has_no_steps(self) -> None:
        assert None is SlowStart(0, SECOND).limit(1, 0)
        assert None is SlowStart(0, SECOND).limit(0, 0)

    def test_a_great_weight_has_not_more_steps_than_allowed(self) -> None:
        start, at, seen = SlowStart(0, 10 * SECOND), 0, []
        while (limit := start.limit(60000, at)) is not None:
            seen.append(limit)
            assert start.next_at(60000, at) > at
            at = start.next_at(60000, at)

        assert MOST_STEPS == len(seen)
        assert sorted(set(seen)) == seen
        assert 10 * SECOND == at

    def test_steps_come_until_the_weight_is_full(self) -> None:
        director = started(server(11, 3), server(12, 3))
        pool = only_pool(director)
        starts = SlowStarts(lambda name: pool.servers[name[1]].weight if name[1] in pool.servers else None)

        assert None is starts.next_at
        say(director, Limited(key(11), 0))
        say(director, starts.begin(((VS, 0), key(11)), 4 * SECOND, 0))
        assert {11: 1, 12: 3} == weights(director)
        assert 6 == pool.alive_weight  # for quorum it is there
        assert 2 * SECOND == starts.next_at
        for identity, limited in starts.due(2 * SECOND):
            assert [TableChanged()] == director.handle(identity, limited)
        assert {11: 2, 12: 3} == weights(director)
        for identity, limited in starts.due(4 * SECOND):
            director.handle(identity, limited)
        assert {11: 3, 12: 3} == weights(director)
        assert (None, []) == (starts.next_at, starts.due(5 * SECOND))

    def test_a_cancelled_start_and_one_of_a_removed_server_end(self) -> None:
        weight: dict[DestinationKey, int] = {key(11): 5, key(12): 5}
        starts = SlowStarts(lambda name: weight.get(name[1]))
        starts.begin(((VS, 0), key(11)), SECOND, 0)
        starts.begin(((VS, 0), key(12)), SECOND, 0)

        starts.cancel(((VS, 0), key(11)), 1)
        del weight[key(12)]

        assert [((VS, 0), Limited(key(12), None))] == starts.due(2)
        assert None is starts.next_at

    def test_a_length_of_0_is_no_slow_start(self) -> None:
        starts = SlowStarts(lambda name: 5)

        assert Limited(key(11), None) == starts.begin(((VS, 0), key(11)), 0, 0)
        assert None is starts.next_at

    def test_a_weight_that_a_check_lowers_meanwhile_is_not_exceeded(self) -> None:
        director = started(server(11, 10), server(12))
        say(director, Limited(key(11), 5))

        say(director, WeightChanged(key(11), 2))

        assert 2 == weights(director)[11]
