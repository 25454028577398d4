"""When a Master tells its segment where the addresses are.

The schedule is keepalived's: a round when it becomes Master, a second one ``garp_master_delay`` later, a
small one every ``garp_master_refresh``, one on interfaces without adverts every ``garp_extra_if``; and when a
lower priority was heard, a round at once and one ``garp_lower_prio_delay`` later.  A pending second round is
not stacked by further triggers.
"""

from __future__ import annotations

from dataclasses import dataclass

from pykeepalived.vrrp.actions import RoundKind
from pykeepalived.vrrp.settings import AnnounceSettings


@dataclass(frozen=True, slots=True)
class Round:
    """Announce every address ``repeat`` times."""

    kind: RoundKind
    repeat: int


class AnnounceSchedule:
    """The pending rounds of one Master.  ``deadline`` is when ``due`` has something."""

    __slots__ = ("_delayed_at", "_extra_at", "_lower_priority_at", "_refresh_at", "settings")

    def __init__(self, settings: AnnounceSettings) -> None:
        self.settings = settings
        self.stop()

    def stop(self) -> None:
        """Forget everything pending: no longer Master."""
        self._delayed_at: int | None = None
        self._lower_priority_at: int | None = None
        self._refresh_at: int | None = None
        self._extra_at: int | None = None

    @property
    def deadline(self) -> int | None:
        """Monotonic ns of the next round, or None."""
        waits = (self._delayed_at, self._lower_priority_at, self._refresh_at, self._extra_at)
        return min((at for at in waits if at is not None), default=None)

    def begin(self, now: int, kind: RoundKind = RoundKind.ENTERED_MASTER) -> Round:
        """The addresses have just been taken (or must be taught anew): the round to send at once."""
        settings = self.settings
        if settings.master_delay_ns:
            self._delayed_at = now + settings.master_delay_ns
        if settings.refresh_ns:
            self._refresh_at = now + settings.refresh_ns
        if settings.extra_interval_ns:
            self._extra_at = now + settings.master_delay_ns + settings.extra_interval_ns
        return Round(kind, settings.master_repeat)

    def heard_lower_priority(self, now: int) -> Round | None:
        """The round to send at once, None when the settings want none."""
        settings = self.settings
        if not settings.lower_priority_repeat:
            return None
        if settings.lower_priority_delay_ns and self._lower_priority_at is None:
            self._lower_priority_at = now + settings.lower_priority_delay_ns
        return Round(RoundKind.LOWER_PRIORITY, settings.lower_priority_repeat)

    def due(self, now: int) -> list[Round]:
        """The rounds whose time has come; each is returned once."""
        settings, rounds = self.settings, []
        if self._delayed_at is not None and self._delayed_at <= now:
            self._delayed_at = None
            rounds.append(Round(RoundKind.MASTER_DELAY, settings.master_repeat))
        if self._lower_priority_at is not None and self._lower_priority_at <= now:
            self._lower_priority_at = None
            rounds.append(Round(RoundKind.LOWER_PRIORITY_DELAY, settings.lower_priority_repeat))
        if self._refresh_at is not None and self._refresh_at <= now:
            self._refresh_at = now + settings.refresh_ns if settings.refresh_ns else None
            rounds.append(Round(RoundKind.REFRESH, settings.refresh_repeat))
        if self._extra_at is not None and self._extra_at <= now:
            self._extra_at = now + settings.extra_interval_ns if settings.extra_interval_ns else None
            rounds.append(Round(RoundKind.EXTRA_INTERFACES, 1))
        return rounds
