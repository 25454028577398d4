"""The state machine of one virtual router (RFC 9568 section 6.4): which event causes what.

An invalid packet never gets here, so that it cannot touch a timer.  A late or spurious wake-up is harmless:
every deadline is compared with ``now``.
"""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.base.units import format_seconds
from pykeepalived.vrrp.actions import (
    Count,
    Counter,
    LowerPriorityReceived,
    PriorityPublished,
    PublicState,
    Reason,
    RoundKind,
    SendAdvertisement,
)
from pykeepalived.vrrp.events import (
    AdvertisementReceived,
    AnnouncementRequested,
    ConfigChanged,
    Event,
    FaultCleared,
    FaultRaised,
    GroupAllowsMaster,
    GroupFellBack,
    GroupRivalHeard,
    PrimaryAddressChanged,
    PriorityChanged,
    ServicesApplied,
    Shutdown,
    Startup,
    TimerFired,
    Woke,
)
from pykeepalived.vrrp.log import LogEvent, LogLevel
from pykeepalived.vrrp.reload import Reload
from pykeepalived.vrrp.services import Services
from pykeepalived.vrrp.settings import PRIORITY_OWNER, PRIORITY_RELEASE, IPAddress
from pykeepalived.vrrp.stalls import Stalls
from pykeepalived.vrrp.states import Backup, Initialize, InitializeReason, Master
from pykeepalived.vrrp.transitions import Actions

_RECEIVED = Count(Counter.ADVERTISEMENT_RECEIVED)


