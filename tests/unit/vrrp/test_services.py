"""How long the preemption of a Master that serves waits for virtual services."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.vrrp.actions import ApplyServices, SendAdvertisement, TakeAddresses, WithdrawServices
from pykeepalived.vrrp.events import (
    AdvertisementReceived,
    FaultRaised,
    PrimaryAddressChanged,
    ServicesApplied,
    Startup,
    TimerFired,
)
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.states import Backup, Master
from pykeepalived.vrrp.timers import PREEMPTION_PATIENCE_NS, SERVICES_LIMIT_NS

SECOND = 1_000_000_000
PEER = IPv4Address("192.0.2.2")
SETTINGS = RouterSettings(
    "VI_1",
    "eth0",
    51,
    follows_services=True,
    addresses=(VirtualAddress(IPv4Address("192.0.2.100"), 24, "eth0"),),
)
LOWER = AdvertisementReceived(PEER, 50, SECOND)


def started() -> VirtualRouter:
    router = VirtualRouter(SETTINGS)
    router.handle(PrimaryAddressChanged(IPv4Address("192.0.2.1")), 0)
    router.handle(Startup(), 0)
    return router


def until_master(router: VirtualRouter, *, master_lives: bool, limit_s: int = 120) -> int:
    """Play time with a lower Master's adverts; when the router became Master."""
    now, advert_at = 0, SECOND
    while now < limit_s * SECOND:
        assert router.deadline is not None
        now = min(router.deadline, advert_at)
        if now == advert_at:
            advert_at += SECOND
            if master_lives:
                router.handle(LOWER, now)
                continue
        router.handle(TimerFired(), now)
        if isinstance(router.state, Master):
            return now
    raise AssertionError("never Master")


def test_a_serving_master_is_left_alone_until_patience_ends() -> None:
    router = started()
    down_at = router.state.master_down_at if isinstance(router.state, Backup) else 0

    assert down_at + PREEMPTION_PATIENCE_NS == until_master(router, master_lives=True)
    assert isinstance(router.state, Master)
    assert router.state.services_due_at == down_at + PREEMPTION_PATIENCE_NS + SERVICES_LIMIT_NS


def test_without_a_living_master_nothing_is_put_off() -> None:
    router = started()
    down_at = router.state.master_down_at if isinstance(router.state, Backup) else 0

    assert down_at == until_master(router, master_lives=False)


def test_services_that_stand_end_the_waiting_at_once() -> None:
    router = started()
    for now in (1, 2, 3):
        router.handle(LOWER, now * SECOND)
    assert router.deadline is not None
    asked = router.handle(TimerFired(), router.deadline)
    put_off = router.handle(TimerFired(), router.deadline)
    router.handle(ServicesApplied(), 4 * SECOND)
    taken = router.handle(TimerFired(), 4 * SECOND)

    assert ApplyServices() in asked
    assert not any(isinstance(action, SendAdvertisement) for action in put_off)
    assert any(isinstance(action, TakeAddresses) for action in taken)
    assert not any(isinstance(action, ApplyServices) for action in taken)


def test_a_fault_while_waiting_withdraws_the_services() -> None:
    router = started()
    router.handle(LOWER, 3 * SECOND)
    assert router.deadline is not None
    router.handle(TimerFired(), router.deadline)

    assert WithdrawServices() in router.handle(FaultRaised("eth0 down"), 4 * SECOND)


def test_a_router_without_services_waits_for_nothing() -> None:
    router = VirtualRouter(replace(SETTINGS, follows_services=False))
    router.handle(PrimaryAddressChanged(IPv4Address("192.0.2.1")), 0)
    router.handle(Startup(), 0)
    down_at = router.state.master_down_at if isinstance(router.state, Backup) else 0

    assert down_at == until_master(router, master_lives=True)
