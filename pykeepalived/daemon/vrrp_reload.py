"""What a reload, or a restart of the process, means for each virtual router.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pykeepalived.ipc.messages import Restored, RouterState, SubjectKind
from pykeepalived.vrrp.settings import RouterSettings


@dataclass(frozen=True, slots=True)
class Difference:
    """``unchanged`` routers are not touched at all; a router whose identity changed is in ``removed`` under
    its old settings and in ``added`` under the new ones.  ``renamed``: names in ``removed`` -> names in
    ``added`` of what is the same virtual router with the same possessions.
    """

    removed: tuple[str, ...]
    added: tuple[RouterSettings, ...]
    changed: tuple[RouterSettings, ...]
    unchanged: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)


def _identity(settings: RouterSettings) -> tuple[str, int, int]:
    """With another interface, VRID or family it is another virtual router, whatever its name."""
    return (settings.interface, settings.vrid, settings.family)


def difference(old: Iterable[RouterSettings], new: Iterable[RouterSettings]) -> Difference:
    """Compare by name, then by identity, then by everything else."""
    before = {settings.name: settings for settings in old}
    after = {settings.name: settings for settings in new}
    removed = [name for name in before if name not in after]
    added: list[RouterSettings] = []
    changed: list[RouterSettings] = []
    unchanged: list[str] = []
    for name, settings in after.items():
        previous = before.get(name)
        if previous is settings:
            unchanged.append(name)
        elif previous is None:
            added.append(settings)
        elif _identity(previous) != _identity(settings):
            removed.append(name)
            added.append(settings)
        elif previous != settings:
            changed.append(settings)
        else:
            unchanged.append(name)
    heirs = {_identity(settings): settings for settings in added if settings.name not in before}
    renamed = {
        name: heir.name
        for name in removed
        if name not in after
        and (heir := heirs.get(_identity(before[name]))) is not None
        and _only_the_name(before[name], heir)
    }
    return Difference(tuple(removed), tuple(added), tuple(changed), tuple(unchanged), renamed)


def _only_the_name(old: RouterSettings, new: RouterSettings) -> bool:
    """keepalived knows its instances by interface, VRID and family, so that another name changes nothing.
    Ours are known by name: who stays Master has to be the same in everything that the host or a peer sees.
    """
    return not old.follows_services and old == replace(new, name=old.name, priority=old.priority)


def resumable(routers: Iterable[RouterSettings], restored: Restored, now: int) -> set[str]:
    """Routers that were Master in a process that died, so recently that their peers can't have noticed.

    The peers' down interval counts from the last advert, which was sent at most one interval before the
    end; the skew of the best of them may be next to nothing.
    """
    masters = {
        change.name
        for change in restored.states
        if change.kind is SubjectKind.INSTANCE and change.state is RouterState.MASTER
    }
    silent_ns = now - restored.died_at
    return {
        settings.name
        for settings in routers
        if settings.name in masters
        and silent_ns < (settings.down_timer_adverts - 1) * settings.advertisement_interval_ns
    }
