"""The process that holds the virtual routers: sockets and kernel events in, actions out.

It never parses, never forks a script and never waits: what takes time belongs to another process.  Every
input goes the same way: an event for one router, its actions to the dispatcher, its new deadline into the
one timer.
"""

from __future__ import annotations

import collections
import time
from collections.abc import Hashable, Sequence, Set
from pathlib import Path

from pykeepalived.base.units import format_seconds
from pykeepalived.daemon import logging as daemon_logging
from pykeepalived.daemon import realtime
from pykeepalived.daemon.announcer import Announcer, AnnouncerKey, Frame
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.loop import TimerDriver
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.realtime_loop import Latch
from pykeepalived.daemon.realtime_process import run_process
from pykeepalived.daemon.vrrp_actions import Dispatcher, Runtime, Step
from pykeepalived.daemon.vrrp_claims import Claims, ClaimsKey, ClaimsPauseKey
from pykeepalived.daemon.vrrp_early import EarlyHearing
from pykeepalived.daemon.vrrp_hearing import Hearing
from pykeepalived.daemon.vrrp_host_report import host_report
from pykeepalived.daemon.vrrp_interfaces import Interfaces, PutBackKey
from pykeepalived.daemon.vrrp_link_states import LinkKey
from pykeepalived.daemon.vrrp_owned import RestoreKey
from pykeepalived.daemon.vrrp_refused import RefusedKey
from pykeepalived.daemon.vrrp_reload import Difference, difference, resumable
from pykeepalived.daemon.vrrp_snapshots import snapshots
from pykeepalived.daemon.vrrp_static import StaticKey
from pykeepalived.daemon.vrrp_status import StatusAnswers
from pykeepalived.daemon.vrrp_tracking import RouterTracker, TrackingKey, tracking_of
from pykeepalived.daemon.vrrp_vmac import RemakeKey
from pykeepalived.ipc import messages
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.details import HostReport
from pykeepalived.ipc.event_loop import EventLoop
from pykeepalived.ipc.management import AnnounceAgain
from pykeepalived.kernel.journal import Journal
from pykeepalived.plan.vrrp_change import VrrpPlanChange
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.vrrp import events
from pykeepalived.vrrp.actions import SendAdvertisement
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import PRIORITY_RELEASE, RouterSettings, VirtualAddress
from pykeepalived.vrrp.states import Backup, Master
from pykeepalived.vrrp.sync_group import SyncGroup

log = get_logger()

_TAKEOVER_LEAD_NS = 250_000
"""About what it takes to wake a sleeping processor and a cold interpreter."""

_GROUP_FAULT = "sync group "
"""How a sync group begins the fault that it gives its members; the group's name follows."""

_BEGIN = object()
"""Deadline key of vrrp_startup_delay and vrrp_delay_after_boot."""


