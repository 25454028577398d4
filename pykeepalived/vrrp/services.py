"""Virtual services ahead of a takeover, so that no address waits for them.

A Backup whose down timer is about to run out (the Master is silent, has released, or is worse and will be
preempted) asks for its services a moment before.  If the Master speaks up after all they are withdrawn again.
The lead is short on purpose: on a director that is a real server too, services without the address would
balance what the Master has balanced already.
"""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.vrrp.actions import ApplyServices, Reason, WithdrawServices
from pykeepalived.vrrp.states import Backup, Master, ServicesStage
from pykeepalived.vrrp.timers import SERVICES_LIMIT_NS
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
                wanted = wanted and now >= self._services_from(state)
            else:
                wanted = wanted and self.services_asked and now < self._services_until(state)
        if wanted and self._services is ServicesStage.ABSENT:
            out.append(ApplyServices())
            self._services = ServicesStage.ASKED
        elif not wanted and self._services is not ServicesStage.ABSENT:
            out.append(WithdrawServices())
            self._services = ServicesStage.ABSENT

    def _services_applied(self, out: Actions, now: int) -> None:
        state = self.state
        if isinstance(state, Master) and state.services_due_at is not None:
            self.state = replace(state, services_due_at=None, pending_reason=None)
            self._take(out, now, state.pending_reason or Reason.MASTER_SILENT)
        elif self._services is ServicesStage.ASKED:
            self._services = ServicesStage.APPLIED
