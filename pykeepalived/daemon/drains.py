"""The checker process's part in draining: limits of weights, slow starts, and counting connections.

The limits themselves are in the pools (:class:`pykeepalived.lvs.events.Limited`), where checks, repairs of
the table and reloads cannot undo them.  What is drained is told to the supervisor, from which a successor
of this process gets it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon.leaving import Leaving
from pykeepalived.daemon.log import get_logger
from pykeepalived.ipc.draining import DrainAct, DrainAnswer, DrainRequest, LoadReport, ServerDrained
from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.lvs.director import Director, Identity
from pykeepalived.lvs.events import Action, Limited
from pykeepalived.lvs.pool import Pool
from pykeepalived.lvs.service import DestinationKey, Protocol, ServiceFlag, ServiceKey
from pykeepalived.lvs.settings import ServerSettings
from pykeepalived.lvs.slow_start import Name, SlowStarts
from pykeepalived.plan.ports import Connections, IpvsPort

EXPIRE_TEMPLATES = Path("/proc/sys/net/ipv4/vs/expire_quiescent_template")

Counts = dict[DestinationKey, Connections]

log = get_logger()


class Drains:
    """``director`` and ``port`` give what is there now; ``carry_out`` takes actions and visits the kernel."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        director: Callable[[], Director],
        port: Callable[[], IpvsPort | None],
        carry_out: Callable[[list[Action]], None],
        tell: Callable[[ServerDrained], None],
        namespace: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._loop = loop
        self._director = director
        self._port = port
        self._carry_out = carry_out
        self._tell = tell
        self._namespace = namespace
        self._told: set[tuple[str, str]] = set()
        self._starts = SlowStarts(self._full_weight)
        self._leaving = Leaving(loop, director, port, carry_out)
        self._timer: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ life

    def restore(self, drained: Iterable[ServerDrained]) -> None:
        """Before the director starts: what was drained when our predecessor died still is."""
        self._told = {(one.service, one.server) for one in drained}
        self._drain(self._find(self._told))
        self.settled()

    def reloaded(self) -> None:
        """Servers may have gone: drained ones are no longer, others may have to be drained."""
        self.settled()
        self._leaving.reloaded()

    def settled(self) -> None:
        """Tell the supervisor what it does not know yet."""
        drained = {
            (pool.settings.label, server.label)
            for pool in self._director().pools.values()
            if pool.limits
            for server in pool.settings.servers
            if pool.is_drained(server.key)
        }
        for service, server in sorted(drained ^ self._told):
            self._tell(ServerDrained(service, server, (service, server) in drained))
        self._told = drained

    def close(self) -> None:
        """Stop counting time, and say what a next start will not know."""
        self._leaving.close()
        if self._timer is not None:
            self._timer.cancel()
        for service, server in sorted(self._told):
            log.info(f"Service {server} of VS {service} was drained; the next start will not know")

    # ------------------------------------------------------------ requests

    def answer(self, request: DrainRequest) -> DrainAnswer:
        """Carry out a request."""
        found = self._find(request.servers)
        match request.act:
            case DrainAct.DRAIN:
                problem = "" if request.force else self._indispensable(found)
                if problem:
                    return DrainAnswer(request.request_id, problem=problem)
                self._carry_out(self._drain(found))
            case DrainAct.UNDRAIN:
                self._carry_out(self._undrain(found, request.slow_start_ns))
            case DrainAct.LOOK:
                pass
        self.settled()
        return DrainAnswer(request.request_id, self._reports(found))

    def _drain(self, found: list[tuple[Identity, Pool, ServerSettings]]) -> list[Action]:
        now = time.monotonic_ns()
        actions: list[Action] = []
        for identity, _, server in found:
            self._starts.cancel((identity, server.key), now)
            actions += self._director().handle(identity, Limited(server.key, 0))
        self._plan()
        return actions

    def _undrain(
        self, found: list[tuple[Identity, Pool, ServerSettings]], slow_start_ns: int | None
    ) -> list[Action]:
        actions: list[Action] = []
        for identity, pool, server in found:
            length = pool.settings.slow_start_ns if slow_start_ns is None else slow_start_ns
            actions += self._begin((identity, server.key), length)
        self._plan()
        return actions

    def _begin(self, name: Name, length_ns: int) -> list[Action]:
        limited = self._starts.begin(name, length_ns, time.monotonic_ns())
        return self._director().handle(name[0], limited)

    def server_changed(self, identity: Identity, server: DestinationKey, up: bool) -> list[Action]:
        """Checks say that a server came back (with ``slow_start`` its weight begins low) or is down."""
        pool = self._director().pools.get(identity)
        if pool is None or not pool.settings.slow_start_ns or pool.is_drained(server):
            return []
        actions = self._begin((identity, server), pool.settings.slow_start_ns if up else 0)
        self._plan()
        return actions

    def _indispensable(self, found: list[tuple[Identity, Pool, ServerSettings]]) -> str:
        """What a virtual server would lose, when it is more than a server."""
        by_pool: dict[Identity, tuple[Pool, set[DestinationKey]]] = {}
        for identity, pool, server in found:
            by_pool.setdefault(identity, (pool, set()))[1].add(server.key)
        for pool, keys in by_pool.values():
            settings, left = pool.settings, pool.alive_weight_without(keys)
            if pool.alive_weight and not left:
                return (
                    f"nothing else of virtual server {settings.label} would take new connections; "
                    "nothing was drained"
                )
            if pool.quorum_up and left < settings.quorum - settings.hysteresis:
                return (
                    f"virtual server {settings.label} would lose its quorum: a weight of {left} would be left"
                    f" and it needs {settings.quorum - settings.hysteresis}; nothing was drained"
                )
        return ""

    # ------------------------------------------------------------ slow starts

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._starts.next_at is not None:
            wait = max(0, self._starts.next_at - time.monotonic_ns()) / NANOSECONDS_PER_SECOND
            self._timer = self._loop.call_later(wait, self._step)

    def _step(self) -> None:
        actions: list[Action] = []
        for identity, limited in self._starts.due(time.monotonic_ns()):
            actions += self._director().handle(identity, limited)
        self._carry_out(actions)
        self._plan()

    def _full_weight(self, name: Name) -> int | None:
        pool = self._director().pools.get(name[0])
        state = pool.servers.get(name[1]) if pool is not None else None
        return state.weight if state is not None else None

    # ------------------------------------------------------------ looking

    def _find(self, names: Iterable[tuple[str, str]]) -> list[tuple[Identity, Pool, ServerSettings]]:
        """Servers by their labels; a second virtual server with the same label is meant too."""
        wanted: dict[str, set[str]] = {}
        for service, server in names:
            wanted.setdefault(service, set()).add(server)
        return [
            (identity, pool, server)
            for identity, pool in self._director().pools.items()
            if pool.settings.label in wanted
            for server in pool.settings.servers
            if server.label in wanted[pool.settings.label]
        ]

    def _reports(self, found: list[tuple[Identity, Pool, ServerSettings]]) -> tuple[LoadReport, ...]:
        counts = self._counts({place for _, pool, one in found for place, _ in pool.places(one.key)})
        expires = self._templates_expire()
        return tuple(self._report(pool, server, counts, expires) for _, pool, server in found)

    def _report(
        self,
        pool: Pool,
        server: ServerSettings,
        counts: dict[ServiceKey, Counts] | None,
        expires: bool,
    ) -> LoadReport:
        state, total = pool.servers[server.key], Connections()
        places = pool.places(server.key)
        for service, place in places:
            total += (counts or {}).get(service, {}).get(place, Connections())
        table = pool.desired()
        there = [table[service][1][key] for service, key in places if key in table.get(service, ({}, {}))[1]]
        known = counts is not None
        return LoadReport(
            service=pool.settings.label,
            server=server.label,
            up=state.alive,
            drained=pool.is_drained(server.key),
            weight=there[0].weight if there else None,
            full_weight=state.weight,
            present=pool.present,
            active=total.active if known else None,
            inactive=total.inactive if known else None,
            persistent=total.persistent if known else None,
            datagrams=any(one.key.protocol is Protocol.UDP for one in pool.settings.services),
            sticks=not expires and any(_persistent(one.flags) for one in pool.settings.services),
        )

    def _counts(self, services: set[ServiceKey]) -> dict[ServiceKey, Counts] | None:
        """What the kernel counts; None when it cannot be asked."""
        port = self._port()
        if port is None:
            return None
        try:
            return {service: port.connections(service) for service in services}
        except (KernelRefusedError, OSError) as problem:
            log.error(f"connections could not be counted: {problem}")
            return None

    def _templates_expire(self) -> bool:
        """``expire_quiescent_template``: a server of weight 0 loses its persistent clients."""
        try:
            with network_namespace(self._namespace()):
                return EXPIRE_TEMPLATES.read_text(encoding="ascii").strip() != "0"
        except OSError:
            return False


def _persistent(flags: ServiceFlag) -> bool:
    return bool(flags & ServiceFlag.PERSISTENT)
