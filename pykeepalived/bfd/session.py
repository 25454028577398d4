"""One session: RFC 5880 section 6.8 as a machine without clock, socket or dice.

``chance`` is the only outside thing: it gives numbers in [0, 1) for the jitter.  Beyond the RFC there are
three rules of our own, each for a machine that does not always run when it should:

* A detection time that runs out while we ourselves were late proves nothing.  Once per silence we listen
  for two more intervals, in which a living neighbour speaks up.
* Packets out of turn (answers to a Poll, news of a state) have a least distance, so that nobody makes us
  send faster than that; what is due meanwhile rides on the next one.
* A session that is resumed after its process was killed is not reported as down before it had the time to
  come up again: the neighbour noticed our silence, not a broken path.
"""

from __future__ import annotations

from collections.abc import Callable

from pykeepalived.base.units import NANOSECONDS_PER_MICROSECOND, NANOSECONDS_PER_MILLISECOND, format_seconds
from pykeepalived.bfd.actions import Action, Log, LogLevel, Remember, ReportState, SendPacket
from pykeepalived.bfd.events import (
    ConfigChanged,
    Event,
    PacketReceived,
    Shutdown,
    Standing,
    Startup,
    TimerFired,
)
from pykeepalived.bfd.settings import SessionSettings
from pykeepalived.bfd.states import TRANSITIONS, Diagnostic, State, diagnostic_text

JITTER = 0.25
"""An interval is shortened by up to this part of it (RFC 5880 section 6.8.7)."""
LEAST_JITTER_OF_ONE = 0.10
"""With a multiplier of 1 by no less than this, so that a packet comes before the neighbour gives up."""
GRID_PARTS = 20
"""An interval has this many points in time at which all sessions like to send."""
MAX_GRID_NS = 3 * NANOSECONDS_PER_MILLISECOND
OUT_OF_TURN_GAP_NS = NANOSECONDS_PER_MILLISECOND
RESUME_PATIENCE = 3
"""How many idle intervals a resumed session has to come up: two at most pass until both sides have spoken."""
_GRACE_INTERVALS = 2
_LEAST_TOLERANCE_NS = 2 * NANOSECONDS_PER_MILLISECOND
_UNKNOWN_MIN_RX_NS = NANOSECONDS_PER_MICROSECOND
"""bfd.RemoteMinRxInterval before anything was heard (RFC 5880 section 6.8.1)."""

Actions = list[Action]


