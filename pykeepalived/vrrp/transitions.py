"""What a change of state consists of: the actions of each transition, in their order.

:mod:`pykeepalived.vrrp.router` decides *which* transition an event causes; this file says what it does.  The
order is the contract of :mod:`pykeepalived.vrrp.actions`: on the way up the advertisement comes first, on the
way down priority 0 and then the addresses, and a state is published when all it implies has been asked for.
"""

from __future__ import annotations

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.vrrp.actions import (
    Action,
    AnnounceAddresses,
    ApplyServices,
    Count,
    Counter,
    PublicState,
    Reason,
    ReleaseAddresses,
    ReleaseRouting,
    RoundKind,
    SendAdvertisement,
    StateChanged,
    StopAnnouncing,
    TakeAddresses,
    TakeRouting,
    WithdrawServices,
)
from pykeepalived.vrrp.announce import AnnounceSchedule, Round
from pykeepalived.vrrp.log import Log, LogEvent, LogLevel
from pykeepalived.vrrp.rate import Quietener, TokenBucket
from pykeepalived.vrrp.settings import PRIORITY_RELEASE, IPAddress, RouterSettings
from pykeepalived.vrrp.states import (
    Backup,
    Initialize,
    InitializeReason,
    Master,
    ServicesStage,
    State,
    public_state,
)
from pykeepalived.vrrp.timers import (
    SERVICES_FIRST_LIMIT_NS,
    SERVICES_LIMIT_NS,
    master_down_interval_ns,
    skew_time_ns,
)

Actions = list[Action]

_ANSWERS_AT_ONCE = 3
_ANNOUNCEMENTS_AT_ONCE = 2


