"""A router on the LAN of :mod:`tests.support.vrrp_lab`, as tests vary it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp.settings import RouterSettings, SyncGroupSettings, VirtualAddress

ADVERT_NS = 100 * NANOSECONDS_PER_MILLISECOND
VIPS = tuple(f"198.51.100.{number}" for number in range(1, 41))


def addresses(*texts: str) -> tuple[VirtualAddress, ...]:
    return tuple(VirtualAddress(IPv4Address(text), 32, "eth0") for text in texts)


def router(name: str = "VI_1", *, vips: tuple[str, ...] = VIPS[:2], **changes: object) -> RouterSettings:
    settings = RouterSettings(
        name,
        "eth0",
        51,
        version=3,
        priority=150,
        advertisement_interval_ns=ADVERT_NS,
        addresses=addresses(*vips),
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


def plan(*routers: RouterSettings, groups: tuple[SyncGroupSettings, ...] = ()) -> VrrpPlan:
    return VrrpPlan(routers or (router(),), groups)
