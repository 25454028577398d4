"""Tracking in the vrrp process: what is heard of tracked things becomes events of the virtual routers.

Interfaces are watched here; scripts, files and processes are reported by the notifier process and BFD
sessions by the BFD process.  Nothing here waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.vrrp_link_states import CountedLinks
from pykeepalived.ipc import messages
from pykeepalived.plan.vrrp_plan import VrrpPlan, with_all_routers
from pykeepalived.tracking.contributions import Contribution, sentence
from pykeepalived.tracking.settings import TrackerKind, TrackingSettings
from pykeepalived.tracking.tracker import (
    Begin,
    ClearFault,
    MayBegin,
    Observed,
    RaiseFault,
    Say,
    SetPriority,
    SettingsChanged,
    StaticChanged,
    TimerFired,
    Tracking,
    TrackingEvent,
)
from pykeepalived.vrrp import events

log = get_logger()


@dataclass(frozen=True, slots=True)
class TrackingKey:
    """Names the deadline of tracking."""


def tracking_of(plan: VrrpPlan) -> TrackingSettings:
    """What a plan says about tracking, of every router."""
    return with_all_routers(plan.tracking, plan.routers)


class RouterTracker:
    """Drives the core of tracking.

    ``deliver`` gives an event to a router, ``begin`` has a router begin that waits for nothing any more.
    """

    def __init__(
        self,
        settings: TrackingSettings,
        *,
        continues: bool,
        links: CountedLinks,
        deliver: Callable[[str, events.Event, int], None],
        begin: Callable[[str], None],
        set_deadline: Callable[[Hashable, int | None], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """``continues``: this process replaces one that died."""
        self.core = Tracking(settings, continues=continues)
        self._links = links
        self._deliver = deliver
        self._let_begin = begin
        self._set_deadline = set_deadline
        self._clock = clock

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Those that somebody follows."""
        return self.core.names(TrackerKind.INTERFACE)

    def contributions(self, router: str) -> tuple[Contribution, ...]:
        """What moves a router's priority now, and what keeps it from taking part."""
        return self.core.contributions(router)

    def explain(self, router: str, base: int) -> str:
        """``80 = 100 - 20 (script chk_haproxy failed)``."""
        return sentence(base, self.core.contributions(router))

    def start(self, restored: Iterable[messages.TrackerObserved]) -> None:
        """Before any router begins: what is known at once, and what the supervisor remembers."""
        self._look_at_interfaces()
        for one in restored:
            self._observed(one)

    def begin(self, resumed: frozenset[str]) -> None:
        """Routers that wait for nothing begin, the others when what they wait for is known."""
        self._handle(Begin(resumed))

    def change(self, settings: TrackingSettings, anew: frozenset[str]) -> None:
        """A reload, after the routers have got their new settings; ``anew`` have yet to begin."""
        self._handle(SettingsChanged(settings, anew))
        self._look_at_interfaces()

    def links_changed(self, interfaces: Iterable[str]) -> None:
        """The kernel, a poll or the end of a delay says something about these interfaces."""
        for name in interfaces:
            if self.core.status(TrackerKind.INTERFACE, name) is not None:  # somebody follows it
                self._handle(Observed(TrackerKind.INTERFACE, name, int(self._links.is_up(name))))

    def static_changed(self, group: str, what: str, present: bool) -> None:
        """A static address, route or rule of a ``track_group`` vanished or is there again."""
        self._handle(StaticChanged(group, what, present))

    def heard(self, message: messages.TrackerObserved | messages.BfdStateChanged) -> None:
        """Another process reports."""
        match message:
            case messages.TrackerObserved():
                if message.line:
                    log.info(message.line)
                self._observed(message)
            case messages.BfdStateChanged(name=name, up=up):
                if self.core.status(TrackerKind.BFD, name) not in (None, int(up)):
                    for router in self.core.followers(TrackerKind.BFD, name):
                        state = "UP" if up else "DOWN"
                        log.info(f"VRRP_Instance({router}) Tracked BFD instance {name} is {state}")
                self._handle(Observed(TrackerKind.BFD, name, int(up)))

    def on_deadline(self) -> None:
        self._handle(TimerFired())

    # ------------------------------------------------------------ parts

    def _observed(self, message: messages.TrackerObserved) -> None:
        if message.status is not None:
            self._handle(Observed(message.kind, message.name, message.status))

    def _look_at_interfaces(self) -> None:
        self.links_changed(self.interfaces)

    def _handle(self, event: TrackingEvent) -> None:
        now = self._clock()
        for action in self.core.handle(event, now):
            match action:
                case SetPriority(router=router, priority=priority):
                    self._deliver(router, events.PriorityChanged(priority), now)
                case RaiseFault(router=router, reason=reason):
                    self._deliver(router, events.FaultRaised(reason), now)
                case ClearFault(router=router, reason=reason):
                    self._deliver(router, events.FaultCleared(reason), now)
                case MayBegin(router=router):
                    self._let_begin(router)
                case Say(text=text, detail=detail):
                    (log.debug if detail else log.warning)(text)
        self._set_deadline(TrackingKey(), self.core.deadline)
