"""A new plan told to a process that runs an older one: only what differs travels.

With 10,000 real servers a plan is 5 to 10 MB of JSON, which takes longer to write and to read than everything
else of a reload.  A field that did not change is left out; of a long one (virtual servers, checks, scripts by
name) only the entries that the older plan has not are told, with where the others lie in it.  Pure.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pykeepalived.health.settings import ServerChecks
from pykeepalived.lvs.settings import PoolSettings

Run = tuple[int, int]
"""``(start, stop)``: these entries of the old sequence; ``(NEW, count)``: the next ones that were told."""
NEW = -1

_NAMES: dict[type, Callable[[Any], Hashable]] = {
    PoolSettings: lambda pool: (pool.label, pool.occurrence),
    ServerChecks: lambda checks: (checks.service, checks.occurrence, checks.address, checks.port),
    tuple: lambda pair: pair[0],
}
"""What an entry of a long field is found by; a dictionary counts as a sequence of pairs.  Any other field is
told whole when it changed.
"""


@dataclass(frozen=True, slots=True)
class PlanChange:
    """``rest`` is the new plan, but the fields in ``same`` have their defaults, and those in ``runs`` hold
    only what the old plan has not.
    """

    rest: object
    same: tuple[str, ...]
    runs: dict[str, tuple[Run, ...]]

    def applied_to(self, old: object) -> object:
        """The new plan; what did not change are the very objects of ``old``, which must be the plan that the
        change was made from (ValueError where it shows that it is not).
        """
        if type(old) is not type(self.rest):
            raise ValueError(f"a change of a {type(self.rest).__name__}, but what runs is another plan")
        values = {name: getattr(old, name) for name in self.same}
        for name, runs in self.runs.items():
            before, fresh = getattr(old, name), getattr(self.rest, name)
            joined = _joined(_entries(before), _entries(fresh), runs)
            values[name] = dict(joined) if isinstance(before, dict) else tuple(joined)
        return dataclasses.replace(self.rest, **values)  # type: ignore[type-var]

    def fresh(self, name: str) -> Sequence[Any]:
        """The entries of a long field that are not in the old plan as they are now."""
        return () if name in self.same else _entries(getattr(self.rest, name))

    def gone(self, old: object, name: str) -> Sequence[Any]:
        """The entries of ``old`` that the new plan does not have as they were."""
        if name in self.same:
            return ()
        before = _entries(getattr(old, name))
        if name not in self.runs:
            return before
        kept = [run for run in self.runs[name] if run[0] != NEW]
        if all(stop <= start for (_, stop), (start, _) in itertools.pairwise(kept)):
            edges = [0, *(edge for run in kept for edge in run), len(before)]
            pairs = zip(edges[::2], edges[1::2], strict=True)
            return [entry for start, stop in pairs for entry in before[start:stop]]
        stays = {place for start, stop in kept for place in range(start, stop)}
        return [entry for place, entry in enumerate(before) if place not in stays]

    @property
    def empty(self) -> bool:
        """Both plans are equal."""
        return len(self.same) == len(dataclasses.fields(self.rest))  # type: ignore[arg-type]


def tells_changes(old: object, new: object) -> bool:
    """Whether a process that runs ``old`` understands a PlanChange that turns it into ``new``."""
    return type(old) is type(new) and getattr(type(new), "told_by_changes", False)


def plan_change(old: object, new: object) -> PlanChange:
    """What turns ``old`` into ``new``: plans of one class that declares ``told_by_changes``; all its
    fields have defaults.
    """
    same: list[str] = []
    runs: dict[str, tuple[Run, ...]] = {}
    values: dict[str, Any] = {}
    for field in dataclasses.fields(new):  # type: ignore[arg-type]
        name = field.name
        before, after = getattr(old, name), getattr(new, name)
        if _is_long(before) and _is_long(after):
            fresh, found = _difference(_entries(before), _entries(after))
            if not fresh and found == [(0, len(before))]:
                same.append(name)
            else:
                runs[name] = tuple(found)
                values[name] = dict(fresh) if isinstance(after, dict) else tuple(fresh)
        elif before is after or before == after:
            same.append(name)
        else:
            values[name] = after
    return PlanChange(type(new)(**values), tuple(same), runs)


def _is_long(value: object) -> bool:
    """Whether a field is told entry by entry."""
    if isinstance(value, dict):
        return bool(value)
    return isinstance(value, tuple) and bool(value) and type(value[0]) in _NAMES


def _entries(value: Any) -> Sequence[Any]:
    return tuple(value.items()) if isinstance(value, dict) else value


def _difference(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[Any], list[Run]]:
    """The entries of ``new`` that ``old`` has not, and how both make ``new``.

    Both mostly go in step.  Where they do not, the place in ``old`` is looked up by name.
    """
    places: dict[Hashable, int] | None = None
    fresh: list[Any] = []
    runs: list[Run] = []
    at = 0
    for entry in new:
        place: int | None = at
        if at >= len(old) or not (old[at] is entry or _same(old[at], entry)):
            if places is None:
                places = {_name(one): number for number, one in enumerate(old)}
            place = places.get(_name(entry))
            if place is None or not _same(old[place], entry):
                fresh.append(entry)
                _extend(runs, NEW)
                at = at if place is None else place + 1
                continue
        assert place is not None
        _extend(runs, place)
        at = place + 1
    return fresh, runs


def _same(one: Any, other: Any) -> bool:
    return bool(one is other or one == other)


def _name(entry: Any) -> Hashable:
    return _NAMES[type(entry)](entry)


def _extend(runs: list[Run], place: int) -> None:
    """One entry more: the old one at ``place``, or a new one."""
    if place == NEW:
        if runs and runs[-1][0] == NEW:
            runs[-1] = (NEW, runs[-1][1] + 1)
        else:
            runs.append((NEW, 1))
    elif runs and runs[-1][0] != NEW and runs[-1][1] == place:
        runs[-1] = (runs[-1][0], place + 1)
    else:
        runs.append((place, place + 1))


def _joined(old: Sequence[Any], fresh: Sequence[Any], runs: Iterable[Run]) -> list[Any]:
    joined: list[Any] = []
    told = 0
    for start, stop in runs:
        if start == NEW:
            joined += fresh[told : told + stop]
            told += stop
        elif stop > len(old):
            raise ValueError(f"entries up to {stop} of a plan that has {len(old)}")
        else:
            joined += old[start:stop]
    if told != len(fresh):
        raise ValueError(f"{len(fresh)} new entries, of which {told} have a place")
    return joined
