"""Routes and rules around the addresses: after them on the way up, before them on the way down."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.vrrp.actions import (
    AnnounceAddresses,
    ReleaseAddresses,
    ReleaseRouting,
    SendAdvertisement,
    StateChanged,
    TakeAddresses,
    TakeRouting,
)
from pykeepalived.vrrp.events import ConfigChanged, FaultRaised, PrimaryAddressChanged, Shutdown, Startup
from pykeepalived.vrrp.log import Log
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from tests.support.routing_lines import route_of, rule_of

ONE, OTHER = route_of("203.0.113.0/28 dev eth0 metric 1"), route_of("203.0.113.16/28 dev eth0")
RULE = rule_of("from 203.0.113.0/28 table 1 priority 1")
SETTINGS = RouterSettings(
    "VI_1",
    "eth0",
    51,
    version=3,
    priority=255,
    addresses=(VirtualAddress(IPv4Address("192.0.2.100"), 24, "eth0"),),
    routes=(ONE, OTHER),
    rules=(RULE,),
)


def master(settings: RouterSettings) -> tuple[VirtualRouter, list[object]]:
    router = VirtualRouter(settings)
    router.handle(PrimaryAddressChanged(IPv4Address("192.0.2.1")), 0)
    return router, list(router.handle(Startup(), 0))


def kinds(actions: list[object]) -> list[type]:
    wanted = (
        SendAdvertisement,
        TakeAddresses,
        AnnounceAddresses,
        TakeRouting,
        ReleaseRouting,
        ReleaseAddresses,
        StateChanged,
    )
    return [type(one) for one in actions if isinstance(one, wanted)]


def test_a_new_master_takes_them_after_its_addresses_are_announced() -> None:
    _, actions = master(SETTINGS)

    assert [SendAdvertisement, TakeAddresses, AnnounceAddresses, TakeRouting, StateChanged] == kinds(actions)
    assert TakeRouting((ONE, OTHER, RULE)) in actions
    texts = [one.text for one in actions if isinstance(one, Log)]
    assert ["(VI_1) setting Virtual Routes", "(VI_1) setting Virtual Rules"] == texts[-2:]


def test_whoever_gives_up_its_role_removes_them_before_the_addresses_in_opposite_order() -> None:
    for event in (Shutdown(), FaultRaised("interface eth0 down")):
        router, _ = master(SETTINGS)
        actions = list(router.handle(event, 1))

        assert [SendAdvertisement, ReleaseRouting, ReleaseAddresses, StateChanged] == kinds(actions)
        assert ReleaseRouting((RULE, OTHER, ONE)) in actions


def test_a_router_may_own_routes_alone() -> None:
    router, actions = master(replace(SETTINGS, addresses=()))
    assert [SendAdvertisement, TakeRouting, StateChanged] == kinds(actions)
    assert [SendAdvertisement, ReleaseRouting, StateChanged] == kinds(list(router.handle(Shutdown(), 1)))


def test_a_reload_of_a_master_touches_what_differs() -> None:
    router, _ = master(SETTINGS)
    changed = route_of("203.0.113.0/28 dev eth1 metric 1")
    fresh = rule_of("from 203.0.113.0/28 table 2 priority 1")
    actions = list(router.handle(ConfigChanged(replace(SETTINGS, routes=(changed,), rules=(RULE, fresh))), 1))

    assert [ReleaseRouting((OTHER,)), TakeRouting((fresh,), ((ONE, changed),))] == actions


def test_a_reload_that_only_moves_lines_does_nothing() -> None:
    router, _ = master(SETTINGS)
    moved = tuple(replace(one, where="elsewhere:9", text="") for one in SETTINGS.routes)

    assert [] == list(router.handle(ConfigChanged(replace(SETTINGS, routes=moved)), 1))
