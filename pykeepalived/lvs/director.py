"""All pools of one director together: which pool an event goes to, and the one table they make."""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.lvs.events import (
    Action,
    ConfigChanged,
    Disabled,
    Enabled,
    Event,
    Shutdown,
    Startup,
    TableChanged,
)
from pykeepalived.lvs.pool import Pool
from pykeepalived.lvs.service import ServiceKey, Table, merge
from pykeepalived.lvs.settings import PoolSettings

Identity = tuple[str, int]
"""``PoolSettings.identity``: label and occurrence."""


class Director:
    """The pools of a configuration.

    ``desired()`` is the table for the kernel; parts of pools that did not change are not computed again, so
    one verdict among thousands of servers stays cheap.
    """

    __slots__ = ("_masters", "_parts", "pools")

    def __init__(self, settings: Iterable[PoolSettings], masters: Iterable[str] = ()) -> None:
        """``masters`` are the VRRP instances that are Master already."""
        self._masters = frozenset(masters)
        self.pools = {one.identity: Pool(one, self._masters) for one in settings}
        self._parts: dict[Identity, Table] = {}

    def desired(self) -> Table:
        """What the kernel should hold now."""
        return merge(self._part(identity) for identity in self.pools)

    @property
    def claimed(self) -> frozenset[ServiceKey]:
        """Every service of the configuration, in the table now or not."""
        return frozenset(service.key for pool in self.pools.values() for service in pool.settings.services)

    def start(self) -> list[Action]:
        """Start every pool, in the order of the configuration."""
        return self._all(Startup())

    def stop(self) -> list[Action]:
        """Stop every pool."""
        return self._all(Shutdown())

    def handle(self, pool: Identity, event: Event) -> list[Action]:
        """An event of one pool.  An unknown pool (its verdict was late, a reload removed it) does nothing."""
        if pool not in self.pools:
            return []
        actions = self.pools[pool].handle(event)
        if any(isinstance(action, TableChanged) for action in actions):
            self._parts.pop(pool, None)
        return actions

    def set_master(self, instance: str, master: bool) -> list[Action]:
        """A VRRP instance becomes, or is no longer, Master: its services come or go."""
        self._masters = self._masters | {instance} if master else self._masters - {instance}
        return self._all(Enabled(instance) if master else Disabled(instance))

    def reconfigure(self, settings: Iterable[PoolSettings]) -> list[Action]:
        """A reload: pools that vanished stop, new ones start, the others keep what they know."""
        wanted = {one.identity: one for one in settings}
        actions: list[Action] = []
        for identity in [identity for identity in self.pools if identity not in wanted]:
            actions += self.pools.pop(identity).handle(Shutdown(removed=True))
        new = [identity for identity in wanted if identity not in self.pools]
        changed = [
            identity
            for identity, one in wanted.items()
            if identity in self.pools and self.pools[identity].settings != one
        ]
        for identity in changed:
            actions += self.pools[identity].handle(ConfigChanged(wanted[identity]))
        self.pools = {
            identity: self.pools.get(identity) or Pool(one, self._masters) for identity, one in wanted.items()
        }
        # What did not change is not computed again: of 1,000 services a reload mostly changes one.
        unchanged = self.pools.keys() - new - set(changed)
        self._parts = {identity: part for identity, part in self._parts.items() if identity in unchanged}
        for identity in new:
            actions += self.pools[identity].handle(Startup())
        return _once(actions)

    def _part(self, identity: Identity) -> Table:
        part = self._parts.get(identity)
        if part is None:
            part = self._parts[identity] = self.pools[identity].desired()
        return part

    def _all(self, event: Event) -> list[Action]:
        return _once([action for identity in self.pools for action in self.handle(identity, event)])


def _once(actions: list[Action]) -> list[Action]:
    """One visit to the kernel for all pools, before anything is told to the outside."""
    rest: list[Action] = [action for action in actions if not isinstance(action, TableChanged)]
    return [TableChanged(), *rest] if len(rest) != len(actions) else rest
