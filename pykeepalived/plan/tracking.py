"""From configuration to tracking: who follows what with which weight, and what is to be watched for it.

Weights are adjusted here as keepalived 2.4.3 does it.  A member of a sync group without
``sync_group_tracking_weight`` and an address owner have no weights of their own: an interface with one counts
as unweighted (group) or not at all (owner), a script or BFD session with one is left out, a file is
unweighted when its weight is the usual 1 and left out otherwise.  What a group tracks holds for every member;
its weight wins over a member's own line for the same thing unless that line is unweighted.  In a group with
an owner all weights of the group are 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from pykeepalived.base.priority import OWNER
from pykeepalived.base.units import NANOSECONDS_PER_SECOND, format_seconds, seconds_to_ns
from pykeepalived.config.values import TrackEntry, Weight
from pykeepalived.tracking.scripts import KILL_AFTER_NS
from pykeepalived.tracking.settings import (
    AwaitedScript,
    Follow,
    Key,
    LinkDelay,
    PolledLink,
    RouterTracking,
    StaticGroup,
    TrackerKind,
    TrackingSettings,
)
from pykeepalived.vrrp.settings import RouterSettings, SyncGroupSettings

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
    from pykeepalived.config.blocks.vrrp_script import VrrpScript
    from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup

USUAL_FILE_WEIGHT = 1
_ATTRIBUTES = tuple((kind, f"track_{kind}") for kind in TrackerKind)
_ANY_TRACKED = frozenset(attribute for _, attribute in _ATTRIBUTES)
_PATIENCE_NS = 2 * KILL_AFTER_NS + 3 * NANOSECONDS_PER_SECOND
"""What ending a script that ignores SIGTERM takes, and some more."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


@dataclass(frozen=True, slots=True)
class PlannedTracking:
    """``settings`` for the vrrp process; ``notes`` are log lines about what was adjusted or left out."""

    settings: TrackingSettings
    notes: tuple[str, ...] = ()


def plan_tracking(
    config: Config,
    routers: Iterable[RouterSettings],
    groups: Iterable[SyncGroupSettings],
    earlier: TrackingSettings | None = None,
) -> PlannedTracking:
    """Who follows what.  ``routers`` and ``groups`` are those that run.

    What is as in ``earlier`` is the very object from there.
    """
    planner = _Planner(config)
    before = {} if earlier is None else {router.name: router for router in earlier.routers}
    settings = {router.name: router for router in routers}
    blocks = {block.name: block for block in config.vrrp_sync_groups}
    group_of = {member: blocks[group.name] for group in groups for member in group.members}
    owners = {name for name, router in settings.items() if router.priority == OWNER}
    with_owner = {group.name for group in groups if owners.intersection(group.members)}
    tracked: dict[str, RouterTracking] = {}
    for block in config.vrrp_instances:
        router = settings.get(block.name)
        if router is None or block.name in tracked:
            continue
        group = group_of.get(block.name)
        follows = planner.follows(block, group, router, group is not None and group.name in with_owner)
        name = group.name if group is not None else ""
        old = before.get(block.name)
        if old is None or (old.priority, old.follows, old.group) != (router.priority, follows, name):
            old = RouterTracking(block.name, router.priority, follows, name)
        tracked[block.name] = old
    used = followed(TrackingSettings(tuple(tracked.values())))
    return PlannedTracking(
        TrackingSettings(
            routers=tuple(tracked.values()),
            scripts=tuple(
                _awaited(script)
                for name, script in planner.scripts.items()
                if (TrackerKind.SCRIPT, name) in used
            ),
            static_groups=_static_groups(config, settings),
            delays=_delays(config, settings, planner.notes),
            polled=_polled(config, settings, used),
        ),
        tuple(planner.notes),
    )


def followed(settings: TrackingSettings) -> set[Key]:
    """Everything that some router follows."""
    return {follow.key for router in settings.routers for follow in router.follows}


def first_of_name(blocks: Iterable[T]) -> dict[str, T]:
    """keepalived looks a name up from the front: of two blocks with one name the first counts."""
    found: dict[str, T] = {}
    for block in blocks:
        found.setdefault(block.name, block)
    return found


def _awaited(script: VrrpScript) -> AwaitedScript:
    identity = "" if script.script is None else repr((script.script.argv, script.user))
    limit_ns = seconds_to_ns(script.interval if script.timeout is None else script.timeout)
    return AwaitedScript(script.name, script.init_fail, limit_ns + _PATIENCE_NS, identity)


