"""Servers that a reload removed and that keep their connections for a while (``drain_removed``)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.daemon.log import get_logger
from pykeepalived.lvs.director import Director, Identity
from pykeepalived.lvs.events import Action, Gone
from pykeepalived.lvs.pool import Pool
from pykeepalived.lvs.service import DestinationKey, Protocol
from pykeepalived.plan.ports import IpvsPort

LOOK_EVERY_S = 1.0

log = get_logger()

Name = tuple[Identity, DestinationKey]


class Leaving:
    """Looks while there are any; the arguments are those of :class:`pykeepalived.daemon.drains.Drains`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        director: Callable[[], Director],
        port: Callable[[], IpvsPort | None],
        carry_out: Callable[[list[Action]], None],
    ) -> None:
        self._loop = loop
        self._director = director
        self._port = port
        self._carry_out = carry_out
        self._since: dict[Name, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def reloaded(self) -> None:
        """The director may have servers that leave."""
        now = time.monotonic_ns()
        there = self._there()
        for name, pool in there.items():
            if name not in self._since:
                label = pool.leaving[name[1]].label
                log.info(f"Draining service {label} of VS {pool.settings.label}, which the reload removed")
        self._since = {name: self._since.get(name, now) for name in there}
        self._plan()

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _there(self) -> dict[Name, Pool]:
        return {
            (identity, key): pool for identity, pool in self._director().pools.items() for key in pool.leaving
        }

    def _plan(self) -> None:
        self.close()
        self._timer = self._loop.call_later(LOOK_EVERY_S, self._look) if self._since else None

    def _look(self) -> None:
        now, actions = time.monotonic_ns(), []
        for name, pool in self._there().items():
            left = self._connections(pool, name[1])
            over = now - self._since.get(name, now) >= pool.settings.drain_removed_ns
            if left and not over:
                continue
            what = f"{left} connections are left" if left else "no connection is left"
            log.info(f"Removing service {pool.leaving[name[1]].label} of VS {pool.settings.label}: {what}")
            actions += self._director().handle(name[0], Gone(name[1]))
        self._since = {name: self._since.get(name, now) for name in self._there()}
        self._carry_out(actions)
        self._plan()

    def _connections(self, pool: Pool, server: DestinationKey) -> int:
        """Active ones; of UDP all, because the kernel calls none of them active."""
        port, found = self._port(), 0
        if port is None:
            return 0
        try:
            for service, key in pool.places(server):
                counts = port.connections(service).get(key)
                if counts is not None:
                    found += counts.active
                    found += counts.inactive if service.protocol is Protocol.UDP else 0
        except (KernelRefusedError, OSError) as problem:
            log.error(f"connections could not be counted: {problem}")
        return found
