"""The one dispatcher: every action of a virtual router becomes input or output here and nowhere else.

Order matters and is the router's; two liberties are used.  Log lines and counters wait until everything else
of the list is done, so that no line stands before an advertisement.  Taking and announcing addresses is
interleaved in chunks: the first announcement leaves after the first chunk is in the kernel.
"""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pykeepalived.daemon.announcer import Announcer, Frame
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.log_limit import LogLimit
from pykeepalived.daemon.telling import Telling
from pykeepalived.daemon.vrrp_frames import FrameTable
from pykeepalived.daemon.vrrp_owned import OwnedRouting
from pykeepalived.daemon.vrrp_peers import PeerLedger
from pykeepalived.daemon.vrrp_transport import IPAddress, Transport
from pykeepalived.ipc import messages
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.details import ClaimReport
from pykeepalived.kernel.addresses import CHUNK, FIRST_CHUNK, AddressRefusal, AddressTable, Batch
from pykeepalived.vrrp import actions
from pykeepalived.vrrp.events import Event, ServicesApplied
from pykeepalived.vrrp.log import Log, LogLevel
from pykeepalived.vrrp.router import VirtualRouter
from pykeepalived.vrrp.settings import PRIORITY_RELEASE, RouterSettings, VirtualAddress
from pykeepalived.vrrp.states import State, public_state

if TYPE_CHECKING:
    from pykeepalived.daemon.vrrp_accept import Firewall

log = get_logger()

ADVERTISEMENTS_SENT = "advert_sent"
RELEASES_SENT = "pri_zero_sent"
PUT_BACK = "addresses_put_back"
_SEND_FAILURE_INTERVAL_NS = 10_000_000_000

Step = tuple[str, actions.Action]
"""An action and the name of the router (or, for GroupStateChanged, of the group) it belongs to."""


Place = tuple[str, IPAddress, int]
"""Interface, address, prefix length: what the kernel tells addresses apart by."""


def place_of(virtual: VirtualAddress) -> Place:
    """Where the kernel has this address when it has it."""
    return (virtual.interface, virtual.address, virtual.prefix_length)


Transition = tuple[int, actions.StateChanged, State, int]
"""When (CLOCK_REALTIME in ns), what, the state entered and the effective priority then."""
TRANSITIONS_KEPT = 8


@dataclass(slots=True)
class Runtime:
    """A virtual router in service: its core, and what the process knows of it besides.

    ``taken`` is what the kernel should hold now, by what the kernel tells addresses apart by; ``refused`` is
    what of it the kernel did not take, and why; ``foreign`` is what was there before us and is taken for the
    host's own.  ``faults`` are the interface faults that the
    core was told of.  ``resumed``: it goes on with what a process before this one took.
    ``changed_realtime_ns`` is the last change of state, CLOCK_REALTIME; ``transitions`` are the last few.
    ``put_back_at``: when an address was added that somebody else had removed (0: never).  ``claims``: who
    else uses its addresses, by address and MAC address.
    """

    settings: RouterSettings
    core: VirtualRouter
    group: str | None = None
    source: IPAddress | None = None
    faults: set[str] = field(default_factory=set)
    counters: collections.Counter[str] = field(default_factory=collections.Counter)
    peers: PeerLedger = field(default_factory=PeerLedger)
    taken: dict[Place, VirtualAddress] = field(default_factory=dict)
    refused: dict[Place, str] = field(default_factory=dict)
    foreign: frozenset[Place] = frozenset()
    resumed: bool = False
    changed_realtime_ns: int = 0
    transitions: tuple[Transition, ...] = ()
    put_back_at: int = 0
    claims: dict[tuple[str, str], ClaimReport] = field(default_factory=dict)


_CAN_WAIT = (Log, actions.Count)
"""What nobody outside waits for."""


