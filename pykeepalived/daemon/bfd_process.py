"""The process that holds the BFD sessions: packets and deadlines in, packets and news of states out.

Every input goes the same way: an event for one session, its actions performed, its new deadline into the one
timer.  VRRP and the checkers are told what changed; the supervisor is told what a process would need that
has to take up the sessions after this one was killed.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Hashable, Iterable

from pykeepalived.bfd import actions, events
from pykeepalived.bfd.session import Session
from pykeepalived.bfd.sessions import Sessions, Step
from pykeepalived.daemon import realtime
from pykeepalived.daemon.bfd_transport import Arrival, BfdTransport
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.log_limit import LogLimit
from pykeepalived.daemon.loop import TimerDriver
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.realtime_loop import Latch
from pykeepalived.daemon.realtime_process import prepare, run_process
from pykeepalived.ipc import messages
from pykeepalived.ipc.channels import Channels
from pykeepalived.ipc.event_loop import EventLoop
from pykeepalived.netio.bfd_socket import ListenSocket
from pykeepalived.plan.bfd import BfdPlan
from pykeepalived.wire.bfd_receive import Discard

log = get_logger()

_DISCARD_LOG_INTERVAL_NS = 10_000_000_000
_DRAIN_BUDGET = 512
"""Packets read per socket before a deadline is believed: about 10 ms of work at most."""
_FAREWELLS = 3
_FAREWELL_GAP_NS = 5_000_000
"""AdminDown is said several times: one lost packet must not look like a broken path."""
_FAREWELL = object()
_LISTEN_AGAIN = object()
"""Deadline key of another attempt to open a port that was in use."""
_LISTEN_AGAIN_NS = 5_000_000_000
_DISCRIMINATOR_BITS = 32


class BfdProcess:
    """The sessions of this host and everything they are connected to."""

    def __init__(self, loop: EventLoop, plan: BfdPlan, channels: Channels, options: ProcessOptions) -> None:
        self.stopped = Latch()
        self._loop = loop
        self._plan = plan
        self._channels = channels
        self._options = options
        self._stopping = False
        self._farewells: list[list[Step]] = []
        """Still to be said."""
        self._discards = LogLimit(_DISCARD_LOG_INTERVAL_NS)
        self._sessions = Sessions(random.random, lambda: secrets.randbits(_DISCRIMINATOR_BITS))
        self._timers = TimerDriver(loop, before_due=self._drain, on_due=self._on_due)
        self._transport = BfdTransport(watch=self._watch, unwatch=self._unwatch)

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Begin every session, or take it up where the process before this one left it."""
        restored = self._options.restored
        known = {memo.name: memo.standing for memo in restored.bfd} if restored is not None else {}
        self._say_notes()
        self._configure(known)

    def stop(self, reason: str = "") -> None:
        """Say farewell to every neighbour and end."""
        if self._stopping:
            return
        self._stopping = True
        log.debug(f"Stopping{': ' + reason if reason else ''}")
        now = time.monotonic_ns()
        self._farewells = [self._sessions.stop(now)] * _FAREWELLS
        self._farewell(now)

    def _farewell(self, now: int) -> None:
        self._perform(self._farewells.pop())
        for session in self._sessions:
            self._timers.set(session, session.deadline)
        if self._farewells:
            self._timers.set(_FAREWELL, now + _FAREWELL_GAP_NS)
        else:
            self.stopped.set()

    def close(self) -> None:
        """Give every descriptor back."""
        self._transport.close()
        self._timers.close()

    def on_message(self, _sender: messages.Process, message: messages.Message) -> None:
        """Another process said something."""
        match message:
            case messages.Stop(reason=reason):
                self.stop(reason)
            case messages.Reload(request_id=request_id, plan=plan):
                self._reload(request_id, plan)
            case messages.PeerRestarted(process=process):
                for session in self._sessions:
                    self._tell(session, session.reported_up, only=process)
            case messages.DumpRequest(request_id=request_id):
                self._dump(request_id)
            case _:
                pass  # that a partner went changes nothing here

    # ------------------------------------------------------------ plan

    def _reload(self, request_id: int, plan: object) -> None:
        if not isinstance(plan, BfdPlan):
            self._channels.supervisor.send(messages.ReloadDone(request_id, "not a plan for this process"))
            return
        before, self._plan = self._plan, plan
        self._say_notes()
        self._configure({})
        if plan.process != before.process:
            prepare(plan.process)
        # Who is told of a session may have changed, and whoever is told again is not surprised.
        for session in self._sessions:
            self._tell(session, session.reported_up)
        realtime.freeze_garbage()
        self._channels.supervisor.send(messages.ReloadDone(request_id))

    def _configure(self, known: dict[str, events.Standing]) -> None:
        steps = self._sessions.configure(self._plan.sessions, time.monotonic_ns(), known)
        if not self._transport.listen(self._sessions):
            self._timers.set(_LISTEN_AGAIN, time.monotonic_ns() + _LISTEN_AGAIN_NS)
        self._perform(steps)
        for session in {session for session, _ in steps}:
            self._timers.set(session, session.deadline)
        self._transport.forget_all_but(self._sessions)

    def _say_notes(self) -> None:
        for note in self._plan.notes:
            log.warning(note)

    # ------------------------------------------------------------ events of the sessions

    def _handle(self, session: Session, event: events.Event, now: int) -> None:
        taken = session.handle(event, now)
        if taken:
            self._perform((session, action) for action in taken)
        self._timers.set(session, session.deadline)

    def _perform(self, steps: Iterable[Step]) -> None:
        for session, action in steps:
            match action:
                case actions.SendPacket():
                    self._transport.send(session, action)
                case actions.ReportState(up):
                    self._tell(session, up)
                case actions.Remember(standing):
                    memo = messages.BfdSessionMemo(session.settings.name, standing)
                    self._channels.supervisor.send(memo)
                case actions.Log(level, text):
                    self._log(session, level, text)

    def _tell(self, session: Session, up: bool, only: messages.Process | None = None) -> None:
        settings = session.settings
        message = messages.BfdStateChanged(settings.name, up)
        for process, channel, wanted in (
            (messages.Process.VRRP, self._channels.vrrp, settings.for_vrrp),
            (messages.Process.CHECKER, self._channels.checker, settings.for_checker),
        ):
            if wanted and channel is not None and only in (None, process):
                channel.send(message)

    def _log(self, session: Session, level: actions.LogLevel, text: str) -> None:
        name = session.settings.name
        say = {
            actions.LogLevel.WARNING: log.warning,
            actions.LogLevel.INFO: log.info,
            actions.LogLevel.DETAIL: log.debug,
        }[level]
        say(f"({name}) {text}", session=name)

    def _on_due(self, key: Hashable, now: int) -> None:
        if isinstance(key, Session):
            self._handle(key, events.TimerFired(), now)
        elif key is _FAREWELL:
            self._farewell(now)
        elif not self._stopping and not self._transport.listen(self._sessions):
            self._timers.set(_LISTEN_AGAIN, now + _LISTEN_AGAIN_NS)

    # ------------------------------------------------------------ packets

    def _watch(self, listener: ListenSocket) -> None:
        self._loop.add_reader(listener.fileno(), self._on_packets, listener)

    def _unwatch(self, listener: ListenSocket) -> None:
        self._loop.remove_reader(listener.fileno())

    def _on_packets(self, listener: ListenSocket) -> None:
        for arrival in self._transport.arrivals(listener):
            self._arrived(arrival)

    def _drain(self) -> None:
        """Before a deadline is believed: a packet that came in time may already be queued."""
        for listener in self._transport.listeners():
            for arrival in self._transport.arrivals(listener, _DRAIN_BUDGET):
                self._arrived(arrival)

    def _arrived(self, arrival: Arrival) -> None:
        verdict = arrival.verdict
        if isinstance(verdict, Discard):
            self._discarded(arrival, verdict)
            return
        session = self._sessions.get(verdict.session)
        if session is None or self._stopping:
            return
        self._transport.counters(session).received += 1
        packet = verdict.packet
        event = events.PacketReceived(
            packet.my_discriminator,
            packet.state,
            packet.diagnostic,
            packet.multiplier,
            packet.desired_min_tx_ns,
            packet.required_min_rx_ns,
            packet.poll,
            packet.final,
            packet.demand,
        )
        self._handle(session, event, arrival.received_at)

    def _discarded(self, arrival: Arrival, discard: Discard) -> None:
        kind = (arrival.source, discard.reason)
        swallowed = self._discards.admit(kind, time.monotonic_ns())
        if swallowed is not None:
            more = f" ({swallowed} more like this before)" if swallowed else ""
            name = f"({discard.session}) " if discard.session else ""
            log.warning(
                f"{name}BFD packet from {arrival.source_text} discarded: {discard.detail}{more}",
                session=discard.session,
                source=arrival.source_text,
                reason=discard.reason.label,
            )

    # ------------------------------------------------------------ dump

    def _dump(self, request_id: int) -> None:
        snapshots = tuple(self._snapshot(session) for session in self._sessions)
        discards = tuple(sorted(self._transport.discards.items()))
        self._channels.supervisor.send(messages.BfdSnapshots(request_id, snapshots, discards))

    def _snapshot(self, session: Session) -> messages.BfdSnapshot:
        counters, standing = self._transport.counters(session), session.standing
        return messages.BfdSnapshot(
            name=session.settings.name,
            neighbor=str(session.settings.neighbor),
            state=session.state.label,
            remote_state=session.remote_state.label,
            reported_up=session.reported_up,
            diagnostic=session.diagnostic,
            remote_diagnostic=session.remote_diagnostic,
            discriminator=session.discriminator,
            remote_discriminator=session.remote_discriminator,
            transmit_interval_ns=session.transmit_interval_ns,
            receive_interval_ns=session.receive_interval_ns,
            detection_ns=session.detection_ns,
            sent=counters.sent,
            received=counters.received,
            send_errors=counters.send_errors,
            remote_min_tx_ns=standing.remote_min_tx_ns,
            remote_min_rx_ns=standing.remote_min_rx_ns,
            remote_multiplier=standing.remote_multiplier,
            polling=session.polling,
        )


def run(plan: BfdPlan, channels: Channels, options: ProcessOptions) -> int:
    """Hold the sessions of ``plan`` until told to stop; called in the forked child.

    Returns the exit status of the process.
    """
    return run_process(
        lambda loop: BfdProcess(loop, plan, channels, options), plan.process, channels, "bfd_rlimit_rttime"
    )
