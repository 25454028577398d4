"""The state of one virtual server: which servers are alive, is there quorum, what belongs into the kernel.

Facts about keepalived 2.4.3 that this follows (golden recordings of its log and table):

* quorum is the sum of the weights of alive servers; it is gained at ``quorum + hysteresis`` and lost below
  ``quorum - hysteresis``, and always lost at a sum of 0;
* a pool starts without quorum and gains it at startup when enough servers start up;
* without quorum a sorry server, if there is one, *replaces* the pool; without one the servers stay;
* ``inhibit_on_failure`` turns "out of the table" into "weight 0", for failure and for the sorry case alike;
* at shutdown only alpha's opposite, omega, runs the down notifications.

Ours: a drained server has weight 0, for the kernel and for quorum, whatever checks and reloads say of it; it
keeps its connections when a sorry server replaces the pool.  A server that starts slowly counts in full.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from pykeepalived.lvs.events import (
    Action,
    ConfigChanged,
    Disabled,
    Enabled,
    Event,
    Gone,
    Limited,
    Log,
    QuorumNotify,
    ServerNotify,
    ServerVerdict,
    Shutdown,
    Startup,
    TableChanged,
    WeightChanged,
)
from pykeepalived.lvs.service import Destination, DestinationKey, ForwardingMethod, ServiceKey, Table
from pykeepalived.lvs.settings import PoolSettings, ServerSettings


@dataclass(frozen=True, slots=True)
class ServerState:
    """What is known of one real server.  ``weight`` is the effective one, 0 or more."""

    alive: bool
    weight: int


@functools.lru_cache(1024)
def _state(alive: bool, weight: int) -> ServerState:
    """Of ten thousand servers most are in the same state: they share one object."""
    return ServerState(alive, weight)


class Pool:
    """One virtual server.  ``handle`` takes an event and returns what to do, in this order.

    The table part that the kernel should hold is derived, never stored: ``desired()``.
    """

    __slots__ = ("_masters", "_running", "leaving", "limits", "quorum_up", "servers", "settings")

    def __init__(self, settings: PoolSettings, masters: frozenset[str] = frozenset()) -> None:
        """``masters`` are the VRRP instances known to be Master when the pool is made."""
        self.settings = settings
        self.quorum_up = False
        self.servers: dict[DestinationKey, ServerState] = {
            server.key: _state(False, server.destination.weight) for server in settings.servers
        }
        self.limits: dict[DestinationKey, int] = {}
        self.leaving: dict[DestinationKey, ServerSettings] = {}
        self._masters = masters
        self._running = False

    # -------------------------------------------------------------- questions

    @property
    def alive_weight(self) -> int:
        """Sum of the weights of the alive servers that are not drained, which quorum is judged by."""
        return self.alive_weight_without(frozenset())

    def alive_weight_without(self, servers: Collection[DestinationKey]) -> int:
        """What ``alive_weight`` is once these are drained as well."""
        if not servers and not self.limits:
            return sum([state.weight for state in self.servers.values() if state.alive])
        return sum(
            state.weight
            for key, state in self.servers.items()
            if state.alive and key not in servers and not self.is_drained(key)
        )

    def is_drained(self, server: DestinationKey) -> bool:
        """Whether an operator took it out of new connections."""
        return self.limits.get(server) == 0

    def kernel_weight(self, server: DestinationKey) -> int:
        """The weight that the kernel is to have while the server is up."""
        weight = self.servers[server].weight
        return min(weight, self.limits.get(server, weight))

    def places(self, server: DestinationKey) -> list[tuple[ServiceKey, DestinationKey]]:
        """Where in the kernel's table a server stands when it does: once for each service of the pool."""
        found = self._find(server) or self.leaving.get(server)
        if found is None:
            return []
        alone = {server: found.destination}
        return [
            (service.key, key) for service in self.settings.services for key in _fitted(service.key, alone)
        ]

    @property
    def sorry_in_use(self) -> bool:
        """Whether the sorry server replaces the pool."""
        return self._running and not self.quorum_up and self.settings.sorry_server is not None

    @property
    def present(self) -> bool:
        """Whether at least one of its services belongs into the kernel now (``ha_suspend`` asks)."""
        return self._running and (
            not self.settings.owner_names
            or bool(self._masters & self.settings.owner_names)
            or any(owner is None for owner in self._owners())
        )

    def desired(self) -> Table:
        """The services and destinations that the kernel should hold for this pool."""
        if not self._running:
            return {}
        wanted = [
            service
            for service, owner in zip(self.settings.services, self._owners(), strict=True)
            if owner is None or owner in self._masters
        ]
        if not wanted:
            return {}
        destinations = self._destinations()
        return {service.key: (service, _fitted(service.key, destinations)) for service in wanted}

    def state_of(self, server: DestinationKey) -> ServerState:
        """Raises KeyError for a server that the pool does not have."""
        return self.servers[server]

    # -------------------------------------------------------------- events

    def handle(self, event: Event) -> list[Action]:
        """What follows from ``event``.  An event about an unknown server or a repeated one does nothing."""
        match event:
            case Startup():
                return self._start()
            case Shutdown(removed):
                return self._stop(removed)
            case ServerVerdict(server, up, first):
                return self._still_down(server) if first and not up else self._verdict(server, up)
            case WeightChanged(server, weight):
                return self._reweigh(server, max(weight, 0))
            case Limited(server, most):
                return self._limit(server, most)
            case Gone(server):
                return [TableChanged()] if self.leaving.pop(server, None) is not None else []
            case Enabled(owner):
                return self._follow(self._masters | {owner})
            case Disabled(owner):
                return self._follow(self._masters - {owner})
            case ConfigChanged(settings):
                return self._reconfigure(settings)
        assert_never(event)

    # -------------------------------------------------------------- start and stop

    def _start(self) -> list[Action]:
        if self._running:
            return []
        self._running = True
        for server in self.settings.servers:
            self.servers[server.key] = _state(not server.starts_down, server.destination.weight)
        told = self._told_at_start(self.settings.servers)
        return [TableChanged(), *told, *self._judge_quorum(starting=True)]

    def _told_at_start(self, servers: Iterable[ServerSettings]) -> list[Action]:
        """``rs_init_notifies``: servers that start up are told of like those that come up."""
        if not self.settings.tells_start:
            return []
        return [self._notify(server, up=True) for server in servers if self.servers[server.key].alive]

    def _stop(self, removed: bool) -> list[Action]:
        if not self._running:
            return []
        actions: list[Action] = [Log(f"Removing Virtual Server {self.settings.label}")] if removed else []
        for server in self.settings.servers:
            state = self.servers[server.key]
            inhibited = "(inhibited) " if server.inhibit_on_failure and not state.alive else ""
            text = f"Shutting down {inhibited}service {server.label} from VS {self.settings.label}"
            if not removed:
                actions.append(Log(text))
            if not state.alive:
                continue
            self.servers[server.key] = replace(state, alive=False)
            if self.settings.omega and not removed:
                actions += self._stopped_notifications(server)
        self.quorum_up = False
        self._running = False
        self.leaving.clear()
        return [*actions, TableChanged()]

    def _stopped_notifications(self, server: ServerSettings) -> list[Action]:
        actions: list[Action] = [self._notify(server, up=False)]
        if self.quorum_up and self._is_lost(self.alive_weight):
            self.quorum_up = False
            actions.append(QuorumNotify(self.settings.label, False, "Shutting down"))
        return actions

    def _follow(self, masters: frozenset[str]) -> list[Action]:
        concerned = bool((masters ^ self._masters) & self.settings.owner_names)
        self._masters = masters
        return [TableChanged()] if concerned and self._running else []

    # -------------------------------------------------------------- servers

    def _verdict(self, key: DestinationKey, up: bool) -> list[Action]:
        server, state = self._find(key), self.servers.get(key)
        if server is None or state is None or state.alive == up or not self._running:
            return []
        self.servers[key] = replace(state, alive=up)
        if server.inhibit_on_failure:
            text = f"{'Enabling' if up else 'Disabling'} service {server.label} of VS {self.settings.label}"
        elif up:
            text = f"Adding service {server.label} to VS {self.settings.label}"
        else:
            text = f"Removing service {server.label} from VS {self.settings.label}"
        return self._then_quorum([Log(text)], [self._notify(server, up)])

    def _still_down(self, key: DestinationKey) -> list[Action]:
        server, state = self._find(key), self.servers.get(key)
        if server is None or state is None or state.alive or not self._running:
            return []
        return [replace(self._notify(server, up=False), changed=False)]

    def _reweigh(self, key: DestinationKey, weight: int) -> list[Action]:
        server, state = self._find(key), self.servers.get(key)
        if server is None or state is None or state.weight == weight:
            return []
        self.servers[key] = replace(state, weight=weight)
        activity = "active" if state.alive else "inactive"
        log = Log(
            f"Changing weight from {state.weight} to {weight} for {activity} service {server.label}"
            f" of VS {self.settings.label}"
        )
        return self._then_quorum([log], []) if self._running else [log]

    def _limit(self, key: DestinationKey, most: int | None) -> list[Action]:
        server, before = self._find(key), self.limits.get(key)
        if server is None or before == most:
            return []
        if most is None:
            del self.limits[key]
        else:
            self.limits[key] = most
        if not self._running:
            return []
        if 0 not in (before, most):
            return [TableChanged()]  # a step of a slow start
        what = "Draining" if most == 0 else "No longer draining"
        return self._then_quorum([Log(f"{what} service {server.label} of VS {self.settings.label}")], [])

    def _then_quorum(self, before: list[Action], after: list[Action]) -> list[Action]:
        """The logs first, then one visit to the kernel for the server and what quorum makes of it."""
        quorum = self._judge_quorum(starting=False)
        logs = [action for action in quorum if isinstance(action, Log)]
        rest = [action for action in quorum if not isinstance(action, Log)]
        return [*before, *logs, TableChanged(), *after, *rest]

    # -------------------------------------------------------------- quorum

    def _is_lost(self, total: int) -> bool:
        return not total or total < self.settings.quorum - self.settings.hysteresis

    def _judge_quorum(self, *, starting: bool) -> list[Action]:
        settings, total = self.settings, self.alive_weight
        most, least = settings.quorum + settings.hysteresis, settings.quorum - settings.hysteresis
        if not self.quorum_up and total >= most:
            self.quorum_up = True
            margin = f"{settings.quorum}+{settings.hysteresis}={most} <= {total}"
            mail = f"{'Starting with quorum up' if starting else 'Gained quorum'} {margin}"
            logs: list[Action] = [Log(f"Gained quorum {margin} for VS {settings.label}")]
            if not starting:
                logs += self._log_sorry(in_use=False)
        elif self.quorum_up and self._is_lost(self.alive_weight):
            self.quorum_up = False
            mail = f"Lost quorum {settings.quorum}+{settings.hysteresis}={least} <= {total}"
            margin = f"{settings.quorum}-{settings.hysteresis}={least} > {total}"
            logs = [Log(f"Lost quorum {margin} for VS {settings.label}"), *self._log_sorry(in_use=True)]
        elif starting and not self.quorum_up and settings.sorry_server is not None:
            # keepalived says this only with a sorry server, and writes the upper margin with a minus sign.
            margin = f"{settings.quorum}-{settings.hysteresis}={most} > {total}"
            mail = f"Starting with quorum down {settings.quorum}+{settings.hysteresis}={most} <= {total}"
            start = Log(f"Starting with quorum down {margin} for VS {settings.label}")
            logs = [start, *self._log_sorry(in_use=True)]
        else:
            return []
        return [*logs, QuorumNotify(settings.label, self.quorum_up, mail)]

    def _log_sorry(self, *, in_use: bool) -> list[Action]:
        sorry, label = self.settings.sorry_server, self.settings.label
        if sorry is None:
            return []
        if in_use:
            verb, word = ("Enabling" if sorry.inhibit else "Adding"), "to"
            pool = f"Removing alive servers from the pool for VS {label}"
        else:
            verb, word = ("Disabling" if sorry.inhibit else "Removing"), "from"
            pool = f"Adding alive servers to the pool for VS {label}"
        return [Log(f"{verb} sorry server {sorry.label} {word} VS {label}"), Log(pool)]

    # -------------------------------------------------------------- reload

    def _reconfigure(self, settings: PoolSettings) -> list[Action]:
        old_servers = {server.key: server for server in self.settings.servers}
        old_states = self.servers
        new_keys = {server.key for server in settings.servers}
        actions: list[Action] = [
            Log(f"service {server.label} no longer exist")
            for key, server in old_servers.items()
            if key not in new_keys and self._running
        ]
        states: dict[DestinationKey, ServerState] = {}
        for server in settings.servers:
            have, before = old_states.get(server.key), old_servers.get(server.key)
            if have is None or before is None:
                states[server.key] = ServerState(not server.starts_down, server.destination.weight)
            elif before.destination.weight != server.destination.weight:
                states[server.key] = replace(have, weight=server.destination.weight)
            else:
                states[server.key] = have
        stays = {key for key, state in old_states.items() if state.alive} | self.leaving.keys()
        self.leaving = {
            key: server
            for key, server in (self.leaving | old_servers).items()
            if settings.drain_removed_ns and self._running and key in stays and key not in states
        }
        self.settings = settings
        self.servers = states
        self.limits = {key: most for key, most in self.limits.items() if key in states}
        if not self._running:
            return actions
        told = self._told_at_start(server for server in settings.servers if server.key not in old_states)
        return [*actions, TableChanged(), *told, *self._judge_quorum(starting=False)]

    # -------------------------------------------------------------- helpers

    def _owners(self) -> tuple[str | None, ...]:
        return self.settings.owners or (None,) * len(self.settings.services)

    def _find(self, key: DestinationKey) -> ServerSettings | None:
        return next((server for server in self.settings.servers if server.key == key), None)

    def _notify(self, server: ServerSettings, up: bool) -> ServerNotify:
        return ServerNotify(self.settings.label, server.key, server.label, up)

    def _destinations(self) -> dict[DestinationKey, Destination]:
        sorry = self.settings.sorry_server
        replaced = self.sorry_in_use
        table: dict[DestinationKey, Destination] = {}
        for server in self.settings.servers:
            key = server.key
            state = self.servers[key]
            if state.alive and not replaced:
                weight = self.kernel_weight(key) if self.limits else state.weight
                table[key] = _weighing(server.destination, weight)
            elif server.inhibit_on_failure or (state.alive and self.is_drained(key)):
                table[key] = _weighing(server.destination, 0)
        for key, server in self.leaving.items():
            table[key] = _weighing(server.destination, 0)
        if sorry and replaced:
            table[sorry.destination.key] = sorry.destination
        elif sorry and sorry.inhibit:  # unless it is a real server as well
            table.setdefault(sorry.destination.key, replace(sorry.destination, weight=0))
        return table


def _weighing(destination: Destination, weight: int) -> Destination:
    """With this weight; the same object when it has it, which most of thousands have."""
    return destination if destination.weight == weight else replace(destination, weight=weight)


def _fitted(
    service: ServiceKey, destinations: dict[DestinationKey, Destination]
) -> dict[DestinationKey, Destination]:
    """The destinations of one service of the pool.

    Only masquerading can translate ports: with direct routing and tunnels a server has the port of the
    service (0 for a firewall mark), which differs among the services of a group.  A masqueraded server
    may have port 0: the kernel then keeps the packet's port.
    """
    if all(
        destination.forwarding is ForwardingMethod.MASQUERADE or key.port == service.port
        for key, destination in destinations.items()
    ):
        return destinations
    fitted: dict[DestinationKey, Destination] = {}
    for key, destination in destinations.items():
        if destination.forwarding is ForwardingMethod.MASQUERADE or key.port == service.port:
            fitted[key] = destination
        else:
            own = DestinationKey(key.address, service.port)
            fitted[own] = replace(destination, key=own)
    return fitted