class Dispatcher:
    """Performs actions.

    ``post`` brings an event back to a router after the present list is done.
    """

    def __init__(
        self,
        *,
        routers: dict[str, Runtime],
        transport: Transport,
        addresses: AddressTable,
        frames: FrameTable,
        owned: OwnedRouting,
        firewall: Firewall,
        announcer: Announcer,
        channels: Channels,
        post: Callable[[str, Event], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._routers = routers
        self._transport = transport
        self._addresses = addresses
        self._frames = frames
        self._owned = owned
        self._firewall = firewall
        self._announcer = announcer
        self._channels = channels
        self._post = post
        self._clock = clock
        self._send_failures = LogLimit(_SEND_FAILURE_INTERVAL_NS)
        self._requests: dict[int, str] = {}
        self._last_request = 0
        self.removed: set[str] = set()
        """Routers that a reload has left out: their stop is published as DELETED."""
        self.on_refused: Callable[[str, Sequence[AddressRefusal]], None] = _unheard
        """Told of addresses that the kernel did not take from a router."""
        self.on_state: Callable[[], None] = _nobody
        """Told when a router has changed its state."""
        self.keep_addresses = False
        """Leave addresses where they are (``--dont-release-vrrp``); to be set before the last shutdown."""
        self.telling = Telling()
        self.handing_over = False
        """What ends goes on under another name: its possessions stay, its peers and the log hear nothing."""

    def perform(self, steps: Sequence[Step]) -> None:
        """Perform in order; what the contract allows to wait comes last."""
        waiting: list[Step] = []
        at = 0
        while at < len(steps):
            name, action = steps[at]
            at += 1
            if isinstance(action, _CAN_WAIT):
                waiting.append((name, action))
            elif isinstance(action, actions.TakeAddresses):
                following = steps[at] if at < len(steps) else None
                if (
                    following is not None
                    and isinstance(following[1], actions.AnnounceAddresses)
                    and following[0] == name
                    and following[1].addresses == action.addresses
                ):
                    at += 1
                    self._take(self._routers[name], action.addresses, following[1])
                else:
                    self._take(self._routers[name], action.addresses, None)
            else:
                self._perform(name, action)
        if waiting:
            self.telling.soon(partial(self._note, waiting))

    def _note(self, steps: Sequence[Step]) -> None:
        for name, action in steps:
            if isinstance(action, Log):
                if not self.handing_over:
                    write(action)
            elif isinstance(action, actions.Count):
                self._routers[name].counters[action.counter.value] += 1

    def _perform(self, name: str, action: actions.Action) -> None:
        match action:
            case actions.SendAdvertisement() if self.handing_over:
                pass
            case actions.SendAdvertisement(priority=priority):
                self.send(self._routers[name], priority)
            case actions.AnnounceAddresses():
                self._announce(self._routers[name], action)
            case actions.StopAnnouncing():
                self._announcer.drop(name)
            case actions.ReleaseAddresses(addresses=addresses):
                self._release(self._routers[name], addresses)
            case actions.TakeRouting(added=added, replaced=replaced):
                self._owned.take(name, added, ours=self._routers[name].resumed)
                self._owned.replace(name, replaced)
            case actions.ReleaseRouting(removed=removed):
                self._owned.release(name, removed, keep=self.keep_addresses or self.handing_over)
            case actions.ApplyServices():
                self._apply_services(name)
            case actions.WithdrawServices():
                self._withdraw_services(name)
            case actions.StateChanged(new=new):
                runtime = self._routers[name]
                runtime.changed_realtime_ns = time.time_ns()
                core = runtime.core
                transition = (runtime.changed_realtime_ns, action, core.state, core.effective_priority)
                kept = runtime.transitions[1 - TRANSITIONS_KEPT :]
                runtime.transitions = (*kept, transition)
                self._firewall.on_state(runtime.settings, master=new is actions.PublicState.MASTER)
                self._publish(name, messages.SubjectKind.INSTANCE, new, runtime.core.effective_priority)
                self.on_state()
            case actions.GroupStateChanged(new=new):
                self._publish(name, messages.SubjectKind.GROUP, new, 0)
            case actions.LowerPriorityReceived():
                priority = self._routers[name].core.effective_priority
                self._to_notifier(messages.LowerPriorityReceived(name, priority))
            case actions.PriorityPublished(priority=priority):
                self._transport.prepare(name, priority)
                self._to_notifier(messages.PriorityChanged(name, self.state_of(name), priority))
            case _:
                raise TypeError(f"not an action: {action!r}")

    # ------------------------------------------------------------ adverts

    def send(self, runtime: Runtime, priority: int) -> None:
        """Send a router's advertisement; a failure is logged and ends nothing."""
        name = runtime.settings.name
        try:
            self._transport.send(name, priority)
        except OSError as refused:
            now = self._clock()
            swallowed = self._send_failures.admit((name, refused.errno), now)
            if swallowed is not None:
                reason = refused.strerror or str(refused)
                log.warning(f"({name}) advertisement not sent: {reason}{_more(swallowed)}", instance=name)
            return
        runtime.counters[ADVERTISEMENTS_SENT] += 1
        if priority == PRIORITY_RELEASE:
            runtime.counters[RELEASES_SENT] += 1

    # ------------------------------------------------------------ addresses

    def _take(
        self,
        runtime: Runtime,
        addresses: Sequence[VirtualAddress],
        announcement: actions.AnnounceAddresses | None,
    ) -> None:
        """Chunk by chunk: into the kernel, then announced; the kernel's answers are read at the end."""
        if runtime.foreign:
            # They are there and are to stay as they are; they are only announced.
            kept = [virtual for virtual in addresses if place_of(virtual) in runtime.foreign]
            addresses = [virtual for virtual in addresses if place_of(virtual) not in runtime.foreign]
            self._queue_rounds(runtime, kept, 0 if announcement is None else announcement.repeat)
        self._firewall.before_taking(runtime.settings, addresses)
        batches: list[Batch] = []
        start, size = 0, FIRST_CHUNK
        while start < len(addresses):
            chunk = addresses[start : start + size]
            start, size = start + size, CHUNK
            batches.append(self._addresses.add(chunk))
            if announcement is not None:
                self._first_round(runtime, chunk)
        for virtual in addresses:
            runtime.taken[place_of(virtual)] = virtual
        for batch in batches:
            self.on_refused(runtime.settings.name, batch.collect())
        if announcement is not None:
            self._queue_rounds(runtime, addresses, announcement.repeat - 1)

    def _release(self, runtime: Runtime, addresses: Sequence[VirtualAddress]) -> None:
        taken = [runtime.taken.pop(place_of(virtual), None) for virtual in addresses]
        if runtime.refused:
            runtime.refused = {place: why for place, why in runtime.refused.items() if place in runtime.taken}
        if self.keep_addresses or self.handing_over:
            return
        if runtime.foreign:
            addresses = [virtual for virtual in addresses if place_of(virtual) not in runtime.foreign]
        refused = self._addresses.remove(addresses)
        # What was never taken is removed to be sure; that it cannot be is no news.
        for refusal in refused if any(taken) else ():
            log.error(f"({runtime.settings.name}) cannot remove {refusal}", instance=runtime.settings.name)
        self._firewall.after_releasing(runtime.settings, addresses)

    def put_back(self, name: str, virtual: VirtualAddress, how: str) -> None:
        """A Master has lost an address: add it again, announce it once, say so.  ``how`` it was lost."""
        runtime = self._routers[name]
        refused = self._addresses.add([virtual]).collect()
        if refused:
            self.on_refused(name, refused)
            return
        self._first_round(runtime, [virtual])
        runtime.counters[PUT_BACK] += 1
        runtime.put_back_at = self._clock()
        where = f"{virtual} dev {virtual.interface}"
        log.warning(f"({name}) {where} {how}; added again", instance=name)

    def announce_late(self, name: str, virtual: VirtualAddress) -> None:
        """An address could not be announced when it was taken, and can be now."""
        runtime = self._routers[name]
        self._first_round(runtime, [virtual])
        self._queue_rounds(runtime, [virtual], runtime.settings.announce.master_repeat - 1)

    def _announce(self, runtime: Runtime, announcement: actions.AnnounceAddresses) -> None:
        self._queue_rounds(runtime, announcement.addresses, announcement.repeat)

    def _first_round(self, runtime: Runtime, chunk: Sequence[VirtualAddress]) -> None:
        """Announce a chunk at once where nothing else is queued and no gap is asked for."""
        for (interface, version), frames in self._frames_of(chunk).items():
            gap_ns = self._gap_ns(runtime.settings, interface, version)
            taken: int | None = 0
            if not gap_ns and self._announcer.may_send_now(interface):
                taken = self._frames.send(interface, frames)
            if taken is not None and taken < len(frames):
                self._announcer.queue(interface, _to_queue(runtime, frames[taken:], gap_ns))

    def _queue_rounds(self, runtime: Runtime, addresses: Sequence[VirtualAddress], rounds: int) -> None:
        if rounds <= 0:
            return
        for (interface, version), frames in self._frames_of(addresses).items():
            gap_ns = self._gap_ns(runtime.settings, interface, version)
            self._announcer.queue(interface, _to_queue(runtime, frames, gap_ns) * rounds)

    def _frames_of(self, addresses: Sequence[VirtualAddress]) -> dict[tuple[str, int], list[bytes]]:
        """What announces them, by interface and IP version: these two decide the gap between frames."""
        found: dict[tuple[str, int], list[bytes]] = {}
        frame_of = self._frames.frame
        for virtual in addresses:
            frame = frame_of(virtual)
            if frame is not None:
                found.setdefault((virtual.interface, virtual.address.version), []).append(frame)
        return found

    def _gap_ns(self, settings: RouterSettings, interface: str, version: int) -> int:
        announce = settings.announce
        default_ns = announce.garp_interval_ns if version == 4 else announce.gna_interval_ns
        return self._announcer.gap_ns(interface, version, default_ns)

    # ------------------------------------------------------------ other processes

    def state_of(self, name: str) -> messages.RouterState:
        """The public state of a router."""
        return messages.RouterState(public_state(self._routers[name].core.state).value)

    def services_applied(self, request_id: int) -> None:
        """The checker's answer."""
        name = self._requests.pop(request_id, None)
        if name is not None and name in self._routers:
            self._post(name, ServicesApplied())

    def tell_checker_again(self) -> None:
        """The checker process is a new one: it knows nothing of who is Master."""
        for name, runtime in self._routers.items():
            master = self.state_of(name) is messages.RouterState.MASTER
            if runtime.settings.follows_services and (master or runtime.core.services_asked):
                self._to_checker(messages.InstanceState(name, True))
            priority = runtime.core.effective_priority
            state = self.state_of(name)
            self._to_checker(
                messages.RouterStateChanged(
                    name, messages.SubjectKind.INSTANCE, state, priority, self._clock()
                )
            )

    def _apply_services(self, name: str) -> None:
        self._last_request += 1
        if self._to_checker(messages.InstanceState(name, True, self._last_request)):
            self._requests[self._last_request] = name
        else:
            self._post(name, ServicesApplied())

    def _withdraw_services(self, name: str) -> None:
        """What was asked before and not answered yet does not count any more."""
        self._requests = {number: asker for number, asker in self._requests.items() if asker != name}
        self._to_checker(messages.InstanceState(name, False))

    def _to_checker(self, message: messages.InstanceState | messages.RouterStateChanged) -> bool:
        checker = self._channels.checker
        if checker is None or checker.closed:
            return False
        checker.send(message)
        return True

    def _to_notifier(self, message: messages.Message) -> None:
        if self._channels.notifier is not None:
            self.telling.soon(partial(self._channels.notifier.send, message))

    def _publish(
        self, name: str, kind: messages.SubjectKind, state: actions.PublicState, priority: int
    ) -> None:
        new = messages.RouterState(state.value)
        if name in self.removed and kind is messages.SubjectKind.INSTANCE:
            new = messages.RouterState.DELETED
        changed = messages.RouterStateChanged(name, kind, new, priority, time.monotonic_ns())
        self.telling.soon(partial(self._channels.announce, changed))
        if kind is messages.SubjectKind.INSTANCE:
            self.telling.soon(partial(self._to_checker, changed))  # for the sync daemons


def _nobody() -> None:
    pass


def _unheard(_name: str, _refusals: Sequence[AddressRefusal]) -> None:
    pass


def _to_queue(runtime: Runtime, frames: Sequence[bytes], gap_ns: int) -> list[Frame]:
    return [Frame(runtime.settings.name, frame, gap_ns) for frame in frames]


def _more(swallowed: int) -> str:
    return f" ({swallowed} more like this before)" if swallowed else ""


def write(line: Log) -> None:
    """One line of a core into the log."""
    fields = {key: str(value) for key, value in line.fields}
    if line.level <= LogLevel.ERROR:
        log.error(line.text, instance=line.name, **fields)
    elif line.level is LogLevel.WARNING:
        log.warning(line.text, instance=line.name, **fields)
    elif line.detail:
        log.debug(line.text, instance=line.name, **fields)
    else:
        log.info(line.text, instance=line.name, **fields)
