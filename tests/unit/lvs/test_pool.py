"""One virtual server: quorum, weights, sorry server, alpha, omega, reload; logs as keepalived was seen to."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pykeepalived.lvs.events import (
    Action,
    ConfigChanged,
    Disabled,
    Enabled,
    Log,
    QuorumNotify,
    ServerNotify,
    ServerVerdict,
    Shutdown,
    Startup,
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

VS = "[203.0.113.20]:tcp:80"


def key(n: int, port: int = 80) -> DestinationKey:
    return DestinationKey(IPv4Address(f"192.0.2.{n}"), port)


def service(last: int = 20, port: int = 80) -> VirtualService:
    return VirtualService(ServiceKey(2, Protocol.TCP, IPv4Address(f"203.0.113.{last}"), port), "rr")


def server(n: int, weight: int = 1, *, inhibit: bool = False, starts_down: bool = False) -> ServerSettings:
    return ServerSettings(f"[192.0.2.{n}]:tcp:80", Destination(key(n), weight=weight), inhibit, starts_down)


def sorry(*, inhibit: bool = False) -> SorryServer:
    return SorryServer("[192.0.2.99]:tcp:80", Destination(key(99)), inhibit)


def settings(*servers: ServerSettings, **more: object) -> PoolSettings:
    return PoolSettings(VS, (service(),), servers, **more)  # type: ignore[arg-type]


def started(*servers: ServerSettings, **more: object) -> Pool:
    pool = Pool(settings(*servers, **more))
    pool.handle(Startup())
    return pool


def weights(pool: Pool) -> dict[int, int]:
    """Last octet -> weight of what the (one) service should have in the kernel."""
    (_, destinations), *_ = pool.desired().values()
    return {int(name.address) & 0xFF: destination.weight for name, destination in destinations.items()}


def logs(actions: list[Action]) -> list[str]:
    return [action.text for action in actions if isinstance(action, Log)]


class TestStart:
    def test_without_alpha_all_servers_start_up_and_quorum_is_gained(self) -> None:
        pool = Pool(settings(server(11), server(12, weight=2)))

        assert [
            TableChanged(),
            Log(f"Gained quorum 1+0=1 <= 3 for VS {VS}"),
            QuorumNotify(VS, True, "Starting with quorum up 1+0=1 <= 3"),
        ] == pool.handle(Startup())
        assert {11: 1, 12: 2} == weights(pool)

    def test_nothing_is_in_the_table_before_the_start(self) -> None:
        assert {} == Pool(settings(server(11))).desired()

    def test_with_alpha_servers_start_down_and_nothing_is_said_without_a_sorry_server(self) -> None:
        pool = Pool(settings(server(11, starts_down=True)))

        assert [TableChanged()] == pool.handle(Startup())
        assert {} == weights(pool)
        assert not pool.quorum_up

    def test_with_alpha_the_sorry_server_serves_until_a_check_passes(self) -> None:
        pool = Pool(settings(server(11, starts_down=True), sorry_server=sorry()))

        assert [
            f"Starting with quorum down 1-0=1 > 0 for VS {VS}",
            f"Adding sorry server [192.0.2.99]:tcp:80 to VS {VS}",
            f"Removing alive servers from the pool for VS {VS}",
        ] == logs(pool.handle(Startup()))
        assert {99: 1} == weights(pool)

    def test_too_little_weight_for_the_upper_margin_starts_without_quorum(self) -> None:
        pool = Pool(
            settings(server(11, inhibit=True), server(12), quorum=2, hysteresis=1, sorry_server=sorry())
        )

        assert f"Starting with quorum down 2-1=3 > 2 for VS {VS}" == logs(pool.handle(Startup()))[0]
        assert {11: 0, 99: 1} == weights(pool)

    def test_a_sorry_server_with_inhibit_waits_in_the_table_with_weight_0(self) -> None:
        assert {11: 1, 99: 0} == weights(started(server(11), sorry_server=sorry(inhibit=True)))

    def test_an_inhibited_server_that_starts_down_waits_with_weight_0(self) -> None:
        assert {11: 0} == weights(started(server(11, inhibit=True, starts_down=True)))


class TestVerdicts:
    def test_a_failed_server_leaves_the_table(self) -> None:
        pool = started(server(11), server(12))

        assert [
            Log(f"Removing service [192.0.2.11]:tcp:80 from VS {VS}"),
            TableChanged(),
            ServerNotify(VS, key(11), "[192.0.2.11]:tcp:80", False),
        ] == pool.handle(ServerVerdict(key(11), up=False))
        assert {12: 1} == weights(pool)

    def test_a_returning_server_comes_back(self) -> None:
        pool = started(server(11), server(12))
        pool.handle(ServerVerdict(key(11), up=False))

        assert [
            Log(f"Adding service [192.0.2.11]:tcp:80 to VS {VS}"),
            TableChanged(),
            ServerNotify(VS, key(11), "[192.0.2.11]:tcp:80", True),
        ] == pool.handle(ServerVerdict(key(11), up=True))
        assert {11: 1, 12: 1} == weights(pool)

    def test_inhibit_on_failure_sets_weight_0_instead(self) -> None:
        pool = started(server(11, inhibit=True), server(12))

        assert [f"Disabling service [192.0.2.11]:tcp:80 of VS {VS}"] == logs(
            pool.handle(ServerVerdict(key(11), up=False))
        )
        assert {11: 0, 12: 1} == weights(pool)
        assert [f"Enabling service [192.0.2.11]:tcp:80 of VS {VS}"] == logs(
            pool.handle(ServerVerdict(key(11), up=True))
        )

    def test_the_first_bad_result_of_a_server_that_is_down_is_told_and_changes_nothing(self) -> None:
        pool = started(server(11), server(12))
        first = ServerVerdict(key(11), up=False, first=True)
        assert [] == pool.handle(first)  # up after all: another check's word

        pool.handle(ServerVerdict(key(11), up=False))

        assert [ServerNotify(VS, key(11), "[192.0.2.11]:tcp:80", False, changed=False)] == pool.handle(first)

    @pytest.mark.parametrize(
        "event",
        [ServerVerdict(key(11), up=True), ServerVerdict(key(77), up=False), WeightChanged(key(77), 3)],
        ids=["repeated", "unknown server", "weight of an unknown server"],
    )
    def test_nothing_new_does_nothing(self, event: ServerVerdict | WeightChanged) -> None:
        assert [] == started(server(11)).handle(event)


class TestQuorum:
    def test_losing_it_without_a_sorry_server_keeps_the_alive_servers(self) -> None:
        pool = started(server(11), server(12), quorum=2)

        actions = pool.handle(ServerVerdict(key(11), up=False))

        assert f"Lost quorum 2-0=2 > 1 for VS {VS}" == logs(actions)[-1]
        assert QuorumNotify(VS, False, "Lost quorum 2+0=2 <= 1") == actions[-1]
        assert {12: 1} == weights(pool)

    def test_the_sorry_server_replaces_the_pool_in_one_visit_to_the_kernel(self) -> None:
        pool = started(server(11), server(12, weight=2, inhibit=True), quorum=3, sorry_server=sorry())

        actions = pool.handle(ServerVerdict(key(11), up=False))

        assert [
            f"Removing service [192.0.2.11]:tcp:80 from VS {VS}",
            f"Lost quorum 3-0=3 > 2 for VS {VS}",
            f"Adding sorry server [192.0.2.99]:tcp:80 to VS {VS}",
            f"Removing alive servers from the pool for VS {VS}",
        ] == logs(actions)
        assert 1 == actions.count(TableChanged())
        assert {12: 0, 99: 1} == weights(pool)

    def test_gaining_it_puts_the_servers_back_and_the_sorry_server_away(self) -> None:
        pool = started(server(11), server(12), quorum=2, sorry_server=sorry(inhibit=True))
        pool.handle(ServerVerdict(key(11), up=False))

        assert [
            f"Adding service [192.0.2.11]:tcp:80 to VS {VS}",
            f"Gained quorum 2+0=2 <= 2 for VS {VS}",
            f"Disabling sorry server [192.0.2.99]:tcp:80 from VS {VS}",
            f"Adding alive servers to the pool for VS {VS}",
        ] == logs(pool.handle(ServerVerdict(key(11), up=True)))
        assert {11: 1, 12: 1, 99: 0} == weights(pool)

    def test_hysteresis_makes_it_harder_to_lose_and_harder_to_gain(self) -> None:
        pool = started(*(server(n) for n in (11, 12, 13, 14)), quorum=2, hysteresis=1)
        seen = []
        for n in (11, 12, 13, 14):
            pool.handle(ServerVerdict(key(n), up=False))
            seen.append(pool.quorum_up)
        for n in (11, 12, 13, 14):
            pool.handle(ServerVerdict(key(n), up=True))
            seen.append(pool.quorum_up)

        assert [True, True, True, False, False, False, True, True] == seen

    def test_no_weight_at_all_loses_it_however_wide_the_margin(self) -> None:
        pool = started(server(11), server(12), quorum=1, hysteresis=1)
        pool.handle(ServerVerdict(key(11), up=False))
        assert pool.quorum_up

        pool.handle(ServerVerdict(key(12), up=False))
        assert not pool.quorum_up

    def test_a_weight_of_0_in_all_servers_loses_it(self) -> None:
        pool = started(server(11, weight=3))

        actions = pool.handle(WeightChanged(key(11), -5))

        assert [
            f"Changing weight from 3 to 0 for active service [192.0.2.11]:tcp:80 of VS {VS}",
            f"Lost quorum 1-0=1 > 0 for VS {VS}",
        ] == logs(actions)
        assert {11: 0} == weights(pool)

    def test_the_weight_of_a_dead_server_counts_when_it_returns(self) -> None:
        pool = started(server(11), server(12))
        pool.handle(ServerVerdict(key(11), up=False))

        assert [f"Changing weight from 1 to 7 for inactive service [192.0.2.11]:tcp:80 of VS {VS}"] == logs(
            pool.handle(WeightChanged(key(11), 7))
        )
        pool.handle(ServerVerdict(key(11), up=True))
        assert {11: 7, 12: 1} == weights(pool)


class TestStop:
    def test_without_omega_nobody_is_told(self) -> None:
        pool = started(server(11), server(12, inhibit=True))
        pool.handle(ServerVerdict(key(12), up=False))

        assert [
            Log(f"Shutting down service [192.0.2.11]:tcp:80 from VS {VS}"),
            Log(f"Shutting down (inhibited) service [192.0.2.12]:tcp:80 from VS {VS}"),
            TableChanged(),
        ] == pool.handle(Shutdown())
        assert {} == pool.desired()

    def test_omega_tells_each_alive_server_and_the_quorum_once(self) -> None:
        pool = started(server(11), server(12), server(13), omega=True)
        pool.handle(ServerVerdict(key(13), up=False))

        told = [a for a in pool.handle(Shutdown()) if isinstance(a, ServerNotify | QuorumNotify)]

        assert [
            ServerNotify(VS, key(11), "[192.0.2.11]:tcp:80", False),
            ServerNotify(VS, key(12), "[192.0.2.12]:tcp:80", False),
            QuorumNotify(VS, False, "Shutting down"),
        ] == told

    def test_a_stopped_pool_ignores_verdicts(self) -> None:
        pool = started(server(11))
        pool.handle(Shutdown())

        assert [] == pool.handle(ServerVerdict(key(11), up=True))


class TestFollowingVrrp:
    def test_services_of_an_instance_are_there_only_while_it_is_master(self) -> None:
        pool = started(server(11), owners=("VI_1",))
        assert ({}, False) == (pool.desired(), pool.present)

        assert [TableChanged()] == pool.handle(Enabled("VI_1"))
        assert ({11: 1}, True) == (weights(pool), pool.present)

        assert [TableChanged()] == pool.handle(Disabled("VI_1"))
        assert {} == pool.desired()

    def test_another_instance_changes_nothing(self) -> None:
        assert [] == started(server(11), owners=("VI_1",)).handle(Enabled("VI_2"))

    def test_verdicts_count_while_the_services_are_away(self) -> None:
        pool = started(server(11), server(12), owners=("VI_1",))
        pool.handle(ServerVerdict(key(11), up=False))
        pool.handle(Enabled("VI_1"))

        assert {12: 1} == weights(pool)

    def test_a_group_can_belong_to_several_instances(self) -> None:
        two = replace(settings(server(11)), services=(service(20), service(21)), owners=("VI_1", None))
        pool = Pool(two)
        pool.handle(Startup())
        assert {service(21).key} == pool.desired().keys()

        pool.handle(Enabled("VI_1"))
        assert {service(20).key, service(21).key} == pool.desired().keys()

    def test_a_pool_made_late_knows_who_is_master(self) -> None:
        pool = Pool(settings(server(11), owners=("VI_1",)), frozenset({"VI_1", "VI_2"}))
        pool.handle(Startup())

        assert {11: 1} == weights(pool)


class TestReload:
    def test_a_server_keeps_its_state_a_new_one_starts_up_a_removed_one_goes(self) -> None:
        pool = started(server(11), server(12), server(13))
        pool.handle(ServerVerdict(key(11), up=False))

        actions = pool.handle(ConfigChanged(settings(server(11), server(12), server(14))))

        assert [Log("service [192.0.2.13]:tcp:80 no longer exist"), TableChanged()] == actions
        assert {12: 1, 14: 1} == weights(pool)

    def test_a_new_weight_in_the_file_counts_at_once(self) -> None:
        pool = started(server(11))
        pool.handle(ConfigChanged(settings(server(11, weight=9))))

        assert {11: 9} == weights(pool)

    def test_a_weight_chosen_by_a_check_survives_when_the_file_keeps_its_own(self) -> None:
        pool = started(server(11))
        pool.handle(WeightChanged(key(11), 5))
        pool.handle(ConfigChanged(settings(server(11), server(12))))

        assert {11: 5, 12: 1} == weights(pool)

    def test_a_higher_quorum_brings_the_sorry_server(self) -> None:
        pool = started(server(11), sorry_server=sorry())
        pool.handle(ConfigChanged(settings(server(11), server(12), quorum=2, sorry_server=sorry())))
        assert {11: 1, 12: 1} == weights(pool)

        pool.handle(ServerVerdict(key(12), up=False))
        assert {99: 1} == weights(pool)

    def test_a_removed_virtual_server_says_so_once(self) -> None:
        assert [Log(f"Removing Virtual Server {VS}"), TableChanged()] == started(server(11)).handle(
            Shutdown(removed=True)
        )


class TestPorts:
    """Only masquerading translates ports (seen in the kernel table of a keepalived group with DR and NAT)."""

    def group(self, method: ForwardingMethod, port: int) -> Pool:
        mark = VirtualService(ServiceKey(2, None, None, 0, 7), "rr")
        destination = Destination(key(11, port), method)
        one = PoolSettings(
            "[G]:0", (service(20, 80), service(21, 8080), mark), (ServerSettings("x", destination),)
        )
        pool = Pool(one)
        pool.handle(Startup())
        return pool

    def ports(self, pool: Pool) -> list[int]:
        return [name.port for _, destinations in pool.desired().values() for name in destinations]

    def test_direct_routing_takes_the_port_of_each_service(self) -> None:
        assert [80, 8080, 0] == self.ports(self.group(ForwardingMethod.DIRECT_ROUTING, 81))

    def test_masquerading_keeps_the_port_of_the_server(self) -> None:
        assert [81, 81, 81] == self.ports(self.group(ForwardingMethod.MASQUERADE, 81))

    def test_a_masqueraded_server_without_port_stays_so_the_kernel_keeps_the_packets_port(self) -> None:
        assert [0, 0, 0] == self.ports(self.group(ForwardingMethod.MASQUERADE, 0))


def test_with_tells_start_a_server_that_starts_up_is_told_of() -> None:
    pool = Pool(settings(server(1), server(2, starts_down=True), tells_start=True))

    told = [action for action in pool.handle(Startup()) if isinstance(action, ServerNotify)]

    assert [ServerNotify(VS, key(1), "[192.0.2.1]:tcp:80", True)] == told


def test_with_tells_start_a_reload_tells_of_new_servers_only() -> None:
    pool = started(server(1), tells_start=True)

    actions = pool.handle(ConfigChanged(settings(server(1), server(2), tells_start=True)))

    assert [key(2)] == [action.server for action in actions if isinstance(action, ServerNotify)]
