"""The core of tracking: from what trackers say to the priority and the faults of every router.

Routers with a script of weight 0 do not begin before it has answered, so that a start never takes addresses
that the first answer would take away again; files and processes, which answer within milliseconds, are
waited for in any case.  What is unknown later on (a script that a reload brought) holds nobody up and changes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.tracking.contributions import Contribution, contribution, describe, total
from pykeepalived.tracking.settings import Key, RouterTracking, TrackerKind, TrackingSettings

PATIENCE_NS = NANOSECONDS_PER_SECOND
"""How long a router waits at start for the first word about a file or a process."""

_REPORTED_AT_ONCE = frozenset({TrackerKind.FILE, TrackerKind.PROCESS, TrackerKind.BFD})
"""What another process knows and tells as soon as it hears of us."""


# ---------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Observed:
    """A tracked thing has this state now: 1 good, 0 bad; the number for a file."""

    kind: TrackerKind
    name: str
    status: int


@dataclass(frozen=True, slots=True)
class StaticChanged:
    """A static address, route or rule of track group ``group`` is there, or is missing."""

    group: str
    what: str
    present: bool


@dataclass(frozen=True, slots=True)
class Begin:
    """The daemon starts its routers.

    ``resumed`` are those that go on as Master after a restart of the process: they wait for nothing.
    """

    resumed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """A reload; what is the same in both keeps its state.

    Routers that are ``anew`` are others than those that had their names before: they have yet to begin.
    """

    settings: TrackingSettings
    anew: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TimerFired:
    """``deadline`` was reached; a spurious one is harmless."""


TrackingEvent = Observed | StaticChanged | Begin | SettingsChanged | TimerFired


# ---------------------------------------------------------------- actions


@dataclass(frozen=True, slots=True)
class SetPriority:
    """The effective priority of a router is this now."""

    router: str
    priority: int


@dataclass(frozen=True, slots=True)
class RaiseFault:
    """A router may not take part for this reason."""

    router: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClearFault:
    """This reason is gone."""

    router: str
    reason: str


@dataclass(frozen=True, slots=True)
class MayBegin:
    """Nothing that this router waited for is unknown any more; comes once per router, after its faults."""

    router: str


@dataclass(frozen=True, slots=True)
class Say:
    """A line for the log: a warning, or (``detail``) one for -D."""

    text: str
    detail: bool = False


TrackingAction = SetPriority | RaiseFault | ClearFault | MayBegin | Say


@dataclass(slots=True)
class _Router:
    """A router as the trackers see it."""

    settings: RouterTracking
    priority: int
    faults: dict[str, None] = field(default_factory=dict)
    begun: bool = False


class Tracking:
    """Every tracked thing and every router that follows one.

    ``continues``: this process replaces one that died, so that a BFD session which was not heard of yet is
    unknown; otherwise it is down until it comes up.
    """

    def __init__(self, settings: TrackingSettings, *, continues: bool = False) -> None:
        self._continues = continues
        self.settings = TrackingSettings()
        self._status: dict[Key, int | None] = {}
        self._awaited: dict[Key, int] = {}
        self._routers: dict[str, _Router] = {}
        self._followers: dict[Key, list[str]] = {}
        self._missing: dict[str, dict[str, None]] = {}
        self._sessions: dict[str, int] = {}
        """BFD sessions that were heard of, followed or not: only changes are reported."""
        self._begun = False
        self._take(settings)

    # ------------------------------------------------------------ questions

    @property
    def deadline(self) -> int | None:
        """When ``TimerFired`` is wanted."""
        return min(self._awaited.values(), default=None) if self._begun else None

    def contributions(self, router: str) -> tuple[Contribution, ...]:
        """What each tracked thing does to a router now, in the order of the file; own lines first."""
        known = self._routers.get(router)
        if known is None:
            return ()
        return tuple(contribution(one, self._status.get(one.key)) for one in known.settings.follows)

    def priority(self, router: str) -> int:
        """The effective priority; KeyError for an unknown router."""
        return self._routers[router].priority

    def preview(self, settings: TrackingSettings) -> dict[str, int]:
        """What each router's priority will be under ``settings``, before they are told."""
        failed = _starting_failed(settings)
        return {
            router.name: total(
                router.priority,
                (
                    contribution(one, self._status.get(one.key, self._first_status(one.key, failed)))
                    for one in router.follows
                ),
            )
            for router in settings.routers
        }

    def faults(self, router: str) -> tuple[str, ...]:
        """Why tracked things and static groups keep a router from taking part."""
        known = self._routers.get(router)
        return () if known is None else tuple(known.faults)

    def awaited(self, router: str) -> tuple[str, ...]:
        """What a router that has not begun waits for; empty once it has begun."""
        known = self._routers.get(router)
        if known is None or known.begun:
            return ()
        return tuple(describe(key, None) for key in self._waits_for(known))

    def status(self, kind: TrackerKind, name: str) -> int | None:
        """What was last heard of a thing."""
        return self._status.get((kind, name))

    def names(self, kind: TrackerKind) -> tuple[str, ...]:
        """What is followed of this kind."""
        return tuple(name for one, name in self._status if one is kind)

    def followers(self, kind: TrackerKind, name: str) -> tuple[str, ...]:
        """Who follows it."""
        return tuple(self._followers.get((kind, name), ()))

    # ------------------------------------------------------------ events

    def handle(self, event: TrackingEvent, now: int) -> list[TrackingAction]:
        """Take one event at the monotonic time ``now`` (ns); the ordered actions."""
        out: list[TrackingAction] = []
        match event:
            case Observed(kind=kind, name=name, status=status):
                self._observed(out, (kind, name), status)
            case StaticChanged():
                self._static(out, event)
            case Begin(resumed=resumed):
                self._begin(out, resumed, now)
            case SettingsChanged(settings=settings, anew=anew):
                for name in anew:
                    self._routers.pop(name, None)
                self._change(out, settings)
            case TimerFired():
                self._give_up_waiting(out, now)
        return out

    def _observed(self, out: list[TrackingAction], key: Key, status: int) -> None:
        if key[0] is TrackerKind.BFD:
            self._sessions[key[1]] = status
        if key not in self._status:
            return  # nobody follows it (any more)
        waited = self._awaited.pop(key, None) is not None
        if self._status[key] != status:
            self._status[key] = status
            self._assess(out, self._followers.get(key, ()))
        if waited:
            self._let_begin(out)

    def _static(self, out: list[TrackingAction], event: StaticChanged) -> None:
        missing = self._missing.setdefault(event.group, {})
        if event.present:
            missing.pop(event.what, None)
        else:
            missing[event.what] = None
        for group in self.settings.static_groups:
            if group.name == event.group:
                self._assess(out, group.members)

    def _begin(self, out: list[TrackingAction], resumed: frozenset[str], now: int) -> None:
        self._begun = True
        patience = {script.name: script.patience_ns for script in self.settings.scripts}
        for key, status in self._status.items():
            kind, name = key
            if status is None and (kind in _REPORTED_AT_ONCE or self._is_essential(key)):
                self._awaited[key] = now + patience.get(name, PATIENCE_NS)
        for name in resumed:
            if name in self._routers:
                self._routers[name].begun = True
                out.append(MayBegin(name))
        self._assess(out, self._routers)
        self._let_begin(out)

    def _give_up_waiting(self, out: list[TrackingAction], now: int) -> None:
        late = [key for key, at in self._awaited.items() if at <= now]
        for key in late:
            del self._awaited[key]
            out.append(Say(f"{describe(key, None)}; its followers begin without it"))
            if key[0] in _REPORTED_AT_ONCE:
                # As with no file, no process, no session.
                self._status[key] = 0
                self._assess(out, self._followers.get(key, ()))
        if late:
            self._let_begin(out)

    # ------------------------------------------------------------ consequences

    def _assess(self, out: list[TrackingAction], routers: Iterable[str]) -> None:
        for name in routers:
            router = self._routers.get(name)
            if router is None:
                continue
            now = self.contributions(name)
            faults = dict.fromkeys(one.fault for one in now if one.is_fault)
            faults.update(dict.fromkeys(self._static_faults(name)))
            priority = total(router.settings.priority, now)
            out += [RaiseFault(name, reason) for reason in faults if reason not in router.faults]
            if priority != router.priority:
                router.priority = priority
                out.append(SetPriority(name, priority))
            out += [ClearFault(name, reason) for reason in router.faults if reason not in faults]
            router.faults = faults

    def _static_faults(self, router: str) -> Iterable[str]:
        for group in self.settings.static_groups:
            if router in group.members:
                for what in self._missing.get(group.name, ()):
                    yield f"{what} of track_group {group.name} is missing"

    def _is_essential(self, key: Key) -> bool:
        """Whether some router must know it before it may begin: a script whose failure is a fault."""
        return key[0] is TrackerKind.SCRIPT and any(
            follow.key == key and follow.weight == 0
            for name in self._followers.get(key, ())
            for follow in self._routers[name].settings.follows
        )

    def _waits_for(self, router: _Router) -> list[Key]:
        return [
            follow.key
            for follow in router.settings.follows
            if follow.key in self._awaited and (follow.kind in _REPORTED_AT_ONCE or follow.weight == 0)
        ]

    def _let_begin(self, out: list[TrackingAction]) -> None:
        """Members of a sync group begin when none of them waits."""
        if not self._begun:
            return
        waiting = [router for router in self._routers.values() if not router.begun]
        held = {router.settings.group for router in waiting if self._waits_for(router)} - {""}
        for router in waiting:
            if router.settings.group not in held and not self._waits_for(router):
                router.begun = True
                out.append(MayBegin(router.settings.name))

    # ------------------------------------------------------------ settings

    def _change(self, out: list[TrackingAction], settings: TrackingSettings) -> None:
        old_scripts = {script.name: script.identity for script in self.settings.scripts}
        for script in settings.scripts:
            if old_scripts.get(script.name, script.identity) != script.identity:
                # Another script of the same name: what the old one said counts until it has answered.
                self._awaited.pop((TrackerKind.SCRIPT, script.name), None)
        self._take(settings)
        for router in self._routers.values():
            # Base priorities and weights may have changed in opposite directions: say every sum anew.
            router.priority = 0
        self._assess(out, self._routers)
        self._let_begin(out)

    def _take(self, settings: TrackingSettings) -> None:
        self.settings = settings
        failed = _starting_failed(settings)
        status: dict[Key, int | None] = {}
        self._followers = {}
        for router in settings.routers:
            for follow in router.follows:
                key = follow.key
                if key not in status:
                    status[key] = self._status.get(key, self._first_status(key, failed))
                followers = self._followers.setdefault(key, [])
                if router.name not in followers:
                    followers.append(router.name)
        self._status = status
        self._awaited = {key: at for key, at in self._awaited.items() if key in status}
        groups = {group.name for group in settings.static_groups}
        self._missing = {name: missing for name, missing in self._missing.items() if name in groups}
        routers: dict[str, _Router] = {}
        for tracking in settings.routers:
            known = self._routers.get(tracking.name)
            routers[tracking.name] = known or _Router(tracking, tracking.priority)
            routers[tracking.name].settings = tracking
        self._routers = routers

    def _first_status(self, key: Key, failed: set[str]) -> int | None:
        kind, name = key
        if kind is TrackerKind.INTERFACE:
            return 0
        if kind is TrackerKind.BFD and name in self._sessions:
            return self._sessions[name]
        if self._continues:
            return None
        if kind is TrackerKind.BFD or (kind is TrackerKind.SCRIPT and name in failed):
            return 0
        return None


def _starting_failed(settings: TrackingSettings) -> set[str]:
    return {script.name for script in settings.scripts if script.starts_failed}
