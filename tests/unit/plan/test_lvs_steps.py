"""The difference between two tables: which steps, in which order."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, Table, VirtualService
from pykeepalived.plan.lvs_steps import (
    AddDestination,
    AddService,
    RemoveDestination,
    RemoveService,
    SetDestination,
    SetService,
    diff,
)

SERVICE = VirtualService(ServiceKey(2, Protocol.TCP, IPv4Address("203.0.113.1"), 80))
OTHER = VirtualService(ServiceKey(2, Protocol.UDP, IPv4Address("203.0.113.1"), 53))


def destination(n: int, weight: int = 1) -> Destination:
    return Destination(DestinationKey(IPv4Address(f"192.0.2.{n}"), 80), weight=weight)


def table(service: VirtualService, *destinations: Destination) -> Table:
    return {service.key: (service, {one.key: one for one in destinations})}


def test_equal_tables_need_nothing() -> None:
    assert () == diff(table(SERVICE, destination(1)), table(SERVICE, destination(1)))


def test_a_new_service_comes_with_its_destinations() -> None:
    assert (
        AddService(SERVICE),
        AddDestination(SERVICE.key, destination(1)),
        AddDestination(SERVICE.key, destination(2)),
    ) == diff(table(SERVICE, destination(1), destination(2)), {})


def test_a_service_that_is_not_wanted_goes_last_and_takes_its_destinations_along() -> None:
    assert (
        AddService(OTHER),
        RemoveService(SERVICE.key),
    ) == diff(table(OTHER), table(SERVICE, destination(1)))


def test_other_settings_of_a_service_do_not_touch_its_destinations() -> None:
    other = replace(SERVICE, scheduler="rr")
    assert (SetService(other),) == diff(table(other, destination(1)), table(SERVICE, destination(1)))


def test_what_adds_capacity_comes_before_what_takes_it_away() -> None:
    wanted = table(SERVICE, destination(1, weight=0), destination(2, weight=5), destination(4))
    have = table(SERVICE, destination(1), destination(2), destination(3))

    assert (
        SetDestination(SERVICE.key, destination(2, weight=5)),
        AddDestination(SERVICE.key, destination(4)),
        SetDestination(SERVICE.key, destination(1, weight=0)),
        RemoveDestination(SERVICE.key, destination(3).key),
    ) == diff(wanted, have)


def test_steps_name_what_they_are_about() -> None:
    assert "add real server [192.0.2.1]:80 to virtual server [203.0.113.1]:tcp:80" == str(
        AddDestination(SERVICE.key, destination(1))
    )
    assert "remove virtual server [203.0.113.1]:udp:53" == str(RemoveService(OTHER.key))