class VrrpProcess:
    """The virtual routers of this host and everything they are connected to."""

    def __init__(
        self,
        loop: EventLoop,
        plan: VrrpPlan,
        channels: Channels,
        options: ProcessOptions,
    ) -> None:
        self._loop = loop
        self._plan = plan
        self._channels = channels
        self._options = options
        self.stopped = Latch()
        self._routers: dict[str, Runtime] = {}
        self._groups: dict[str, SyncGroup] = {}
        self._group_of = _group_of(plan)
        self._inbox: collections.deque[tuple[str, events.Event, int]] = collections.deque()
        self._delivering = False
        self._early = EarlyHearing()

        self._hearing = Hearing(
            loop, self._routers, deliver=self._deliver, due_at=lambda: self._timers.due_at
        )
        self._transport = self._hearing.transport
        self._timers = TimerDriver(loop, before_due=self._hearing.drain, on_due=self._on_due)
        self._transport.hear_all = plan.process.log_unknown_vrids
        self._interfaces = Interfaces(
            routers=self._routers,
            transport=self._transport,
            deliver=self._deliver,
            put_back=self._put_back,
            announce_late=self._announce_late,
            set_deadline=self._timers.set,
            watch=loop.add_reader,
            unwatch=loop.remove_reader,
            log_changes=options.address_monitoring,
            journal=Journal(None if options.journal is None else Path(options.journal)),
        )
        frames = self._interfaces.frames
        self._announcer = Announcer(
            send=frames.send,
            call_soon=loop.call_soon,
            set_deadline=self._timers.set,
            clock=time.monotonic_ns,
        )
        self._dispatcher = Dispatcher(
            routers=self._routers,
            transport=self._transport,
            addresses=self._interfaces.addresses,
            frames=frames,
            owned=self._interfaces.owned,
            firewall=self._interfaces.firewall,
            announcer=self._announcer,
            channels=channels,
            post=self._post,
        )
        self._tracker = RouterTracker(
            tracking_of(plan),
            continues=options.restored is not None,
            links=self._interfaces.links,
            deliver=self._deliver,
            begin=self._begin_router,
            set_deadline=self._timers.set,
        )
        self._status = StatusAnswers(
            self._tracker.core, self._interfaces.refused_by_kernel, loop.call_soon, channels.supervisor.send
        )
        self._interfaces.on_links = self._tracker.links_changed
        self._interfaces.static.on_presence(self._tracker.static_changed)
        self._claims = Claims(
            self._routers,
            self._interfaces.table,
            send=self._ask,
            watch=loop.add_reader,
            unwatch=loop.remove_reader,
            set_deadline=self._timers.set,
        )
        self._dispatcher.on_state = self._claims.changed
        self._dispatcher.on_refused = self._interfaces.refused.note
        self._released = False
        channels.on_ending = self._release_all
        loop.add_reader(self._interfaces.fileno(), self._interfaces.read)

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Make the routers and let them begin; addresses that a killed daemon left are removed first."""
        restored = self._options.restored
        resuming = frozenset(
            () if restored is None else resumable(self._plan.routers, restored, time.monotonic_ns())
        )
        for settings in self._plan.routers:
            self._routers[settings.name] = self._runtime(settings)
        self._make_groups()
        self._announcer.configure(self._plan.pacing)
        self._interfaces.set_buffers(self._plan.process.netlink)
        self._interfaces.index(self._plan.firewall)
        self._interfaces.links.configure(self._plan.tracking)
        for runtime in self._routers.values():
            runtime.resumed = runtime.settings.name in resuming
            if not runtime.resumed:
                self._interfaces.remove_left_over(runtime)
        self._interfaces.static.change(self._plan.static)
        for name in self._routers:
            self._interfaces.assess(name)
        self._tracker.start(() if restored is None else restored.trackers)
        self._interfaces.follow(self._tracker.interfaces)
        self._interfaces.settle()
        for note in self._plan.notes:
            log.warning(note)
        self._loop.call_soon(self._prepare_the_end)
        now = time.monotonic_ns()  # which counts from the boot of the machine
        begin_at = max(now + self._plan.startup_delay_ns, self._plan.delay_after_boot_ns)
        if begin_at > now and not resuming:
            log.info(f"Delaying startup of the virtual routers by {format_seconds(begin_at - now)}")
            self._early.close()
            self._timers.set(_BEGIN, begin_at)
        else:
            self._begin(resuming)

    def _begin(self, resuming: frozenset[str] = frozenset()) -> None:
        with daemon_logging.burst(), self._dispatcher.telling.last():
            self._tracker.begin(resuming)
        for arrival in self._early.arrivals(self._transport):
            self._hearing.arrived(arrival)

    def _begin_router(self, name: str) -> None:
        """A router begins that waits for nothing (any more)."""
        runtime = self._routers[name]
        since = self._early.since(self._transport, runtime.settings)
        startup = events.Startup(resume_master=runtime.resumed, listening_since=since)
        self._deliver(name, startup, time.monotonic_ns())

    def _prepare_the_end(self) -> None:
        """What ends a mastership is ready before it is needed, and after the first adverts have left."""
        self._transport.prepare_farewells()
        self._interfaces.addresses.prepare_removals()

    def stop(self, reason: str) -> None:
        """Release everything in good order and end."""
        if self.stopped.is_set():
            return
        self._release_all()
        self._dispatcher.keep_addresses = self._options.keep_addresses
        with daemon_logging.burst():
            self._shut_down()
        self._interfaces.static.stop()
        log.info(f"Stopped{': ' + reason if reason else ''}")
        self.stopped.set()

    def _release_all(self) -> None:
        """Every Master's priority 0, once: it goes out before anything else is thought of."""
        if self._released:
            return
        self._released = True
        for runtime in self._routers.values():
            if isinstance(runtime.core.state, Master):
                self._dispatcher.send(runtime, PRIORITY_RELEASE)

    def _shut_down(self) -> None:
        steps: list[Step] = []
        now = time.monotonic_ns()
        for name, runtime in self._routers.items():
            if runtime.group is None:
                steps += [(name, action) for action in runtime.core.handle(events.Shutdown(), now)]
            else:
                steps += self._groups[runtime.group].handle(name, events.Shutdown(), now)
        self._dispatcher.perform([step for step in steps if not isinstance(step[1], SendAdvertisement)])

    def close(self) -> None:
        """Give every descriptor back."""
        self._claims.close()
        self._loop.remove_reader(self._interfaces.fileno())
        self._transport.close()
        self._interfaces.close(keep_links=self._options.keep_addresses and self.stopped.is_set())
        self._timers.close()

    def on_message(self, _sender: messages.Process, message: messages.Message) -> None:
        """Another process said something."""
        match message:
            case messages.Stop(reason=reason):
                self.stop(reason)
            case messages.Reload(request_id=request_id, plan=plan):
                self._reload(request_id, plan)
            case messages.ServicesApplied(request_id=request_id):
                self._dispatcher.services_applied(request_id)
            case messages.PeerRestarted(process=process):
                if process is messages.Process.CHECKER:
                    self._dispatcher.tell_checker_again()
            case messages.TrackerObserved() | messages.BfdStateChanged():
                self._tracker.heard(message)
            case AnnounceAgain(name=name) if name in self._routers:
                self._deliver(name, events.AnnouncementRequested(), time.monotonic_ns())
            case messages.PeerGone():
                pass  # channels has taken note
            case messages.DumpRequest(request_id=request_id, kind=kind):
                if kind in (messages.DumpKind.STATUS, messages.DumpKind.DATA):
                    host = self._host if kind is messages.DumpKind.DATA else None
                    self._status.answer(request_id, list(self._routers.values()), host)
                    return
                for portion in snapshots(request_id, self._routers.values()):
                    self._channels.supervisor.send(portion)
                if kind is messages.DumpKind.STATS_CLEAR:
                    for runtime in self._routers.values():
                        runtime.counters.clear()
            case _:
                log.debug(f"message not for this process: {type(message).__name__}")

    def _host(self) -> HostReport:
        return host_report(self._interfaces.table, self._transport, self._tracker.core)

    # ------------------------------------------------------------ plan

    def _runtime(self, settings: RouterSettings) -> Runtime:
        group = self._group_of.get(settings.name)
        return Runtime(settings, VirtualRouter(settings, grouped=group is not None), group)

    def _make_groups(self) -> None:
        self._groups = {
            group.name: SyncGroup(
                group, [self._routers[name].core for name in group.members if name in self._routers]
            )
            for group in self._plan.groups
        }

    def _reload(self, request_id: int, plan: object) -> None:
        """Carry out another plan; routers that are equal in both are not touched."""
        if isinstance(plan, VrrpPlanChange):
            plan = plan.applied_to(self._plan)
        if not isinstance(plan, VrrpPlan):
            self._channels.supervisor.send(messages.ReloadDone(request_id, "not a plan for this process"))
            return
        change = difference(self._plan.routers, plan.routers)
        heirs = {heir: self._routers[name] for name, heir in change.renamed.items()}
        masters = {heir for heir, old in heirs.items() if isinstance(old.core.state, Master)}
        for name in change.removed:
            self._remove(name, stays=change.renamed.get(name) in masters)
        self._plan = plan
        self._transport.hear_all = plan.process.log_unknown_vrids
        self._announcer.configure(plan.pacing)
        self._interfaces.set_buffers(plan.process.netlink)
        self._group_of = _group_of(plan)
        # What was just removed must not look like a left-over.
        self._interfaces.read()
        self._rebuild(change, masters)
        for heir, old in heirs.items():
            self._routers[heir].counters, self._routers[heir].peers = old.counters, old.peers
        self._interfaces.static.change(plan.static)
        self._interfaces.links.configure(plan.tracking)
        tracking = tracking_of(plan)
        priorities = self._tracker.core.preview(tracking)
        for settings in change.changed:
            changed = events.ConfigChanged(settings, priorities[settings.name])
            self._deliver(settings.name, changed, time.monotonic_ns())
        for name in self._routers:
            self._interfaces.assess(name)
        self._leave_groups()
        self._tracker.change(tracking, frozenset(settings.name for settings in change.added))
        self._interfaces.follow(self._tracker.interfaces)
        self._claims.changed()
        self._channels.supervisor.send(messages.ReloadDone(request_id))
        realtime.freeze_garbage()

    def _rebuild(self, change: Difference, masters: Set[str]) -> None:
        """``masters`` go on as Master under these new names."""
        order = {settings.name: number for number, settings in enumerate(self._plan.routers)}
        for settings in change.changed:
            self._routers[settings.name].settings = settings
        for settings in change.added:
            runtime = self._routers[settings.name] = self._runtime(settings)
            runtime.resumed = settings.name in masters
            if not runtime.resumed:
                self._interfaces.remove_left_over(runtime)
        ordered = sorted(self._routers.items(), key=lambda item: order[item[0]])
        self._routers.clear()
        self._routers.update(ordered)
        for name, runtime in self._routers.items():
            runtime.group = self._group_of.get(name)
            runtime.core.grouped = runtime.group is not None
        self._make_groups()
        self._interfaces.index(self._plan.firewall)

    def _leave_groups(self) -> None:
        """The fault of a group is none of a router that is not its member any more."""
        for name, runtime in self._routers.items():
            for fault in list(runtime.core.faults):
                if fault.startswith(_GROUP_FAULT) and fault != f"{_GROUP_FAULT}{runtime.group}":
                    self._deliver(name, events.FaultCleared(fault), time.monotonic_ns())

    def _remove(self, name: str, *, stays: bool = False) -> None:
        """The router is no longer configured: as at a stop, but its scripts are told DELETED.

        ``stays``: it is a Master that goes on under another name, and nothing is sent or taken away.
        """
        self._dispatcher.removed.add(name)
        self._dispatcher.handing_over = stays
        self._deliver(name, events.Shutdown(), time.monotonic_ns())
        self._dispatcher.handing_over = False
        self._dispatcher.removed.discard(name)
        del self._routers[name]
        self._timers.set(name, None)

    # ------------------------------------------------------------ events of the routers

    def _post(self, name: str, event: events.Event) -> None:
        """An event that came up while actions are performed, or in a message: delivered after them."""
        self._inbox.append((name, event, time.monotonic_ns()))
        if not self._delivering:
            self._loop.call_soon(self._deliver_posted)

    def _deliver(self, name: str, event: events.Event, now: int) -> None:
        """Give a router an event and do what it wants; what that posts is delivered before returning."""
        self._inbox.append((name, event, now))
        self._deliver_posted()

    def _deliver_posted(self) -> None:
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._inbox:
                self._handle(*self._inbox.popleft())
        finally:
            self._delivering = False

    def _handle(self, name: str, event: events.Event, now: int) -> None:
        runtime = self._routers.get(name)
        if runtime is None:
            return
        if runtime.group is None:
            taken = runtime.core.handle(event, now)
            if taken:
                self._dispatcher.perform([(name, action) for action in taken])
            self._set_timer(name, runtime.core)
            return
        group = self._groups[runtime.group]
        steps: list[Step] = group.handle(name, event, now)
        if steps:
            self._dispatcher.perform(steps)
        for member, core in group.members.items():
            self._set_timer(member, core)

    def _set_timer(self, name: str, core: VirtualRouter) -> None:
        """A takeover is waited for awake; a Master's adverts may share a wake-up instead."""
        self._timers.set(name, core.deadline, _TAKEOVER_LEAD_NS if isinstance(core.state, Backup) else 0)

    def _put_back(self, name: str, virtual: VirtualAddress, how: str) -> None:
        self._dispatcher.put_back(name, virtual, how)

    def _ask(self, name: str, interface: str, frames: Sequence[bytes]) -> None:
        gap_ns = self._announcer.gap_ns(interface, 4, 0)
        self._announcer.queue(interface, [Frame(name, data, gap_ns) for data in frames])

    def _announce_late(self, name: str, virtual: VirtualAddress) -> None:
        self._dispatcher.announce_late(name, virtual)

    def _on_due(self, key: Hashable, now: int) -> None:
        if isinstance(key, AnnouncerKey):
            self._announcer.on_deadline(key)
        elif isinstance(key, RemakeKey):
            self._interfaces.remake()
        elif isinstance(key, PutBackKey):
            self._interfaces.on_deadline(key)
        elif isinstance(key, RestoreKey):
            self._interfaces.owned.on_deadline()
        elif isinstance(key, RefusedKey):
            self._interfaces.refused.on_deadline()
        elif isinstance(key, StaticKey):
            self._interfaces.static.on_deadline()
        elif isinstance(key, ClaimsKey):
            self._claims.on_deadline()
        elif isinstance(key, ClaimsPauseKey):
            self._claims.read_again()
        elif isinstance(key, TrackingKey):
            self._tracker.on_deadline()
        elif isinstance(key, LinkKey):
            self._interfaces.links_due()
        elif key is _BEGIN:
            self._begin()
        else:
            self._router_due(str(key), now)

    def _router_due(self, name: str, now: int) -> None:
        runtime = self._routers.get(name)
        was_backup = runtime is not None and isinstance(runtime.core.state, Backup)
        self._deliver(name, events.TimerFired(), now)
        if was_backup and runtime is not None and isinstance(runtime.core.state, Master):
            self._transport.forget_silent(name)


def _group_of(plan: VrrpPlan) -> dict[str, str]:
    """The sync group of each router that is in one."""
    return {member: group.name for group in plan.groups for member in group.members}


def run(plan: VrrpPlan, channels: Channels, options: ProcessOptions) -> int:
    """Hold the virtual routers of ``plan`` until told to stop; called in the forked child.

    Returns the exit status of the process.
    """
    return run_process(
        lambda loop: VrrpProcess(loop, plan, channels, options),
        plan.process,
        channels,
        "vrrp_rlimit_rttime",
    )
