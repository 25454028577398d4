"""Floods, late and spurious wake-ups, order of actions: what a trace shows badly."""

from __future__ import annotations

import dataclasses
import itertools
from ipaddress import IPv4Address

import pytest

from pykeepalived.vrrp.actions import (
    Action,
    AnnounceAddresses,
    Count,
    Counter,
    LowerPriorityReceived,
    ReleaseAddresses,
    SendAdvertisement,
    StateChanged,
    TakeAddresses,
)
from pykeepalived.vrrp.events import (
    AdvertisementReceived,
    ConfigChanged,
    Event,
    FaultRaised,
    GroupAllowsMaster,
    GroupFellBack,
    PrimaryAddressChanged,
    PriorityChanged,
    ServicesApplied,
    Shutdown,
    Startup,
    TimerFired,
    Woke,
)
from pykeepalived.vrrp.log import Log
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import InitialState, RouterSettings, VirtualAddress
from pykeepalived.vrrp.states import Backup, Initialize, InitializeReason, Master

SECOND = 1_000_000_000
OURS, PEER = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
SETTINGS = RouterSettings(
    "VI_1", "eth0", 51, addresses=(VirtualAddress(IPv4Address("192.0.2.100"), 24, "eth0"),)
)


def started(*, master: bool = False, **changes: object) -> VirtualRouter:
    router = VirtualRouter(dataclasses.replace(SETTINGS, **changes))  # type: ignore[arg-type]
    router.handle(PrimaryAddressChanged(OURS), 0)
    router.handle(Startup(resume_master=master), 0)
    return router


def advert(priority: int, source: IPv4Address = PEER, interval_ns: int = SECOND) -> AdvertisementReceived:
    return AdvertisementReceived(source, priority, interval_ns)


def of(kind: type[Action], actions: list[Action]) -> list[Action]:
    return [action for action in actions if isinstance(action, kind)]


