"""``garp_extra_if``: what a Master says on interfaces that its adverts do not go through."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.vrrp.actions import AnnounceAddresses, RoundKind
from pykeepalived.vrrp.events import PrimaryAddressChanged, Startup, TimerFired
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import AnnounceSettings, RouterSettings, VirtualAddress
from pykeepalived.vrrp.virtual_link import VirtualLink

SECOND = NANOSECONDS_PER_SECOND


def held(number: int, interface: str) -> VirtualAddress:
    return VirtualAddress(IPv4Address(f"203.0.113.{number}"), 32, interface)


SETTINGS = RouterSettings(
    "VI_1",
    "eth0",
    51,
    priority=255,
    version=3,
    addresses=(held(1, "vrrp.51"), held(2, "vrrp.52"), held(3, "vrrp.52"), held(4, "eth9")),
    links=(VirtualLink("vrrp.51", "eth0", 4), VirtualLink("vrrp.52", "eth1", 4)),
    advert_interface="vrrp.51",
    announce=AnnounceSettings(master_delay_ns=0, extra_interval_ns=10 * SECOND),
)


def rounds(settings: RouterSettings, seconds: int) -> list[tuple[int, list[str]]]:
    """When it announces what on extra interfaces, within so many seconds."""
    router = VirtualRouter(settings)
    router.handle(PrimaryAddressChanged(IPv4Address("192.0.2.1")), 0)
    router.handle(Startup(), 0)
    found = []
    while router.deadline is not None and router.deadline <= seconds * SECOND:
        now = router.deadline
        for action in router.handle(TimerFired(), now):
            if isinstance(action, AnnounceAddresses) and action.kind is RoundKind.EXTRA_INTERFACES:
                assert 1 == action.repeat
                found.append((now // SECOND, [str(one.address) for one in action.addresses]))
    return found


def test_one_address_of_each_own_interface_without_adverts_is_announced() -> None:
    assert [(10, ["203.0.113.2"]), (20, ["203.0.113.2"])] == rounds(SETTINGS, 25)


def test_with_all_other_interfaces_are_told_too() -> None:
    settings = replace(SETTINGS, announce=replace(SETTINGS.announce, extra_all=True))
    assert [(10, ["203.0.113.2", "203.0.113.4"])] == rounds(settings, 15)


def test_it_begins_after_the_second_round() -> None:
    settings = replace(SETTINGS, announce=replace(SETTINGS.announce, master_delay_ns=5 * SECOND))
    assert [15, 25] == [at for at, _ in rounds(settings, 30)]


def test_without_such_interfaces_there_is_nothing_to_say() -> None:
    assert [] == rounds(replace(SETTINGS, addresses=SETTINGS.addresses[:1]), 25)
    assert [] == rounds(replace(SETTINGS, announce=AnnounceSettings()), 25)
