"""Virtual services ahead of a takeover, so that no address waits for them.

A Backup whose down timer is about to run out (the Master is silent, has released, or is worse and will be
preempted) asks for its services a moment before.  If the Master speaks up after all they are withdrawn again.
The lead is short on purpose: on a director that is a real server too, services without the address would
balance what the Master has balanced already.  A Master that serves is not preempted before they stand: at the
start of the program the checker may be later than the down timer.
"""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.base.units import format_seconds
from pykeepalived.vrrp.actions import ApplyServices, Reason, WithdrawServices
from pykeepalived.vrrp.log import LogEvent, LogLevel
from pykeepalived.vrrp.states import Backup, Master, ServicesStage
from pykeepalived.vrrp.timers import PREEMPTION_PATIENCE_NS, SERVICES_LIMIT_NS
from pykeepalived.vrrp.transitions import Actions, Transitions


def services_lead_ns(master_adver_interval_ns: int) -> int:
    """How long before the down timer the services are asked for; a living Master is never that silent."""
    return min(SERVICES_LIMIT_NS, master_adver_interval_ns // 2)


class Services(Transitions):
    """Asks ahead and takes it back.  Not for use outside of this package."""

    __slots__ = ()

    @property
    def services_asked(self) -> bool:
        """Whether a router that is not Master has its services in the table, or soon."""
        return self._services is not ServicesStage.ABSENT

    def _backup_deadline(self, state: Backup) -> int:
        """The down timer, or before it the moment for the services."""
        if not self.settings.follows_services:
            return state.master_down_at
        if self._services is ServicesStage.ABSENT:
            return state.master_down_at if state.wants_master else self._services_from(state)
        return self._services_until(state) if state.wants_master else state.master_down_at

    def _services_from(self, state: Backup) -> int:
        return state.master_down_at - services_lead_ns(state.master_adver_interval_ns)

    def _services_until(self, state: Backup) -> int:
        """How long services stay for a member whose sync group said "not yet": the others expire about now.

        When the group as a whole has no reason to take over, its own link alone is silent.
        """
        interval_ns = state.master_adver_interval_ns
        expired_at = state.master_down_at - self._down_interval_ns(interval_ns)
        return expired_at + services_lead_ns(interval_ns)

    def _prepare_services(self, out: Actions, now: int) -> None:
        """After every event: ask, or take back what was asked for."""
        state = self.state
        wanted = isinstance(state, Backup) and self.settings.follows_services
        if isinstance(state, Backup):
            if not state.wants_master:
                due = state.put_off_until is not None or now >= self._services_from(state)
                wanted = wanted and due
            else:
                wanted = wanted and self.services_asked and now < self._services_until(state)
        if wanted and self._services is ServicesStage.ABSENT:
            out.append(ApplyServices())
            self._services = ServicesStage.ASKED
        elif not wanted and self._services is not ServicesStage.ABSENT:
            out.append(WithdrawServices())
            self._services = ServicesStage.ABSENT

    def _puts_off(self, out: Actions, state: Backup, now: int) -> bool:
        """Whether the takeover waits for our services: no hurry while the Master to be preempted serves.

        It is heard every interval; when it falls silent, this is a takeover like any other.
        """
        if not self.settings.follows_services or self._services is ServicesStage.APPLIED:
            return False
        if state.lower_heard_at is None:
            return False
        silent_at = state.lower_heard_at + state.master_adver_interval_ns * 3 // 2
        until = state.put_off_until if state.put_off_until is not None else now + PREEMPTION_PATIENCE_NS
        if now >= min(silent_at, until):
            if now >= until:
                self._services_answered = True  # it will not come: do not wait for it once more as Master
            return False
        if state.put_off_until is None:
            self._log(out, LogEvent.PREEMPTION_WAITS)
        self.state = replace(state, master_down_at=min(silent_at, until), put_off_until=until)
        return True

    def _services_applied(self, out: Actions, now: int) -> None:
        self._services_answered = True
        state = self.state
        if isinstance(state, Master):
            self._take_waiting(out, state, now)
        elif self._services is ServicesStage.ASKED:
            self._services = ServicesStage.APPLIED
            if isinstance(state, Backup) and state.put_off_until is not None:
                self.state = replace(state, master_down_at=now)

    def _services_are_late(self, out: Actions, now: int) -> None:
        """The addresses are taken without them; when they come, they come."""
        limit = format_seconds(self._services_limit_ns)
        self._log(out, LogEvent.SERVICES_LATE, level=LogLevel.WARNING, limit=limit)
        if isinstance(self.state, Master):
            self._take_waiting(out, self.state, now)

    def _take_waiting(self, out: Actions, state: Master, now: int) -> None:
        if state.services_due_at is not None:
            self.state = replace(state, services_due_at=None, pending_reason=None)
            self._take(out, now, state.pending_reason or Reason.MASTER_SILENT)
