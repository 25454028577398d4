"""What the vrrp process is told.

Without a word of the configuration language: a process that begins with a kept plan reads none of it
(:mod:`pykeepalived.daemon.kept_start`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pykeepalived.plan.firewall import FirewallSettings
from pykeepalived.plan.pacing import InterfacePace
from pykeepalived.plan.static import StaticSettings
from pykeepalived.plan.vrrp_buffers import NetlinkBuffers
from pykeepalived.tracking.settings import RouterTracking, TrackingSettings
from pykeepalived.vrrp.settings import RouterSettings, SyncGroupSettings


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """How the vrrp process is to run.

    ``realtime_priority`` is for SCHED_RR; None is ordinary scheduling with ``nice``.  keepalived starts
    without real-time priority and raises it when it finds itself late; we start with the lowest one, and
    ``max_auto_priority -1`` turns that off.  ``cpus`` empty: any.  ``log_unknown_vrids``: adverts for nobody
    here are heard and told of, instead of being dropped by the kernel.  ``runtime_limit_us`` is the processor
    time in a row that is logged when it is used up (0: none), for a real-time priority that was asked for.
    """

    realtime_priority: int | None = 1
    nice: int = 0
    cpus: tuple[int, ...] = ()
    log_unknown_vrids: bool = False
    runtime_limit_us: int = 0
    netlink: NetlinkBuffers = field(default_factory=NetlinkBuffers)


@dataclass(frozen=True, slots=True)
class VrrpPlan:
    """Everything the vrrp process needs to know of a configuration, in the order of the file.

    ``startup_delay_ns`` passes before any router starts; ``delay_after_boot_ns`` counts from the boot of
    the machine.  ``static`` stands whatever the routers do.  ``tracking``: what the routers follow.
    """

    routers: tuple[RouterSettings, ...]
    groups: tuple[SyncGroupSettings, ...]
    startup_delay_ns: int = 0
    delay_after_boot_ns: int = 0
    notes: tuple[str, ...] = ()
    process: ProcessSettings = ProcessSettings()
    firewall: FirewallSettings = field(default_factory=FirewallSettings)
    static: StaticSettings = field(default_factory=StaticSettings)
    pacing: tuple[InterfacePace, ...] = ()
    tracking: TrackingSettings = field(default_factory=TrackingSettings)


def with_all_routers(settings: TrackingSettings, routers: Iterable[RouterSettings]) -> TrackingSettings:
    """The same, completed by routers that it does not mention: they follow nothing."""
    known = {router.name for router in settings.routers}
    rest = tuple(RouterTracking(one.name, one.priority) for one in routers if one.name not in known)
    return replace(settings, routers=settings.routers + rest) if rest else settings