class Transitions:
    """State of one virtual router and the ways to change it.  Not for use outside of this package."""

    __slots__ = (
        "_announce",
        "_announce_bucket",
        "_answer_bucket",
        "_published",
        "_quietener",
        "_services",
        "_services_answered",
        "effective_priority",
        "faults",
        "grouped",
        "primary_address",
        "settings",
        "state",
    )

    def __init__(self, settings: RouterSettings, *, grouped: bool = False) -> None:
        self.settings = settings
        self.grouped = grouped
        """Whether a sync group decides about becoming Master."""
        self.state: State = Initialize(InitializeReason.WAITING)
        self.effective_priority = settings.priority
        self.primary_address: IPAddress | None = settings.source_address
        self.faults: dict[str, None] = {}
        """Reasons that forbid taking part, oldest first."""
        self._published = PublicState.INIT
        self._announce = AnnounceSchedule(settings.announce)
        self._services = ServicesStage.ABSENT
        self._services_answered = False
        self._quietener = Quietener()
        self._answer_bucket = TokenBucket(_ANSWERS_AT_ONCE, settings.advertisement_interval_ns)
        self._announce_bucket = TokenBucket(_ANNOUNCEMENTS_AT_ONCE, NANOSECONDS_PER_SECOND)

    # ------------------------------------------------------------ intervals

    def _down_interval_ns(self, master_adver_interval_ns: int) -> int:
        return master_down_interval_ns(
            self.settings.version,
            self.effective_priority,
            master_adver_interval_ns,
            self.settings.down_timer_adverts,
        )

    def _skew_time_ns(self, master_adver_interval_ns: int) -> int:
        return skew_time_ns(self.settings.version, self.effective_priority, master_adver_interval_ns)

    @property
    def _services_limit_ns(self) -> int:
        return SERVICES_LIMIT_NS if self._services_answered else SERVICES_FIRST_LIMIT_NS

    # ------------------------------------------------------------ words

    def _log(
        self, out: Actions, event: LogEvent, *, level: LogLevel = LogLevel.INFO, **fields: object
    ) -> None:
        out.append(Log(level, event, self.settings.name, tuple(fields.items())))

    def _log_limited(
        self,
        out: Actions,
        event: LogEvent,
        now: int,
        *,
        level: LogLevel = LogLevel.INFO,
        **fields: object,
    ) -> None:
        """For lines that somebody else's packets can cause."""
        suppressed = self._quietener.allow(event, now)
        if suppressed is not None:
            out.append(Log(level, event, self.settings.name, tuple(fields.items()), suppressed))

    def _publish(self, out: Actions, reason: Reason, detail: str = "") -> None:
        new = public_state(self.state)
        if new is not self._published:
            out.append(StateChanged(self._published, new, reason, detail))
            self._published = new

    # ------------------------------------------------------------ up

    def _become_master(self, out: Actions, now: int, reason: Reason) -> None:
        """RFC 9568 section 6.4.1 and 6.4.2: advertise, take, announce, start Adver_Timer."""
        settings = self.settings
        out.append(SendAdvertisement(self.effective_priority))
        self._log(out, LogEvent.ENTERING_STATE, state=PublicState.MASTER.value)
        adver_at = now + settings.advertisement_interval_ns
        stage, self._services = self._services, ServicesStage.ABSENT
        if settings.follows_services and stage is not ServicesStage.APPLIED:
            if stage is ServicesStage.ABSENT:
                out.append(ApplyServices())
            self.state = Master(adver_at, now, now + self._services_limit_ns, reason)
        else:
            self.state = Master(adver_at, now)
            self._take(out, now, reason)

    def _take(self, out: Actions, now: int, reason: Reason) -> None:
        settings = self.settings
        if settings.all_addresses:
            self._log(out, LogEvent.TAKING_ADDRESSES)
            if settings.excluded_addresses:
                self._log(out, LogEvent.TAKING_EXCLUDED_ADDRESSES)
            out.append(TakeAddresses(settings.all_addresses))
        self._announce_round(out, self._announce.begin(now))
        self._take_routing(out)
        out.append(Count(Counter.BECAME_MASTER))
        self._publish(out, reason)

    def _take_routing(self, out: Actions) -> None:
        settings = self.settings
        if settings.routes:
            self._log(out, LogEvent.TAKING_ROUTES)
        if settings.rules:
            self._log(out, LogEvent.TAKING_RULES)
        if settings.routing:
            out.append(TakeRouting(settings.routing))

    def _announce_round(self, out: Actions, announcement: Round | None) -> None:
        if announcement is None:
            return
        extra = announcement.kind is RoundKind.EXTRA_INTERFACES
        addresses = self.settings.extra_addresses if extra else self.settings.all_addresses
        if addresses:
            out.append(AnnounceAddresses(announcement.kind, addresses, announcement.repeat))

    def _announce_again(self, out: Actions, now: int, kind: RoundKind) -> None:
        self._announce_round(out, self._announce.begin(now, kind))

    # ------------------------------------------------------------ down

    def _release(self, out: Actions) -> None:
        """What a Master does before it is anything else; the advertisement is the caller's."""
        settings = self.settings
        self._announce.stop()
        out.append(StopAnnouncing())
        self._remove_addresses(out)
        if settings.follows_services:
            out.append(WithdrawServices())
        out.append(Count(Counter.RELEASED_MASTER))

    def _remove_addresses(self, out: Actions) -> None:
        settings = self.settings
        if settings.rules:
            self._log(out, LogEvent.RELEASING_RULES)
        if settings.routes:
            self._log(out, LogEvent.RELEASING_ROUTES)
        if settings.routing:
            out.append(ReleaseRouting(settings.routing[::-1]))
        if settings.all_addresses:
            self._log(out, LogEvent.RELEASING_ADDRESSES)
            if settings.excluded_addresses:
                self._log(out, LogEvent.RELEASING_EXCLUDED_ADDRESSES)
            out.append(ReleaseAddresses(settings.all_addresses))

    def _send_release(self, out: Actions) -> None:
        out.append(SendAdvertisement(PRIORITY_RELEASE))
        self._log(out, LogEvent.SENT_RELEASE)

    def _become_backup(
        self,
        out: Actions,
        now: int,
        reason: Reason,
        *,
        interval_ns: int | None = None,
        master: IPAddress | None = None,
        master_priority: int = 0,
    ) -> None:
        """Start the down timer; ``interval_ns`` is the interval learned from ``master``."""
        was_master = isinstance(self.state, Master)
        learned = interval_ns if interval_ns is not None else self.settings.advertisement_interval_ns
        first = self._published is PublicState.INIT
        event = LogEvent.ENTERING_STATE_INIT if first else LogEvent.ENTERING_STATE
        self._log(out, event, state=PublicState.BACKUP.value)
        if was_master:
            self._release(out)
        self.state = Backup(now + self._down_interval_ns(learned), learned, master, master_priority)
        self._publish(out, reason)

    def _become_fault(self, out: Actions, detail: str) -> None:
        was_master = isinstance(self.state, Master)
        first = self._published is PublicState.INIT
        event = LogEvent.ENTERING_STATE_INIT if first else LogEvent.ENTERING_STATE
        self._log(out, event, state=PublicState.FAULT.value)
        if was_master:
            self._send_release(out)
            self._release(out)
        self.state = Initialize(InitializeReason.FAULT)
        self._publish(out, Reason.FAULT, detail)
