"""The state machine of one virtual router (RFC 9568 section 6.4)."""

from __future__ import annotations

from pykeepalived.vrrp.actions import Action
from pykeepalived.vrrp.events import Event
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.vrrp.states import Initialize, InitializeReason, State


class VirtualRouter:
    """One virtual router.

    ``handle`` is the only way in and returns what is to be done, in order; ``deadline`` is when it wants
    ``TimerFired`` next (None: never).  Read ``deadline`` again after each ``handle``.
    """

    def __init__(self, settings: RouterSettings, *, grouped: bool = False) -> None:
        self.settings = settings
        self.grouped = grouped
        self.state: State = Initialize(InitializeReason.WAITING)
        self.effective_priority = settings.priority
        self.faults: dict[str, None] = {}

    @property
    def deadline(self) -> int | None:
        """Monotonic nanoseconds of the next wanted ``TimerFired``; None when only an event can move it."""
        raise NotImplementedError

    def handle(self, event: Event, now: int) -> list[Action]:
        """Take one event at the monotonic time ``now`` (ns) and return the ordered actions."""
        raise NotImplementedError
