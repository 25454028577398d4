"""A reload that changes the base priority of a router whose priority weights have moved."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pykeepalived.vrrp.actions import PriorityPublished
from pykeepalived.vrrp.events import ConfigChanged, PrimaryAddressChanged, PriorityChanged, Startup
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import RouterSettings

SETTINGS = RouterSettings("VI_1", "eth0", 51)


@pytest.mark.parametrize(
    ("base", "told", "wanted"),
    [
        (110, None, [90]),
        (110, 60, [60]),
        (110, 80, []),
        (100, None, []),
        (100, 85, [85]),
    ],
)
def test_the_priority_is_the_one_that_is_told_or_keeps_its_distance_from_the_base(
    base: int, told: int | None, wanted: list[int]
) -> None:
    router = VirtualRouter(SETTINGS)
    router.handle(PrimaryAddressChanged(IPv4Address("192.0.2.1")), 0)
    router.handle(Startup(), 0)
    router.handle(PriorityChanged(80), 0)
    out = router.handle(ConfigChanged(replace(SETTINGS, priority=base), told), 1)
    assert wanted == [one.priority for one in out if isinstance(one, PriorityPublished)]
    assert router.effective_priority == (wanted or [80])[0]
