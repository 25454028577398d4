"""What tracked objects add to and take from the priority of an instance.

A positive weight is added while the object is good, a negative one is taken while it is bad
(keepalived.conf(5), ``weight``).  Weight 0 has no part in this: failure means FAULT then.  Files count with
the number they hold and ``reverse`` turns things round, so neither is part of this arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pykeepalived.base.span import Span
from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup
from pykeepalived.config.values import TrackEntry, Weight
from pykeepalived.lint.rules._memo import once

OWNER = 255
LOWEST, HIGHEST = 1, 254
KINDS = ("interface", "script", "process", "bfd")


@dataclass(frozen=True, slots=True)
class Tracked:
    """One tracked object with a weight that is not 0; ``span`` is the entry, None without a line."""

    kind: str
    name: str
    weight: int
    span: Span | None


@dataclass(frozen=True, slots=True)
class _Names:
    """What is looked up by name in a configuration."""

    groups: dict[str, VrrpSyncGroup]
    """Member → its sync group."""
    weights: dict[str, dict[str, Weight | None]]
    """Kind of object → name → the weight that it has itself; the first of a name counts."""


def _names(config: Config) -> _Names:
    return _Names(
        {member.name: group for group in reversed(config.vrrp_sync_groups) for member in group.group},
        {
            "interface": {},
            "script": {item.name: item.weight for item in reversed(config.vrrp_scripts)},
            "process": {item.name: item.weight for item in reversed(config.vrrp_track_processes)},
            "bfd": {item.name: item.weight for item in reversed(config.bfd_instances)},
        },
    )


def group_of(config: Config, instance: VrrpInstance) -> VrrpSyncGroup | None:
    """The sync group that ``instance`` is a member of."""
    return once(_names, config).groups.get(instance.name)


def tracked(config: Config, instance: VrrpInstance) -> tuple[Tracked, ...]:
    """The weights that count for ``instance``: none for an owner, none in a group that drops them."""
    if instance.priority == OWNER:
        return ()
    group = group_of(config, instance)
    if group is None:
        return tuple(_weighted(config, instance))
    if not group.sync_group_tracking_weight:
        return ()
    return (*_weighted(config, instance), *_weighted(config, group))


def entries(block: VrrpInstance | VrrpSyncGroup, kind: str) -> tuple[TrackEntry, ...]:
    """The entries of ``track_<kind>``."""
    found: tuple[TrackEntry, ...] = getattr(block, f"track_{kind}")
    return found


def _weighted(config: Config, block: VrrpInstance | VrrpSyncGroup) -> Iterator[Tracked]:
    general = once(_names, config).weights
    for kind in KINDS:
        for entry in entries(block, kind):
            default = general[kind].get(entry.name) or Weight(0)
            weight = default.value if entry.weight is None else entry.weight
            reverse = default.reverse if entry.reverse is None else entry.reverse
            if weight and not reverse:
                span = entry.statement.span() if entry.statement else None
                yield Tracked(kind, entry.name, weight, span)


def clamp(priority: int) -> int:
    """Only 1 to 254 can be reached by weights."""
    return max(LOWEST, min(HIGHEST, priority))


def good_priority(config: Config, instance: VrrpInstance) -> int:
    """The priority while all that is tracked is good."""
    base = instance.priority or 100
    if base == OWNER:
        return OWNER
    return clamp(base + sum(item.weight for item in tracked(config, instance) if item.weight > 0))


def priority_without(config: Config, instance: VrrpInstance, bad: tuple[Tracked, ...]) -> int:
    """The priority while exactly the objects ``bad`` are bad."""
    base = instance.priority or 100
    if base == OWNER:
        return OWNER
    total = base
    for item in tracked(config, instance):
        if (item.weight < 0) == (item in bad):
            total += item.weight
    return clamp(total)
