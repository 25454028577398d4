"""What a reload means for a running router: only what changed is touched."""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.vrrp.actions import (
    AnnounceAddresses,
    ApplyServices,
    PriorityPublished,
    ReleaseAddresses,
    ReleaseRouting,
    RoundKind,
    SendAdvertisement,
    TakeAddresses,
    TakeRouting,
)
from pykeepalived.vrrp.log import LogEvent
from pykeepalived.vrrp.priority import effective_priority
from pykeepalived.vrrp.routing import difference
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.vrrp.states import Backup, Master
from pykeepalived.vrrp.transitions import Actions, Transitions


class Reload(Transitions):
    """Carries new settings into the present state.  Not for use outside of this package."""

    __slots__ = ()

    def _current_down_interval_ns(self) -> int:
        state = self.state
        return self._down_interval_ns(state.master_adver_interval_ns) if isinstance(state, Backup) else 0

    def _shift_down_timer(self, before_ns: int, now: int) -> None:
        """The down interval is another one now: keep what has been waited already."""
        state = self.state
        if isinstance(state, Backup) and not state.released:
            shifted = state.master_down_at + self._current_down_interval_ns() - before_ns
            self.state = replace(state, master_down_at=max(now, shifted))

    def _configure(self, out: Actions, settings: RouterSettings, priority: int | None, now: int) -> None:
        old = self.settings
        before = self._current_down_interval_ns()
        weight = self.effective_priority - old.priority
        self.settings = settings
        self._announce.settings = settings.announce
        self._answer_bucket.period_ns = settings.advertisement_interval_ns
        if settings.source_address != old.source_address and settings.source_address is not None:
            self.primary_address = settings.source_address
        new = effective_priority(settings.priority, (weight,)) if priority is None else priority
        if new != self.effective_priority:
            self._log(out, LogEvent.PRIORITY_CHANGED, old=self.effective_priority, new=new)
            self.effective_priority = new
            out.append(PriorityPublished(new))
        state = self.state
        if isinstance(state, Backup):
            if settings.version == 2 or state.master is None:
                interval_ns = settings.advertisement_interval_ns
                self.state = replace(state, master_adver_interval_ns=interval_ns)
            self._shift_down_timer(before, now)
        elif isinstance(state, Master):
            self._move_addresses(out, old, now)
            if (settings.addresses, settings.advertisement_interval_ns) != (
                old.addresses,
                old.advertisement_interval_ns,
            ):
                # Peers learn a longer interval before the old one makes them give up on us.
                out.append(SendAdvertisement(self.effective_priority))
                adver_at = now + settings.advertisement_interval_ns
                self.state = replace(state, adver_at=adver_at, advertised_at=now)

    def _move_addresses(self, out: Actions, old: RouterSettings, now: int) -> None:
        """Bring what a Master owns in line with its new settings; what is unchanged is not touched."""
        new = self.settings
        before, after = set(old.all_addresses), set(new.all_addresses)
        removed = tuple(address for address in old.all_addresses if address not in after)
        routing = difference(old.routing, new.routing)
        added = tuple(address for address in new.all_addresses if address not in before)
        if new.follows_services and not old.follows_services:
            out.append(ApplyServices())
        if routing.removed:
            out.append(ReleaseRouting(routing.removed[::-1]))
        if removed:
            out.append(ReleaseAddresses(removed))
        state = self.state
        if not isinstance(state, Master) or state.services_due_at is not None:
            return
        if added:
            out.append(TakeAddresses(added))
            again = self._announce.begin(now, RoundKind.CONFIGURATION)
            out.append(AnnounceAddresses(again.kind, added, again.repeat))
        if routing.added or routing.replaced:
            out.append(TakeRouting(routing.added, routing.replaced))
