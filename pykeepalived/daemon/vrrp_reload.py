"""What a reload, or a restart of the process, means for each virtual router.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pykeepalived.ipc.messages import Restored, RouterState, SubjectKind
from pykeepalived.vrrp.settings import RouterSettings


@dataclass(frozen=True, slots=True)
class Difference:
    """``unchanged`` routers are not touched at all; a router whose identity changed is in ``removed`` under
    its old settings and in ``added`` under the new ones.
    """

    removed: tuple[str, ...]
    added: tuple[RouterSettings, ...]
    changed: tuple[RouterSettings, ...]
    unchanged: tuple[str, ...]


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
        if previous is None:
            added.append(settings)
        elif _identity(previous) != _identity(settings):
            removed.append(name)
            added.append(settings)
        elif previous != settings:
            changed.append(settings)
        else:
            unchanged.append(name)
    return Difference(tuple(removed), tuple(added), tuple(changed), tuple(unchanged))


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