def test_a_flood_of_lower_priorities_moves_no_timer_and_gets_few_answers() -> None:
    """[AC-11] [AC-8]: 10,000 a second for ten seconds."""
    router = started(master=True)
    everything: list[Action] = []
    periodic = []
    for at in range(1, 10 * SECOND, SECOND // 10_000):
        if router.deadline is not None and router.deadline <= at:
            sent = router.handle(TimerFired(), at)
            periodic += [at // SECOND for _ in of(SendAdvertisement, sent)]
        everything += router.handle(advert(1), at)
    assert list(range(1, 10)) == periodic
    assert len(of(SendAdvertisement, everything)) <= 3 + 10
    assert len(of(AnnounceAddresses, everything)) <= 2 + 10
    assert len(of(LowerPriorityReceived, everything)) <= 3 + 10
    assert len(of(Log, everything)) <= 2
    suppressed = everything.count(Count(Counter.ANSWER_SUPPRESSED))
    assert 100_000 == suppressed + len(of(SendAdvertisement, everything))


def test_a_flood_of_releases_does_not_make_a_master_silent() -> None:
    """[AC-9]"""
    router = started(master=True)
    sent = []
    for at in range(1, 10 * SECOND, SECOND // 1000):
        if router.deadline is not None and router.deadline <= at:
            sent += [at for _ in of(SendAdvertisement, router.handle(TimerFired(), at))]
        sent += [at for _ in of(SendAdvertisement, router.handle(advert(0), at))]
    assert max(later - earlier for earlier, later in itertools.pairwise(sent)) <= SECOND + 1_000_000
    assert len(sent) <= 3 + 2 * 10


def test_a_flood_in_backup_logs_little() -> None:
    """[RX-12] [BK-9]"""
    router = started()
    actions: list[Action] = []
    for number in range(20_000):
        source = IPv4Address(0x0A000000 + number)
        actions += router.handle(AdvertisementReceived(source, 200, SECOND, False), number)
        actions += router.handle(AdvertisementReceived(source, 50, SECOND, False), number)
    assert len(of(Log, actions)) <= 5


EVENTS: list[Event] = [
    TimerFired(),
    Woke(0),
    ServicesApplied(),
    GroupAllowsMaster(),
    GroupFellBack(),
    ConfigChanged(SETTINGS),
    PriorityChanged(100),
    advert(50),
    advert(0),
    advert(200),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize(
    "reason", [InitializeReason.WAITING, InitializeReason.FAULT, InitializeReason.STOPPED]
)
def test_a_router_that_does_not_take_part_says_nothing(event: Event, reason: InitializeReason) -> None:
    """[BK-5] [XC-14] [IN-4]"""
    router = VirtualRouter(SETTINGS)
    router.handle(PrimaryAddressChanged(OURS), 0)
    if reason is not InitializeReason.WAITING:
        router.handle(Startup(), 0)
        router.handle(FaultRaised("x") if reason is InitializeReason.FAULT else Shutdown(), 0)
    assert [] == router.handle(event, 100 * SECOND)
    assert Initialize(reason) == router.state
    assert router.deadline is None


def test_an_early_timer_does_nothing() -> None:
    """[BK-6] [AC-8]"""
    for master in (False, True):
        router = started(master=master)
        state, deadline = router.state, router.deadline
        assert deadline is not None
        assert [] == router.handle(TimerFired(), deadline - 1)
        assert (state, deadline) == (router.state, router.deadline)


def test_a_takeover_does_not_wait_for_a_little_lateness() -> None:
    """[BK-6] [TM-7]: what a busy machine takes to wake up is no reason to listen again."""
    for interval_ns, late_ns in ((SECOND, 200_000_000), (SECOND // 100, 40_000_000)):
        router = started(version=3, advertisement_interval_ns=interval_ns)
        assert router.deadline is not None
        router.handle(TimerFired(), router.deadline + late_ns)
        assert isinstance(router.state, Master)


def test_addresses_are_gone_before_the_state_is_published() -> None:
    """[AC-14]"""
    for event in (advert(200), FaultRaised("x"), Shutdown(), GroupFellBack()):
        actions = started(master=True).handle(event, SECOND // 2)
        kinds = [type(action) for action in actions]
        assert kinds.index(ReleaseAddresses) < kinds.index(StateChanged)


def test_the_advert_precedes_addresses_and_announcement_on_the_way_up() -> None:
    """[BK-6] [XC-3]"""
    router = started()
    assert router.deadline is not None
    kinds = [type(action) for action in router.handle(TimerFired(), router.deadline)]
    order = [SendAdvertisement, TakeAddresses, AnnounceAddresses, StateChanged]
    assert order == [kind for kind in kinds if kind in order]
    assert kinds.index(AnnounceAddresses) == kinds.index(TakeAddresses) + 1


def test_nothing_is_sent_with_priority_zero_but_on_release() -> None:
    """[TX-7]"""
    router = started()
    assert [] == of(SendAdvertisement, router.handle(Shutdown(), SECOND))
    router = started(master=True)
    assert [SendAdvertisement(0)] == of(SendAdvertisement, router.handle(Shutdown(), SECOND))


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("interval_ns", [SECOND, 3 * SECOND])
def test_only_version_3_learns_the_interval(version: int, interval_ns: int) -> None:
    """[TM-4] [TM-5]"""
    router = started(version=version)
    router.handle(advert(200, interval_ns=interval_ns), 0)
    assert isinstance(router.state, Backup)
    assert (interval_ns if version == 3 else SECOND) == router.state.master_adver_interval_ns


def test_a_router_without_addresses_is_elected_all_the_same() -> None:
    router = started(master=False, addresses=())
    assert router.deadline is not None
    actions = router.handle(TimerFired(), router.deadline)
    assert [] == of(TakeAddresses, actions) + of(AnnounceAddresses, actions)
    assert isinstance(router.state, Master)


def test_state_master_below_255_starts_as_backup_with_the_whole_interval() -> None:
    """[IN-3]: Debian's keepalived 2.2.7 takes over after the same 3.6 s with state MASTER and BACKUP."""
    router = started(initial_state=InitialState.MASTER)
    assert isinstance(router.state, Backup)
    assert 3_609_375_000 == router.deadline


def test_the_wall_clock_is_never_read() -> None:
    """[TM-6]: all time comes in as ``now``; the same events at other times give the same path."""
    paths = []
    for origin in (0, 10**18):
        router = VirtualRouter(SETTINGS)
        router.handle(PrimaryAddressChanged(OURS), origin)
        path = [router.handle(Startup(), origin)]
        assert router.deadline is not None
        path.append(router.handle(TimerFired(), router.deadline))
        paths.append((path, (router.deadline or 0) - origin))
    assert paths[0] == paths[1]


def test_a_started_router_ignores_a_second_start() -> None:
    router = started(master=True)
    assert [] == router.handle(Startup(), SECOND // 2)


def test_a_stopped_router_can_start_again() -> None:
    router = started()
    router.handle(Shutdown(), SECOND)
    router.handle(Startup(), 2 * SECOND)
    assert isinstance(router.state, Backup)


def test_time_that_was_listened_before_the_startup_is_not_waited_again() -> None:
    router = VirtualRouter(SETTINGS)
    router.handle(PrimaryAddressChanged(OURS), 0)
    router.handle(Startup(listening_since=10 * SECOND), 12 * SECOND)
    waited_from_then = 10 * SECOND + 3 * SECOND + 156 * SECOND // 256

    assert waited_from_then == router.deadline
    assert isinstance(router.state, Backup)


def test_whoever_has_listened_for_long_enough_still_takes_what_is_queued_first() -> None:
    router = VirtualRouter(SETTINGS)
    router.handle(PrimaryAddressChanged(OURS), 0)
    router.handle(Startup(listening_since=0), 9 * SECOND)
    assert 9 * SECOND == router.deadline

    router.handle(advert(200), 9 * SECOND)

    assert not of(SendAdvertisement, router.handle(TimerFired(), 9 * SECOND + 1))


def test_a_nopreempt_master_steps_back_after_a_suspend_although_no_monotonic_time_has_passed() -> None:
    """[TM-7]"""
    router = started(master=True, preempt_mode=False)
    router.handle(TimerFired(), SECOND)

    actions = router.handle(Woke(SECOND - 60 * SECOND), SECOND + 1)

    assert isinstance(router.state, Backup)
    assert 1 == len(of(ReleaseAddresses, actions))
    assert not of(SendAdvertisement, actions)


def test_a_preempting_master_speaks_up_at_once_after_a_suspend_unless_a_better_one_was_heard() -> None:
    """[TM-7]"""
    router = started(master=True)
    assert not of(SendAdvertisement, router.handle(Woke(-60 * SECOND), SECOND // 2))
    assert SECOND // 2 == router.deadline

    actions = router.handle(TimerFired(), SECOND // 2)

    assert [SendAdvertisement(100)] == of(SendAdvertisement, actions)
    assert of(AnnounceAddresses, actions)


def test_a_discarded_advert_teaches_no_interval() -> None:
    """[TM-5] [BK-9] What a worse router says counts for nothing in a Backup that preempts."""
    router = started(version=3)
    deadline = router.deadline

    router.handle(advert(50, interval_ns=40 * SECOND), SECOND)

    assert isinstance(router.state, Backup)
    assert SECOND == router.state.master_adver_interval_ns
    assert deadline == router.deadline
