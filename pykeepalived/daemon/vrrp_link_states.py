"""Whether an interface counts as up for the virtual routers: netlink, delays and polls put together."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from pykeepalived.daemon.log import get_logger
from pykeepalived.kernel.linkbeat import LinkProbe
from pykeepalived.kernel.links import Link, LinkTable
from pykeepalived.tracking.links import LinkStates
from pykeepalived.tracking.settings import TrackingSettings

log = get_logger()


@dataclass(frozen=True, slots=True)
class LinkKey:
    """Names the deadline of delays and polls."""


class CountedLinks:
    """The one place that says whether an interface is up."""

    def __init__(
        self,
        table: LinkTable,
        set_deadline: Callable[[Hashable, int | None], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._table = table
        self._set_deadline = set_deadline
        self._clock = clock
        self._states = LinkStates()
        self._probe: LinkProbe | None = None

    def configure(self, settings: TrackingSettings) -> None:
        """The plan at the start or after a reload; interfaces in both keep their state."""
        self._states.configure(settings.delays, settings.polled)
        if self._states.polled and self._probe is None:
            self._probe = LinkProbe()
            log.info("Using MII-BMSR/ETHTOOL NIC polling for " + ", ".join(self._states.polled))
        elif not self._states.polled:
            self.close()
        self.observe([*self._states.polled, *(delay.interface for delay in settings.delays)])
        self.due()

    def close(self) -> None:
        if self._probe is not None:
            self._probe.close()
            self._probe = None

    def up(self, link: Link) -> bool:
        """Whether an interface that exists counts as up."""
        known = self._states.up(link.name)
        return link.usable if known is None else known

    def state(self, interface: str) -> bool | None:
        """The same by name; None when there is no such interface."""
        link = self._table.link(interface)
        return None if link is None else self.up(link)

    def is_up(self, interface: str) -> bool:
        """Whether there is an interface of this name and it counts as up."""
        return bool(self.state(interface))

    def observe(self, interfaces: Iterable[str]) -> None:
        """Netlink had news of these; what it means is asked for afterwards."""
        now = self._clock()
        for name in interfaces:
            if not self._states.manages(name):
                continue
            if name in self._states.polled:
                if self._table.link(name) is None and self._probe is not None:
                    self._probe.forget(name)
                continue
            link = self._table.link(name)
            self._states.observed(name, link is not None and link.usable, now)
        self._arm()

    def due(self) -> list[str]:
        """A deadline was reached: poll, and end delays; the interfaces that count differently now."""
        now = self._clock()
        changed = self._states.expired(now)
        if self._probe is not None and self._states.poll_due(now):
            for name, polled in self._states.polled.items():
                up = self._table.link(name) is not None and self._probe.up(name, polled.method)
                if self._states.observed(name, up, now):
                    changed.append(name)
                    log.info(f"Linkbeat reports {name} {'up' if up else 'down'}")
        self._arm()
        return changed

    def _arm(self) -> None:
        self._set_deadline(LinkKey(), self._states.deadline)


class LinkLines:
    """What the log says about interfaces, in keepalived's words: each change of those that are followed."""

    def __init__(self, links: CountedLinks) -> None:
        self._links = links
        self._told: dict[str, bool | None] = {}
        """The state of each that is followed, as far as has been told."""

    def follow(self, interfaces: Iterable[str]) -> None:
        """From now on these; how they are now is no news."""
        told = self._told
        self._told = {name: told[name] if name in told else self._links.state(name) for name in interfaces}

    def tell(self, interfaces: Iterable[str]) -> None:
        """Something happened to these, maybe."""
        for name in interfaces:
            if name not in self._told:
                continue
            before, now = self._told[name], self._links.state(name)
            self._told[name] = now
            if now is None and before is not None:
                log.info(f"Interface {name} deleted")
            elif now is not None and now is not bool(before):
                log.info(f"Netlink reports {name} {'up' if now else 'down'}")
