"""Whether an interface counts as up, where that is more than what netlink says.

``interface_up_down_delays``: a change counts when it has lasted for the delay, except that an interface which
was never up comes up at once.  ``linkbeat_interfaces``: the driver's answer to a poll counts, not netlink's.
As in keepalived 2.4.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.tracking.settings import LinkDelay, PolledLink

POLL_INTERVAL_NS = NANOSECONDS_PER_SECOND


@dataclass(slots=True)
class _Link:
    """A tracked interface; ``pending_at`` is when a change that waits for its delay counts (ns)."""

    up: bool
    was_up: bool
    pending_at: int | None = None


class LinkStates:
    """State of the interfaces that have a delay or are polled; for all others :meth:`up` is None."""

    def __init__(self, delays: Iterable[LinkDelay] = (), polled: Iterable[PolledLink] = ()) -> None:
        self._links: dict[str, _Link] = {}
        self._poll_at: int | None = None
        self.configure(delays, polled)

    def configure(self, delays: Iterable[LinkDelay], polled: Iterable[PolledLink]) -> None:
        """Begin, or change with a reload; interfaces that are in both keep their state."""
        self._delays = {delay.interface: delay for delay in delays}
        self.polled = {link.interface: link for link in polled}
        managed = self._delays.keys() | self.polled.keys()
        self._links = {name: link for name, link in self._links.items() if name in managed}
        if not self.polled:
            self._poll_at = None

    @property
    def deadline(self) -> int | None:
        """When :meth:`expired` is wanted, or :meth:`poll_due` becomes true."""
        pending = [link.pending_at for link in self._links.values() if link.pending_at is not None]
        if self.polled and self._poll_at is not None:
            pending.append(self._poll_at)
        return min(pending, default=None)

    def manages(self, interface: str) -> bool:
        return interface in self._delays or interface in self.polled

    def up(self, interface: str) -> bool | None:
        """Whether it counts as up; None: nothing special about it, or nothing known yet."""
        link = self._links.get(interface)
        return None if link is None else link.up

    def poll_due(self, now: int) -> bool:
        """Whether the polled interfaces are to be asked now; true once per second."""
        if not self.polled:
            return False
        if self._poll_at is not None and now < self._poll_at:
            return False
        self._poll_at = now + POLL_INTERVAL_NS
        return True

    def observed(self, interface: str, up: bool, now: int) -> bool:
        """What netlink (or for a polled interface the poll) says; whether what counts has changed."""
        link = self._links.get(interface)
        if link is None:
            if self.manages(interface):
                self._links[interface] = _Link(up, up)
                return True
            return False
        if up == link.up:
            link.pending_at = None
            return False
        delay = self._delays.get(interface)
        delay_ns = 0 if delay is None else delay.up_ns if up else delay.down_ns
        if delay_ns and link.was_up and interface not in self.polled:
            if link.pending_at is None:
                link.pending_at = now + delay_ns
            return False
        self._set(link, up)
        return True

    def expired(self, now: int) -> list[str]:
        """Interfaces whose change has lasted long enough; it counts from now on."""
        settled = [
            name
            for name, link in self._links.items()
            if link.pending_at is not None and link.pending_at <= now
        ]
        for name in settled:
            link = self._links[name]
            self._set(link, not link.up)
        return settled

    @staticmethod
    def _set(link: _Link, up: bool) -> None:
        link.up = up
        link.was_up = link.was_up or up
        link.pending_at = None
