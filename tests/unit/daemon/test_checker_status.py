"""What the checker process tells of its virtual servers."""

from __future__ import annotations

from ipaddress import IPv4Address

from pykeepalived.daemon.checker_status import PORTION, service_reports, snapshots
from pykeepalived.lvs.events import Limited, ServerVerdict, Startup, WeightChanged
from pykeepalived.lvs.pool import Pool
from pykeepalived.lvs.service import Destination, DestinationKey
from pykeepalived.lvs.settings import PoolSettings, ServerSettings, SorryServer

FIRST, SECOND, SORRY = (DestinationKey(IPv4Address(f"10.0.0.{number}"), 80) for number in (1, 2, 9))


def pool() -> Pool:
    servers = tuple(
        ServerSettings(f"[{key.address}]:tcp:80", Destination(key, weight=weight))
        for key, weight in ((FIRST, 3), (SECOND, 2))
    )
    sorry = SorryServer("[10.0.0.9]:tcp:80", Destination(SORRY))
    made = Pool(PoolSettings("[192.0.2.1]:tcp:80", (), servers, quorum=2, sorry_server=sorry))
    made.handle(Startup())
    return made


def told(made: Pool) -> list[tuple[bool, int, int]]:
    (report,) = service_reports([made])
    return [(server.up, server.weight, server.configured_weight) for server in report.servers]


def test_servers_come_in_the_order_of_the_file() -> None:
    assert [(True, 3, 3), (True, 2, 2)] == told(pool())


def test_a_server_that_fails_keeps_its_weight_and_is_down() -> None:
    made = pool()
    made.handle(ServerVerdict(FIRST, False))

    assert [(False, 3, 3), (True, 2, 2)] == told(made)


def test_weights_are_what_the_kernel_is_to_have() -> None:
    made = pool()
    made.handle(WeightChanged(FIRST, 1))
    made.handle(Limited(SECOND, 0))

    assert [(True, 1, 3), (True, 0, 2)] == told(made)


def test_quorum_and_who_answers_without_it() -> None:
    made = pool()
    (before,) = service_reports([made])
    for key in (FIRST, SECOND):
        made.handle(ServerVerdict(key, False))
    (after,) = service_reports([made])

    assert (True, 5, "") == (before.quorum_up, before.alive_weight, before.sorry)
    assert (False, 0, "[10.0.0.9]:tcp:80") == (after.quorum_up, after.alive_weight, after.sorry)


def test_many_servers_are_told_in_portions_and_only_the_last_says_so() -> None:
    pools = [pool() for _ in range(PORTION)]  # of two servers each
    portions = list(snapshots(7, pools, detailed=True))

    assert [False, False, True] == [portion.last for portion in portions]
    assert service_reports(pools) == tuple(one for portion in portions for one in portion.details)
    assert all(len(portion.details) <= PORTION / 2 for portion in portions)


def test_without_virtual_servers_there_still_is_an_answer() -> None:
    for detailed in (True, False):
        assert [(7, True)] == [(one.request_id, one.last) for one in snapshots(7, [], detailed=detailed)]