class _Planner:
    def __init__(self, config: Config) -> None:
        self.scripts = first_of_name(config.vrrp_scripts)
        self._usual: dict[TrackerKind, Mapping[str, Weight | None]] = {
            TrackerKind.SCRIPT: {name: one.weight for name, one in self.scripts.items()},
            TrackerKind.FILE: {one.name: one.weight for one in reversed(config.track_files)},
            TrackerKind.PROCESS: {one.name: one.weight for one in reversed(config.vrrp_track_processes)},
            TrackerKind.BFD: {one.name: one.weight for one in reversed(config.bfd_instances)},
        }
        self.notes: list[str] = []

    def follows(
        self, block: VrrpInstance, group: VrrpSyncGroup | None, router: RouterSettings, owner_in_group: bool
    ) -> tuple[Follow, ...]:
        own = self._lines(block, "")
        if router.priority == OWNER:
            own = self._adjusted(own, block.name, "address owner", interface_weight_zero=False)
        elif group is not None and not group.sync_group_tracking_weight:
            own = self._adjusted(own, block.name, "SYNC group", interface_weight_zero=True)
        merged: dict[Key, Follow] = {}
        for follow in own:
            merged.setdefault(follow.key, follow)
        for shared in () if group is None else self._lines(group, group.name):
            follow = replace(shared, weight=0) if owner_in_group else shared
            mine = merged.get(follow.key)
            if mine is None:
                primary = follow.kind is TrackerKind.INTERFACE and follow.name == router.interface
                if not (primary and router.track_interface):
                    merged[follow.key] = follow
                continue
            self.notes.append(
                f"({block.name}) {follow.kind} {follow.name} is tracked by the instance and by its sync "
                f"group {follow.group}; "
                + ("the instance's line counts" if mine.weight == 0 else "the weight of the group counts")
            )
            if mine.weight != 0:
                merged[follow.key] = follow
        return tuple(merged.values())

    def _lines(self, block: VrrpInstance | VrrpSyncGroup, group: str) -> list[Follow]:
        lines: list[Follow] = []
        for kind, attribute in _ATTRIBUTES if block.has_any(_ANY_TRACKED) else ():
            entries: tuple[TrackEntry, ...] = getattr(block, attribute)
            for entry in entries:
                usual: Weight | None = None
                if kind is not TrackerKind.INTERFACE:
                    if entry.name not in self._usual[kind]:
                        continue  # reported while the configuration was read
                    usual = self._usual[kind][entry.name]
                    if usual is None:
                        usual = Weight(USUAL_FILE_WEIGHT if kind is TrackerKind.FILE else 0)
                usual = usual or Weight(0)
                lines.append(
                    Follow(
                        kind,
                        entry.name,
                        usual.value if entry.weight is None else entry.weight,
                        usual.reverse if entry.reverse is None else entry.reverse,
                        group,
                    )
                )
        return lines

    def _adjusted(
        self, lines: Iterable[Follow], name: str, why: str, *, interface_weight_zero: bool
    ) -> list[Follow]:
        """Own lines of a router that may not have weights."""
        kept = []
        for follow in lines:
            unweighted = follow.weight == 0 or follow.kind is TrackerKind.PROCESS
            if unweighted:
                kept.append(follow)
            elif (follow.kind is TrackerKind.INTERFACE and interface_weight_zero) or (
                follow.kind is TrackerKind.FILE and follow.weight == USUAL_FILE_WEIGHT
            ):
                kept.append(replace(follow, weight=0))
            else:
                self.notes.append(
                    f"({name}) {follow.kind} {follow.name} with weight {follow.weight} is not tracked: {why}"
                )
        return kept


def _static_groups(config: Config, routers: Mapping[str, RouterSettings]) -> tuple[StaticGroup, ...]:
    groups = (
        StaticGroup(block.name, tuple(member.name for member in block.group if member.name in routers))
        for block in config.track_groups
    )
    return tuple(group for group in groups if group.members)


def _delays(config: Config, routers: Mapping[str, RouterSettings], notes: list[str]) -> tuple[LinkDelay, ...]:
    """``interface_up_down_delays``, shortened where peers would take over before the delay is over."""
    delays: dict[str, LinkDelay] = {}
    for entry in config.interface_up_down_delays:
        down_ns, up_ns = seconds_to_ns(entry.down), seconds_to_ns(entry.up)
        for router in routers.values():
            if router.interface != entry.interface:
                continue
            interval_ns = router.advertisement_interval_ns
            limit_ns = max(0, (router.down_timer_adverts - 1) * interval_ns - interval_ns // 256)
            if router.down_timer_adverts == 1:
                limit_ns = 0
            if down_ns > limit_ns:
                notes.append(
                    f"({router.name}) down delay of {entry.interface} is longer than its peers wait; "
                    f"{format_seconds(limit_ns)} is used"
                )
                up_ns = limit_ns if up_ns == down_ns or not limit_ns else up_ns
                down_ns = limit_ns
        delays[entry.interface] = LinkDelay(entry.interface, down_ns, up_ns)
    return tuple(delay for delay in delays.values() if delay.down_ns or delay.up_ns)


def _polled(
    config: Config, routers: Mapping[str, RouterSettings], used: Collection[Key]
) -> tuple[PolledLink, ...]:
    """Interfaces in use that are asked instead of waited for."""
    polled: dict[str, PolledLink] = {}
    in_use = {router.interface for router in routers.values()}
    in_use.update(name for kind, name in used if kind is TrackerKind.INTERFACE)
    for entry in config.linkbeat_interfaces:
        if entry.interface in in_use:
            polled[entry.interface] = PolledLink(entry.interface, entry.method)
    for block in config.vrrp_instances:
        router = routers.get(block.name)
        if router is not None and (config.linkbeat_use_polling or block.linkbeat_use_polling):
            polled.setdefault(router.interface, PolledLink(router.interface))
    return tuple(polled.values())