class VirtualRouter(Stalls, Reload, Services):
    """One virtual router.

    ``handle`` is the only way in and returns what is to be done, in order; ``deadline`` is when it wants
    ``TimerFired`` next (None: never).  Read ``deadline`` again after each ``handle``.  Give it
    ``PrimaryAddressChanged`` before ``Startup``: without an address to send from it is at fault.
    """

    __slots__ = ()

    @property
    def deadline(self) -> int | None:
        """Monotonic nanoseconds of the next wanted ``TimerFired``; None when only an event can move it."""
        state = self.state
        if isinstance(state, Backup):
            return self._backup_deadline(state)
        if isinstance(state, Master):
            waits = (state.adver_at, state.services_due_at, self._announce.deadline)
            return min(at for at in waits if at is not None)
        return None

    def handle(self, event: Event, now: int) -> Actions:
        """Take one event at the monotonic time ``now`` (ns) and return the ordered actions."""
        out: Actions = []
        match event:
            case AdvertisementReceived():
                self._advertisement(out, event, now)
            case TimerFired():
                self._timer(out, now)
            case Startup():
                self._startup(out, event, now)
            case Shutdown():
                self._shutdown(out)
            case PriorityChanged(priority=priority):
                self._priority(out, priority, now)
            case FaultRaised(reason=reason):
                self._fault(out, reason)
            case FaultCleared(reason=reason):
                self._fault_cleared(out, reason, now)
            case PrimaryAddressChanged(address=address):
                self._primary_address(out, address, now)
            case ServicesApplied():
                self._services_applied(out, now)
            case Woke(asleep_since=asleep_since):
                self._woke(out, asleep_since, now)
            case ConfigChanged(settings=settings, priority=priority):
                self._configure(out, settings, priority, now)
            case GroupAllowsMaster():
                self._group_allows(out, now)
            case GroupFellBack():
                self._group_fell_back(out, now)
            case GroupRivalHeard():
                if isinstance(self.state, Master):
                    self._announce_over_rival(out, self.state, now)
            case AnnouncementRequested():
                if isinstance(self.state, Master) and self.state.services_due_at is None:
                    self._announce_again(out, now, RoundKind.REQUEST)
        self._prepare_services(out, now)
        return out

    # ------------------------------------------------------------ begin and end

    def _startup(self, out: Actions, event: Startup, now: int) -> None:
        if not isinstance(self.state, Initialize) or self.state.reason is InitializeReason.FAULT:
            return
        self._published = PublicState.INIT
        if self.primary_address is None:
            self.faults[self._no_address] = None
        if self.faults:
            self._remove_addresses(out)
            self._become_fault(out, next(iter(self.faults)))
        elif event.resume_master:
            self._become_master(out, now, Reason.RESUMED)
        else:
            self._begin(out, now, Reason.STARTUP)
            if event.listening_since is not None:
                self._count_as_waited(now - event.listening_since, now)

    def _count_as_waited(self, listened_ns: int, now: int) -> None:
        state = self.state
        if isinstance(state, Backup):
            self.state = replace(state, master_down_at=max(now, state.master_down_at - listened_ns))

    def _begin(self, out: Actions, now: int, reason: Reason) -> None:
        """The Startup event of the RFC, also after the last fault is gone."""
        if self.settings.address_owner and not self.grouped:
            self._become_master(out, now, Reason.ADDRESS_OWNER)
            return
        if self._published is PublicState.INIT:
            # A process that was killed leaves its addresses; nobody may answer for them while we listen.
            self._remove_addresses(out)
        self._become_backup(out, now, reason)
        if self.settings.address_owner and isinstance(self.state, Backup):
            self.state = replace(self.state, wants_master=True)

    def _shutdown(self, out: Actions) -> None:
        if isinstance(self.state, Master):
            self._send_release(out)
            self._release(out)
        self.state = Initialize(InitializeReason.STOPPED)
        self._publish(out, Reason.SHUTDOWN)

    # ------------------------------------------------------------ faults and priority

    @property
    def _no_address(self) -> str:
        return f"no IPv{self.settings.family} address for interface {self.settings.interface}"

    def _fault(self, out: Actions, reason: str) -> None:
        if reason in self.faults:
            return
        self.faults[reason] = None
        self._log(out, LogEvent.FAULT, reason=reason)
        if not isinstance(self.state, Initialize):
            self._become_fault(out, reason)

    def _fault_cleared(self, out: Actions, reason: str, now: int) -> None:
        if reason not in self.faults:
            return
        del self.faults[reason]
        self._log(out, LogEvent.FAULT_CLEARED, reason=reason)
        if not self.faults and self.state == Initialize(InitializeReason.FAULT):
            self._begin(out, now, Reason.FAULT_CLEARED)

    def _primary_address(self, out: Actions, address: IPAddress | None, now: int) -> None:
        self.primary_address = address
        if address is not None:
            self._fault_cleared(out, self._no_address, now)
        elif self._published is not PublicState.INIT:
            self._fault(out, self._no_address)

    def _priority(self, out: Actions, priority: int, now: int) -> None:
        old = self.effective_priority
        if priority == old:
            return
        self._log(out, LogEvent.PRIORITY_CHANGED, old=old, new=priority)
        before = self._current_down_interval_ns()
        self.effective_priority = priority
        self._shift_down_timer(before, now)
        out.append(PriorityPublished(priority))

    # ------------------------------------------------------------ advertisements

    def _advertisement(self, out: Actions, event: AdvertisementReceived, now: int) -> None:
        state = self.state
        if isinstance(state, Initialize):
            return
        if (
            isinstance(state, Master)
            and self._overslept(state, now)
            and not self._may_preempt
            and event.priority != PRIORITY_RELEASE
        ):
            # Whoever took over while we slept is in the receive queue: listen, do not answer.
            self._fall_back_asleep(out, now, state)
            state = self.state
        out.append(_RECEIVED)
        settings = self.settings
        if settings.owner_ignore_adverts and settings.address_owner:
            out.append(Count(Counter.OWNER_IGNORED))
            self._log_limited(out, LogEvent.OWNER_IGNORED, now, source=event.source)
            return
        if event.priority == PRIORITY_RELEASE:
            out.append(Count(Counter.PRIORITY_ZERO_RECEIVED))
        self._compare(out, event, now)
        if isinstance(state, Backup):
            self._advertisement_in_backup(out, state, event, now)
        elif isinstance(state, Master):
            self._advertisement_in_master(out, state, event, now)

    def _compare(self, out: Actions, event: AdvertisementReceived, now: int) -> None:
        """Differences that are told and not punished (RFC 9568 section 7.1)."""
        settings, state = self.settings, self.state
        if not event.addresses_match:
            known = isinstance(state, Backup) and state.master == event.source
            if not (settings.skip_check_adv_addr and known):
                out.append(Count(Counter.ADDRESS_LIST_MISMATCH))
                self._log_limited(
                    out, LogEvent.ADDRESSES_DIFFER, now, level=LogLevel.WARNING, source=event.source
                )
        if event.interval_ns != settings.advertisement_interval_ns and event.priority != PRIORITY_RELEASE:
            out.append(Count(Counter.INTERVAL_DIFFERS))
            self._log_limited(
                out,
                LogEvent.INTERVAL_DIFFERS,
                now,
                level=LogLevel.WARNING,
                source=event.source,
                theirs=format_seconds(event.interval_ns),
                ours=format_seconds(settings.advertisement_interval_ns),
            )

    def _advertisement_in_backup(
        self, out: Actions, state: Backup, event: AdvertisementReceived, now: int
    ) -> None:
        """RFC 9568 section 6.4.2."""
        priority = event.priority
        if priority == PRIORITY_RELEASE:
            self._log_limited(out, LogEvent.RELEASE_HEARD, now, source=event.source)
            down_at = now + self._skew_time_ns(state.master_adver_interval_ns)
            if state.released:
                # A repeated release must not put the takeover off.
                down_at = min(down_at, state.master_down_at)
            self.state = replace(
                state,
                master_down_at=down_at,
                released=True,
                preempt_at=None,
                wants_master=False,
                lower_heard_at=None,
            )
            return
        lower = priority < self.effective_priority
        preempt_at = self._preempt_delay(out, state, lower, event.source, now)
        if lower and self.settings.preempt_mode and (preempt_at is None or now >= preempt_at):
            self._log_limited(
                out, LogEvent.LOWER_PRIORITY_DISCARDED, now, source=event.source, priority=priority
            )
            self.state = replace(state, lower_heard_at=now)
            return
        if event.source is not state.master and event.source != state.master:
            kind = LogEvent.MASTER_IS if state.master is None else LogEvent.MASTER_CHANGED
            self._log_limited(out, kind, now, source=event.source, previous=state.master)
        settings = self.settings
        # Version 2 has no learning: a different interval did not get past the receive ladder.
        learned = event.interval_ns if settings.version == 3 else settings.advertisement_interval_ns
        down_at = now + self._down_interval_ns(learned)
        self.state = Backup(down_at, learned, event.source, priority, preempt_at)

    def _preempt_delay(
        self, out: Actions, state: Backup, lower: bool, source: IPAddress, now: int
    ) -> int | None:
        """When a lower Master stops being respected; the delay starts with the first one heard."""
        delay_ns = self.settings.preempt_delay_ns
        if not delay_ns or not self.settings.preempt_mode:
            return None
        if lower and state.preempt_at is None:
            self._log_limited(out, LogEvent.PREEMPT_DELAY_STARTED, now, delay=format_seconds(delay_ns))
            return now + delay_ns
        if not lower and state.preempt_at is not None:
            self._log_limited(out, LogEvent.PREEMPT_DELAY_STOPPED, now)
            return None
        if state.preempt_at is not None and now >= state.preempt_at:
            self._log_limited(out, LogEvent.PREEMPT_DELAY_EXPIRED, now)
        return state.preempt_at

    def _advertisement_in_master(
        self, out: Actions, state: Master, event: AdvertisementReceived, now: int
    ) -> None:
        """RFC 9568 section 6.4.3."""
        priority, ours, source = event.priority, self.effective_priority, event.source
        if priority == PRIORITY_RELEASE:
            self._log_limited(out, LogEvent.RELEASE_HEARD_BY_MASTER, now, source=source)
            if self._answer_bucket.take(now):
                out.append(SendAdvertisement(ours))
                adver_at = now + self.settings.advertisement_interval_ns
                self.state = replace(state, adver_at=adver_at, advertised_at=now)
            else:
                out.append(Count(Counter.ANSWER_SUPPRESSED))
            return
        if priority == ours == PRIORITY_OWNER:
            self._log_limited(out, LogEvent.TWO_OWNERS, now, level=LogLevel.ERROR, source=source)
        mine = self.primary_address
        greater_address = mine is not None and source.packed > mine.packed
        if priority > ours or (priority == ours and greater_address):
            self._yield(out, event, now)
        else:
            self._answer_lower(out, state, event, now)

    def _yield(self, out: Actions, event: AdvertisementReceived, now: int) -> None:
        settings, ours = self.settings, self.effective_priority
        higher = event.priority > ours
        kind = LogEvent.HIGHER_PRIORITY if higher else LogEvent.HIGHER_ADDRESS
        self._log(out, kind, source=event.source, priority=event.priority, ours=ours)
        if settings.higher_prio_send_advert:
            out.append(SendAdvertisement(ours))
        self._become_backup(
            out,
            now,
            Reason.HIGHER_PRIORITY if higher else Reason.EQUAL_PRIORITY_HIGHER_ADDRESS,
            interval_ns=event.interval_ns if settings.version == 3 else None,
            master=event.source,
            master_priority=event.priority,
        )

    def _answer_lower(self, out: Actions, state: Master, event: AdvertisementReceived, now: int) -> None:
        """Tell the sender and every learning bridge who is Master, as often as makes sense.

        The advertisement timer goes on untouched, so that a flood of these cannot move our own rhythm.
        """
        kind = LogEvent.LOWER_PRIORITY if event.priority < self.effective_priority else LogEvent.LOWER_ADDRESS
        ours = self.effective_priority
        self._log_limited(out, kind, now, source=event.source, priority=event.priority, ours=ours)
        if self._overslept(state, now):
            self._awaken(out, now, state)
            return
        if not self._answer_bucket.take(now):
            out.append(Count(Counter.ANSWER_SUPPRESSED))
            return
        if not self.settings.lower_prio_no_advert:
            out.append(SendAdvertisement(ours))
            self.state = replace(state, advertised_at=now)
        self._announce_over_rival(out, state, now)
        out.append(LowerPriorityReceived())

    def _announce_over_rival(self, out: Actions, state: Master, now: int) -> None:
        """Who learned another Master's claim learns ours."""
        if state.services_due_at is None and self._announce_bucket.take(now):
            self._announce_round(out, self._announce.heard_lower_priority(now))

    # ------------------------------------------------------------ time

    def _timer(self, out: Actions, now: int) -> None:
        state = self.state
        if isinstance(state, Backup):
            if now >= state.master_down_at:
                self._down_timer(out, state, now)
        elif isinstance(state, Master):
            self._master_timer(out, state, now)

    def _down_timer(self, out: Actions, state: Backup, now: int) -> None:
        if self._slept_through(out, state, now) or self._puts_off(out, state, now):
            return
        if not state.wants_master:
            self._log(out, LogEvent.ADVERTISEMENT_TIMEOUT)
        reason = Reason.MASTER_RELEASED if state.released else Reason.MASTER_SILENT
        if self.grouped:
            # The group looks at wants_master; if it says "not yet", ask again after another interval.
            down_at = now + self._down_interval_ns(state.master_adver_interval_ns)
            self.state = replace(state, master_down_at=down_at, wants_master=True)
        else:
            self._become_master(out, now, reason)

    def _master_timer(self, out: Actions, state: Master, now: int) -> None:
        if self._overslept(state, now):
            if self._must_listen(state, now):
                self._fall_back_asleep(out, now, state)
                return
            self._awaken(out, now, state)
        elif now >= state.adver_at:
            out.append(SendAdvertisement(self.effective_priority))
            interval_ns = self.settings.advertisement_interval_ns
            # Due times are absolute, so that lateness does not add up to drift.
            adver_at = state.adver_at + interval_ns
            if adver_at <= now:
                adver_at = now + interval_ns
            self.state = replace(state, adver_at=adver_at, advertised_at=now)
        current = self.state
        assert isinstance(current, Master)
        if current.services_due_at is not None and now >= current.services_due_at:
            self._services_are_late(out, now)
        for announcement in self._announce.due(now):
            self._announce_round(out, announcement)

    # ------------------------------------------------------------ sync group

    def _group_allows(self, out: Actions, now: int) -> None:
        state = self.state
        if isinstance(state, Backup):
            reason = Reason.SYNC_GROUP
            if state.wants_master:
                reason = Reason.MASTER_RELEASED if state.released else Reason.MASTER_SILENT
            self._become_master(out, now, reason)

    def _group_fell_back(self, out: Actions, now: int) -> None:
        if isinstance(self.state, Master):
            # Nobody has claimed these addresses yet: priority 0 shortens the gap to the skew time.
            self._send_release(out)
            self._become_backup(out, now, Reason.SYNC_GROUP)