class Session:
    """The state variables of RFC 5880 section 6.8.1, and what follows from them."""

    __slots__ = (
        "_chance", "_detection_ns", "_expire_at", "_final_owed", "_heard", "_heard_at", "_hold_until",
        "_listened_again", "_out_of_turn_at", "_paced_min_tx_ns", "_polling", "_remembered",
        "_remote_demand", "_reported_up", "_send_at", "_sent_at", "_trusted_min_rx_ns",
        "diagnostic", "discriminator", "remote_diagnostic", "remote_discriminator", "remote_state",
        "settings", "state",
    )  # fmt: skip

    def __init__(self, settings: SessionSettings, discriminator: int, chance: Callable[[], float]) -> None:
        self.settings = settings
        self.discriminator = discriminator
        self.state = State.DOWN
        self.diagnostic: int = Diagnostic.NONE
        self.remote_discriminator = 0
        self.remote_state = State.DOWN
        self.remote_diagnostic: int = Diagnostic.NONE
        self._chance = chance
        self._heard = (0, 0, 0, _UNKNOWN_MIN_RX_NS)
        """Discriminator, multiplier, desired and required interval of the last packet."""
        self._heard_at = 0
        self._remote_demand = False
        self._polling = False
        self._final_owed = False
        self._paced_min_tx_ns = settings.idle_tx_ns
        self._trusted_min_rx_ns = settings.required_min_rx_ns
        self._detection_ns = 0
        self._expire_at: int | None = None
        self._listened_again = False
        self._send_at: int | None = None
        self._sent_at: int | None = None
        self._out_of_turn_at: int | None = None
        self._hold_until: int | None = None
        self._reported_up = False
        self._remembered: Standing | None = None

    # ------------------------------------------------------------ what can be asked

    @property
    def deadline(self) -> int | None:
        """When to send TimerFired; None: nothing is due."""
        send_at, expire_at, hold_until = self._send_at, self._expire_at, self._hold_until
        due = send_at
        if expire_at is not None and (due is None or expire_at < due):
            due = expire_at
        if hold_until is not None and (due is None or hold_until < due):
            due = hold_until
        return due

    @property
    def reported_up(self) -> bool:
        """What VRRP and the checkers were told last."""
        return self._reported_up

    @property
    def desired_min_tx_ns(self) -> int:
        """What our packets say; never less than a second while not Up (RFC 5880 section 6.8.3)."""
        return self.settings.desired_min_tx_ns if self.state is State.UP else self.settings.idle_tx_ns

    @property
    def transmit_interval_ns(self) -> int:
        """The negotiated interval of our packets, before jitter."""
        return max(self._paced_min_tx_ns, self._heard[3])

    @property
    def receive_interval_ns(self) -> int:
        """The negotiated interval of the neighbour's packets."""
        return max(self._trusted_min_rx_ns, self._heard[2])

    @property
    def detection_ns(self) -> int:
        """Silence of this length ends the session (RFC 5880 section 6.8.4); 0 before anything was heard."""
        return self._detection_ns

    @property
    def polling(self) -> bool:
        """Whether a Poll Sequence is under way."""
        return self._polling

    @property
    def standing(self) -> Standing:
        """What a process that takes up this session has to know."""
        _, multiplier, min_tx_ns, min_rx_ns = self._heard
        return Standing(
            self.discriminator,
            self.state is State.UP,
            self._reported_up,
            self.remote_discriminator,
            min_tx_ns,
            min_rx_ns,
            multiplier,
        )

    # ------------------------------------------------------------ events

    def handle(self, event: Event, now: int) -> Actions:
        """Take an event in; what has to be done, in order."""
        out: Actions = []
        match event:
            case PacketReceived():
                if not self._received(event, out, now):
                    return out
            case TimerFired():
                self._due(out, now)
            case Startup(resumed):
                self._start(resumed, out, now)
            case ConfigChanged(settings):
                self._configure(settings, out, now)
            case Shutdown():
                self._shut_down(out, now)
        standing = self.standing
        if standing != self._remembered:
            self._remembered = standing
            out.append(Remember(standing))
        return out

    def _start(self, resumed: Standing | None, out: Actions, now: int) -> None:
        if resumed is not None:
            self._resume(resumed, now)
        out.append(ReportState(self._reported_up))
        if self._may_send:
            self._emit(out, now)

    def _resume(self, resumed: Standing, now: int) -> None:
        """Go on where the process before us was: with luck the neighbour has not noticed anything."""
        self.discriminator = resumed.discriminator
        self._reported_up = resumed.reported_up
        if not resumed.up:
            return
        self.state = self.remote_state = State.UP
        self.remote_discriminator = resumed.remote_discriminator
        self._heard = (
            resumed.remote_discriminator,
            resumed.remote_multiplier,
            resumed.remote_min_tx_ns,
            resumed.remote_min_rx_ns,
        )
        self._paced_min_tx_ns = self.settings.desired_min_tx_ns
        self._detection_ns = resumed.remote_multiplier * self.receive_interval_ns
        self._heard_at = now
        self._expire_at = now + self._detection_ns
        self._hold_until = now + RESUME_PATIENCE * self.settings.idle_tx_ns

    def _configure(self, settings: SessionSettings, out: Actions, now: int) -> None:
        """New timers while Up are agreed on by a Poll Sequence; until then the old ones hold where the
        neighbour would be surprised (RFC 5880 section 6.8.3)."""
        before = self.settings
        self.settings = settings
        if self.state is not State.UP:
            self._paced_min_tx_ns = self.desired_min_tx_ns
            self._trusted_min_rx_ns = settings.required_min_rx_ns
            self._pace(now)
            return
        self._paced_min_tx_ns = min(self._paced_min_tx_ns, settings.desired_min_tx_ns)
        self._trusted_min_rx_ns = max(self._trusted_min_rx_ns, settings.required_min_rx_ns)
        self._detect()
        if (before.desired_min_tx_ns, before.required_min_rx_ns, before.multiplier) != (
            settings.desired_min_tx_ns, settings.required_min_rx_ns, settings.multiplier,
        ):  # fmt: skip
            self._begin_poll(out)
            self._send_out_of_turn(out, now)
        self._pace(now)

    def _shut_down(self, out: Actions, now: int) -> None:
        """Say farewell, so that the neighbour does not take our end for a broken path."""
        self.state = State.ADMIN_DOWN
        self.diagnostic = Diagnostic.ADMINISTRATIVELY_DOWN
        self._polling = False
        if self._may_send:
            self._emit(out, now)
        self._send_at = self._expire_at = self._hold_until = None

    # ------------------------------------------------------------ receiving

    def _received(self, packet: PacketReceived, out: Actions, now: int) -> bool:
        """RFC 5880 section 6.8.6 from "set bfd.RemoteDiscr" on; False when nothing worth noting changed."""
        if self.state is State.ADMIN_DOWN:
            return False
        self._heard_at = now
        self._listened_again = False
        heard = (packet[0], packet[3], packet[4], packet[5])
        if (
            heard == self._heard
            and packet.state == self.remote_state == self.state == State.UP
            and not (packet.poll or packet.final)
            and packet.demand == self._remote_demand
        ):
            # The packet that comes a hundred times a second.
            self._expire_at = now + self._detection_ns
            return False
        timers = self._timers
        self._heard = heard
        self.remote_discriminator = packet.my_discriminator
        self.remote_state = State(packet.state)
        self.remote_diagnostic = packet.diagnostic
        self._remote_demand = packet.demand
        if packet.final and self._polling:
            self._polling = False
            self._apply_timers()
        # Before the state changes: the packet that tells of it can carry the answer.
        self._final_owed = self._final_owed or packet.poll
        self._advance(out, now)
        self._detect()
        if packet.poll and self._final_owed:
            self._send_out_of_turn(out, now, final=True)
        self._pace(now)
        if timers != self._timers:
            out.append(Log(LogLevel.DETAIL, self._timers_text()))
        return True

    def _advance(self, out: Actions, now: int) -> None:
        after = TRANSITIONS.get((self.state, self.remote_state), self.state)
        if after is self.state:
            return
        down = after is State.DOWN
        self._enter(after, Diagnostic.NEIGHBOR_SIGNALED_DOWN if down else Diagnostic.NONE, out, now)

    def _detect(self) -> None:
        """The Detection Time counts from the last packet; without one there is nothing to wait for."""
        if not self.remote_discriminator:
            return
        self._detection_ns = self._heard[1] * self.receive_interval_ns
        self._expire_at = self._heard_at + self._detection_ns

    def _apply_timers(self) -> None:
        """The neighbour knows what we want: now it counts."""
        self._paced_min_tx_ns = self.desired_min_tx_ns
        self._trusted_min_rx_ns = self.settings.required_min_rx_ns

    # ------------------------------------------------------------ states

    def _enter(self, state: State, diagnostic: Diagnostic, out: Actions, now: int) -> None:
        before = self.state
        self.state = state
        self.diagnostic = diagnostic
        self._polling = False
        # Also without a poll: a session that is not Up has promised nothing.
        self._apply_timers()
        if state is State.UP:
            if self.settings.idle_tx_ns != self.settings.desired_min_tx_ns:
                self._begin_poll(out)
            self._hold_until = None
            out.append(Log(LogLevel.INFO, "Entering Up state"))
            self._report(True, out)
        else:
            level = LogLevel.WARNING if before is State.UP else LogLevel.DETAIL
            out.append(Log(level, self._left_text(state, diagnostic)))
            # A neighbour that is shut down says nothing about the path (RFC 5882 section 3.2).
            if before is State.UP and self.remote_state is not State.ADMIN_DOWN:
                self._report(False, out)
        self._send_out_of_turn(out, now)

    def _report(self, up: bool, out: Actions) -> None:
        if up == self._reported_up or (not up and self._hold_until is not None):
            return
        self._reported_up = up
        out.append(ReportState(up))

    def _left_text(self, state: State, diagnostic: Diagnostic) -> str:
        if state is State.INIT:
            return "Entering Init state"
        ours, theirs = diagnostic_text(diagnostic), diagnostic_text(self.remote_diagnostic)
        return f"Entering {state.label} state (Local diagnostic - {ours}, Remote diagnostic - {theirs})"

    @property
    def _timers(self) -> tuple[int, int, int]:
        """What was negotiated."""
        return self.transmit_interval_ns, self.receive_interval_ns, self._detection_ns

    def _timers_text(self) -> str:
        return (
            f"sending every {format_seconds(self.transmit_interval_ns)}, "
            f"receiving every {format_seconds(self.receive_interval_ns)}, "
            f"detection time {format_seconds(self._detection_ns)}"
        )

    # ------------------------------------------------------------ deadlines

    def _due(self, out: Actions, now: int) -> None:
        self._forgive(out, now)
        if self._send_at is not None and self._send_at <= now:
            if self._may_send or self._final_owed:
                self._emit(out, now)
            else:
                self._send_at = None
        if self._expire_at is not None and self._expire_at <= now:
            self._expired(out, now)
        if self._hold_until is not None and self._hold_until <= now:
            self._hold_until = None
            if self.state is not State.UP and self.remote_state is not State.ADMIN_DOWN:
                self._report(False, out)

    def _forgive(self, out: Actions, now: int) -> None:
        """We are late: the neighbour may have been stopped with us, or its packets wait to be read."""
        due, expire_at = self.deadline, self._expire_at
        if due is None or expire_at is None or self._listened_again:
            return
        late_ns = now - due
        interval_ns = self.receive_interval_ns
        if late_ns <= max(interval_ns // 2, _LEAST_TOLERANCE_NS):
            return
        grace_ns = min(_GRACE_INTERVALS * interval_ns, self._detection_ns)
        if now + grace_ns <= expire_at:
            return
        self._listened_again = True
        self._expire_at = now + grace_ns
        if self.state is State.UP:
            wait = format_seconds(grace_ns)
            text = f"did not run for {format_seconds(late_ns)}; listening for {wait} before giving up"
            out.append(Log(LogLevel.DETAIL, text))

    def _expired(self, out: Actions, now: int) -> None:
        """A Detection Time has passed without a packet (RFC 5880 sections 6.8.1 and 6.8.4)."""
        self._expire_at = None
        self.remote_discriminator = 0
        if not self._heard[3]:
            # It wanted no packets.  Whoever comes next has to hear from us to come up.
            self._heard = (*self._heard[:3], _UNKNOWN_MIN_RX_NS)
        if self.state is State.UP:
            silent_ns = now - self._heard_at
            overdue_us = max(0, silent_ns - self._detection_ns) // NANOSECONDS_PER_MICROSECOND
            text = f"Expired after {format_seconds(silent_ns)} ({overdue_us} usec overdue)"
            out.append(Log(LogLevel.WARNING, text))
        if self.state in (State.INIT, State.UP):
            self.remote_state = State.DOWN
            self._enter(State.DOWN, Diagnostic.DETECTION_TIME_EXPIRED, out, now)
        self._pace(now)

    # ------------------------------------------------------------ sending

    @property
    def _may_send(self) -> bool:
        """RFC 5880 section 6.8.7, the conditions under which nothing is sent periodically."""
        if self.settings.passive and not self.remote_discriminator:
            return False
        if not self._heard[3]:
            return False
        return not (
            self._remote_demand
            and self.state is State.UP
            and self.remote_state is State.UP
            and not self._polling
        )

    def _begin_poll(self, out: Actions) -> None:
        self._polling = True
        out.append(Log(LogLevel.DETAIL, "Starting poll sequence"))

    def _emit(self, out: Actions, now: int, *, final: bool = False) -> None:
        final = final or self._final_owed
        self._final_owed = False
        self._sent_at = now
        out.append(
            SendPacket(
                self.state,
                self.diagnostic,
                self.settings.multiplier,
                self.discriminator,
                self.remote_discriminator,
                self.desired_min_tx_ns,
                self.settings.required_min_rx_ns,
                self._polling and not final,
                final,
            )
        )
        self._send_at = self._next_send_at(now) if self._may_send else None

    def _send_out_of_turn(self, out: Actions, now: int, *, final: bool = False) -> None:
        """At once, or when the least distance allows it."""
        if not (final or self._may_send):
            return
        last = self._out_of_turn_at
        if last is None or now - last >= OUT_OF_TURN_GAP_NS:
            self._out_of_turn_at = now
            self._emit(out, now, final=final)
            return
        self._final_owed = self._final_owed or final
        next_at = last + OUT_OF_TURN_GAP_NS
        if self._send_at is None or next_at < self._send_at:
            self._send_at = next_at

    def _pace(self, now: int) -> None:
        """The interval may have become shorter, or sending may have become allowed or forbidden."""
        if self._final_owed:
            return
        if not self._may_send:
            self._send_at = None
            return
        due = now if self._sent_at is None else max(now, self._next_send_at(self._sent_at))
        if self._send_at is None or due < self._send_at:
            self._send_at = due

    def _next_send_at(self, sent_at: int) -> int:
        """With jitter, and on a grid that all sessions share.

        So sessions are due together and share a wake-up, which costs more than the packets.
        """
        part = self._chance() * JITTER
        if self.settings.multiplier == 1:
            part = LEAST_JITTER_OF_ONE + self._chance() * (JITTER - LEAST_JITTER_OF_ONE)
        interval_ns = self.transmit_interval_ns
        due = sent_at + interval_ns - int(interval_ns * part)
        grid_ns = min(interval_ns // GRID_PARTS, MAX_GRID_NS)
        aligned = due - due % grid_ns if grid_ns else due
        # Never sooner than the jitter allows; the next point is early enough even for a multiplier of 1.
        return aligned if aligned >= sent_at + interval_ns - int(interval_ns * JITTER) else aligned + grid_ns
