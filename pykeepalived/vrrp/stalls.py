"""What a router does after it did not run for a while (suspend, SIGSTOP, a starved guest).

Nobody may own the addresses twice because we overslept: a Backup that did not listen does not know that the
Master is silent, and a Master that did not advertise may have been replaced.
"""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.base.units import format_seconds
from pykeepalived.vrrp.actions import Count, Counter, Reason, RoundKind, SendAdvertisement
from pykeepalived.vrrp.log import LogEvent, LogLevel
from pykeepalived.vrrp.states import Backup, Master
from pykeepalived.vrrp.timers import long_sleep_ns, shortest_down_interval_ns, tolerated_lateness_ns
from pykeepalived.vrrp.transitions import Actions, Transitions


class Stalls(Transitions):
    """Detects by late deadlines (and ``Woke``) that the process slept.  Internal to this package."""

    __slots__ = ()

    @property
    def _may_preempt(self) -> bool:
        return self.settings.preempt_mode or self.settings.address_owner

    def _overslept(self, state: Master, now: int) -> bool:
        """Whether a peer may have taken over."""
        return now - state.advertised_at > shortest_down_interval_ns(self.settings)

    def _must_listen(self, state: Master, now: int) -> bool:
        """Whether a Master must step back although nothing from another one was in the receive queue.

        A peer that took over during a short sleep has said so, and we would have read it.  After a long one
        the queue proves nothing.
        """
        slept_ns = now - state.advertised_at
        return not self._may_preempt and slept_ns > long_sleep_ns(shortest_down_interval_ns(self.settings))

    def _awaken(self, out: Actions, now: int, state: Master) -> None:
        """Peers may have taken over, and switches may have learned that: say at once that we are back."""
        self._told_of_stall(out, now, now - state.advertised_at, "advertising and announcing at once")
        out.append(SendAdvertisement(self.effective_priority))
        adver_at = now + self.settings.advertisement_interval_ns
        self.state = replace(state, adver_at=adver_at, advertised_at=now)
        if state.services_due_at is None and self._announce_bucket.take(now):
            self._announce_again(out, now, RoundKind.AWAKENED)

    def _fall_back_asleep(self, out: Actions, now: int, state: Master) -> None:
        """A peer may be Master now, and ``nopreempt`` forbids taking the role back from it."""
        slept_ns = now - state.advertised_at
        self._told_of_stall(out, now, slept_ns, "another router may be Master; listening as Backup")
        self._become_backup(out, now, Reason.OVERSLEPT)

    def _slept_through(self, out: Actions, state: Backup, now: int) -> bool:
        """Whether the down timer proves nothing because we did not listen; then listen again.

        A short stall is made up for once, with one interval: a living Master speaks up in it.  A long one
        means that the world went on without us, and starts the whole down interval anew.
        """
        interval_ns = state.master_adver_interval_ns
        late_ns = now - state.master_down_at
        if late_ns <= tolerated_lateness_ns(interval_ns):
            return False
        down_interval_ns = self._down_interval_ns(interval_ns)
        long = late_ns > long_sleep_ns(down_interval_ns)
        if state.listened_again and not long:
            return False
        wait_ns = down_interval_ns if long else interval_ns + self._skew_time_ns(interval_ns)
        self._listen_again(out, state, now, late_ns, min(wait_ns, down_interval_ns))
        return True

    def _woke(self, out: Actions, asleep_since: int, now: int) -> None:
        state = self.state
        if isinstance(state, Master):
            if asleep_since < state.advertised_at:
                # A suspend takes no time of our clock: what was before it lies that much farther back.
                state = replace(state, advertised_at=asleep_since, adver_at=min(state.adver_at, now))
                self.state = state
            # Whoever may preempt first reads what queued up: a better router may be Master now.
            if self._must_listen(state, now):
                self._fall_back_asleep(out, now, state)
        elif isinstance(state, Backup):
            self._woke_as_backup(out, state, asleep_since, now)

    def _woke_as_backup(self, out: Actions, state: Backup, asleep_since: int, now: int) -> None:
        """What was not listened to does not count as silence.

        Each time awake shortens what is left, so that many short stalls cannot put a takeover off for ever;
        only the first one is granted a whole interval in which a living Master would speak up.
        """
        interval_ns = state.master_adver_interval_ns
        slept_ns = now - asleep_since
        if slept_ns <= tolerated_lateness_ns(interval_ns):
            return
        down_interval_ns = self._down_interval_ns(interval_ns)
        wait_ns = max(state.master_down_at - asleep_since, 0)
        if slept_ns > long_sleep_ns(down_interval_ns):
            wait_ns = down_interval_ns
        elif not state.listened_again:
            wait_ns = max(wait_ns, interval_ns + self._skew_time_ns(interval_ns))
        self._listen_again(out, state, now, slept_ns, min(wait_ns, down_interval_ns))

    def _listen_again(self, out: Actions, state: Backup, now: int, slept_ns: int, wait_ns: int) -> None:
        wait = format_seconds(wait_ns)
        self._told_of_stall(out, now, slept_ns, f"listening for {wait} before any takeover")
        down_at = max(state.master_down_at, now + wait_ns)
        self.state = replace(state, master_down_at=down_at, listened_again=True)

    def _told_of_stall(self, out: Actions, now: int, slept_ns: int, consequence: str) -> None:
        out.append(Count(Counter.STALL))
        self._log_limited(
            out,
            LogEvent.OVERSLEPT,
            now,
            level=LogLevel.WARNING,
            slept=format_seconds(slept_ns),
            consequence=consequence,
        )
