"""Routes and rules of the routers, and everything static: keeps the kernel as the settings want it.

Several owners may want the same route: it goes when the last one lets it go.  What was there before us is
taken for the host's own and stays.  What the kernel loses (somebody deletes it, an interface goes down and
comes back) is added again, at most once a second each.  What it refuses (no way to the gateway yet, a source
address that is not there) is tried again when an interface or an address changes, and after 1 s, 2 s, 4 s
and so on up to 32 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.patience import Patience
from pykeepalived.kernel.netlink import RequestSocket
from pykeepalived.kernel.routes import RouteKey
from pykeepalived.kernel.routing_table import RoutingMonitor, RoutingRefusal, RoutingTable
from pykeepalived.vrrp.routing import Route, Routing

log = get_logger()

STATIC = ""
"""The owner of static entries; all others are names of routers."""

_ROUTERS = "routers"
_AGAIN_INTERVAL_NS = 1_000_000_000
"""Somebody who deletes a route again and again does not get an endless race with us."""


@dataclass(frozen=True, slots=True)
class RestoreKey:
    """Names the deadline of routes and rules that wait to be put back."""


@dataclass(slots=True)
class _Held:
    """One route or rule that somebody wants.

    ``foreign``: it was there before us.  ``trouble`` is the kernel's last refusal, empty when it is in place.
    ``restored_at`` is when it was last put back.
    """

    item: Routing
    owners: dict[str, None]
    foreign: bool = False
    trouble: str = ""
    restored_at: int | None = None


class OwnedRouting:
    """Routes and rules in force.

    ``watch`` and ``unwatch`` tell the loop about the descriptor of :meth:`read`; ``set_deadline`` asks for a
    call of :meth:`on_deadline`.
    """

    def __init__(
        self,
        requests: RequestSocket,
        index_of: Callable[[str], int | None],
        *,
        watch: Callable[[int, Callable[[], None]], object],
        unwatch: Callable[[int], object],
        set_deadline: Callable[[Hashable, int | None], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._table = RoutingTable(requests, index_of)
        self._watch = watch
        self._unwatch = unwatch
        self._set_deadline = set_deadline
        self._clock = clock
        self._held: dict[Routing, _Held] = {}
        self._prepared: dict[str, tuple[Routing, ...]] = {}
        self._waiting: dict[Routing, None] = {}
        self._refused: dict[Routing, None] = {}
        self._patience = Patience()
        self.on_presence: Callable[[str, str, bool], None] = _nobody
        """Told of static entries with a track group: the group, which one, and whether it is in place."""
        self._monitor: RoutingMonitor | None = None
        self._families: frozenset[int] = frozenset()

    # ------------------------------------------------------------ life

    def prepare(self, items: Iterable[Routing]) -> None:
        """These may be wanted by routers from now on, and no others: encode them, listen for what happens."""
        self._prepare(_ROUTERS, tuple(items))

    def prepare_static(self, items: Iterable[Routing]) -> None:
        """The same for static entries."""
        self._prepare(STATIC, tuple(items))

    def _prepare(self, whose: str, items: tuple[Routing, ...]) -> None:
        self._prepared[whose] = items
        wanted = [item for some in self._prepared.values() for item in some]
        self._table.prepare([*wanted, *(held.item for held in self._held.values())])
        families = frozenset(item.family for item in wanted if not item.no_track)
        if families != self._families:
            self._stop_listening()
            self._families = families
            if families:
                self._monitor = RoutingMonitor(families)
                self._watch(self._monitor.fileno(), self.read)

    def close(self) -> None:
        """Give the descriptor back."""
        self._stop_listening()

    def _stop_listening(self) -> None:
        if self._monitor is not None:
            self._unwatch(self._monitor.fileno())
            self._monitor.close()
            self._monitor = None

    # ------------------------------------------------------------ taking and releasing

    def remove_left_over(self, owner: str, items: Sequence[Routing]) -> None:
        """Remove what a killed daemon left of these."""
        unused = [item for item in reversed(items) if item not in self._held]
        for item in self._table.remove_left_over(unused):
            log.info(f"{_subject(owner)}removed left-over {item}", instance=owner)

    def take(self, owner: str, items: Sequence[Routing], *, ours: bool = False) -> None:
        """Have the kernel hold these.

        ``ours``: one that is there already was put there by an earlier process of ours.
        """
        fresh: list[Routing] = []
        for item in items:
            held = self._held.get(item)
            if held is None:
                self._held[item] = _Held(item, {owner: None})
                fresh.append(item)
            else:
                held.owners[owner] = None
        for refusal in self._table.add(fresh):
            held = self._held[refusal.item]
            if not refusal.exists:
                self._set_trouble(held, refusal.text)
                _complain(owner, "cannot add", refusal)
            elif not ours:
                held.foreign = True
                where = f"{_place(refusal.item)}{refusal.item}"
                log.warning(
                    f"{_subject(owner)}{where} was there before us; taken for the host's own", instance=owner
                )

    def replace(self, owner: str, pairs: Sequence[tuple[Route, Route]]) -> None:
        """Put new routes into the places of old ones."""
        for old, new in pairs:
            held = self._held.get(old)
            if held is None or held.foreign or held.trouble or set(held.owners) != {owner}:
                self.release(owner, [old])
                self.take(owner, [new])
                continue
            del self._held[old]
            self._waiting.pop(old, None)
            refusal = self._table.replace(old, new)
            fresh = self._held[new] = _Held(new, {owner: None})
            if refusal is not None:
                self._set_trouble(fresh, refusal.text)
                _complain(owner, "cannot replace", refusal)

    def release(self, owner: str, items: Sequence[Routing], *, keep: bool = False) -> None:
        """Have the kernel not hold these; with ``keep`` they are only forgotten."""
        gone: list[Routing] = []
        for item in items:
            held = self._held.get(item)
            if held is None or owner not in held.owners:
                continue
            del held.owners[owner]
            if held.owners:
                continue
            del self._held[item]
            self._waiting.pop(item, None)
            if not held.foreign and not held.trouble:
                gone.append(item)
            self._set_trouble(held, "")
        if not keep:
            for refusal in self._table.remove(gone):
                _complain(owner, "cannot remove", refusal)

    def refused(self, owner: str) -> list[tuple[str, str]]:
        """What the kernel refuses to this owner, and its reasons."""
        held = [self._held[item] for item in self._refused]
        return [(str(one.item), one.trouble) for one in held if owner in one.owners]

    def is_set(self, owner: str, item: Routing) -> bool:
        """Whether the kernel holds it for this owner, as far as we know."""
        held = self._held.get(item)
        return held is not None and owner in held.owners and not held.trouble

    # ------------------------------------------------------------ what the kernel loses

    def forget(self, interface: str) -> None:
        """The interface has another index now, or none."""
        self._table.forget(interface)

    def read(self) -> None:
        """Somebody deleted something."""
        if self._monitor is None:
            return
        keys, lost = self._monitor.read()
        self.deleted(None if lost else keys)

    def deleted(self, keys: Iterable[RouteKey | tuple[int, int]] | None) -> None:
        """The kernel has lost these, or (None) we do not know what it has lost."""
        wanted = None if keys is None else set(keys)
        self._restore(
            [
                item
                for item, held in self._held.items()
                if not item.no_track
                and not held.foreign
                and (wanted is None or self._table.key(item) in wanted)
            ]
        )

    def interface_changed(self, interfaces: Iterable[str]) -> None:
        """These came up, or their addresses are others: the kernel may have dropped routes without a word,
        and may take now what it refused before.
        """
        names = set(interfaces)
        self._restore(
            [
                item
                for item, held in self._held.items()
                if not held.foreign
                and (
                    held.trouble
                    or (isinstance(item, Route) and (not item.interfaces or names & set(item.interfaces)))
                )
            ]
        )

    def on_deadline(self) -> None:
        """What waited to be put back, and what the kernel refused when it is time to try that again."""
        due = list(self._waiting)
        self._waiting.clear()
        now = self._clock()
        if self._patience.is_due(now):
            due += self._refused
        self._restore(due)
        self._patience.tried(now, left=bool(self._refused))
        self._wake()

    def _restore(self, items: Sequence[Routing]) -> None:
        now = self._clock()
        due: list[_Held] = []
        for item in items:
            held = self._held.get(item)
            if held is None:
                continue
            lately = held.restored_at is not None and now < held.restored_at + _AGAIN_INTERVAL_NS
            if lately and not held.trouble:
                self._waiting[item] = None
            else:
                due.append(held)
        self._wake()
        refusals = {refusal.item: refusal for refusal in self._table.add([held.item for held in due])}
        for held in due:
            self._tell_restored(held, refusals.get(held.item), now)

    def _wake(self) -> None:
        """Ask for a call of :meth:`on_deadline` when the next thing is due."""
        due = [(self._held[item].restored_at or 0) + _AGAIN_INTERVAL_NS for item in self._waiting]
        if self._patience.due_at is not None:
            due.append(self._patience.due_at)
        if due:
            self._set_deadline(RestoreKey(), min(due))

    def _tell_restored(self, held: _Held, refusal: RoutingRefusal | None, now: int) -> None:
        owner = next(iter(held.owners))
        where = f"{_subject(owner)}{_place(held.item)}{held.item}"
        if refusal is None:
            held.restored_at = now
            how = "could be added now" if held.trouble else "was gone; added again"
            self._set_trouble(held, "")
            log.warning(f"{where} {how}", instance=owner)
        elif refusal.exists:
            self._set_trouble(held, "")
        else:
            if held.trouble != refusal.text:
                _complain(owner, "cannot add again", refusal)
            self._set_trouble(held, refusal.text)

    def _set_trouble(self, held: _Held, text: str) -> None:
        before, held.trouble = held.trouble, text
        if not text:
            self._refused.pop(held.item, None)
        elif text != before:
            self._refused[held.item] = None
            self._patience.refused(self._clock())
            self._wake()
        group = held.item.track_group
        if group is not None and not held.item.no_track and bool(text) != bool(before):
            self.on_presence(group, str(held.item), not text)


def _nobody(_group: str, _what: str, _present: bool) -> None:
    pass


def _subject(owner: str) -> str:
    return "static " if owner == STATIC else f"({owner}) "


def _place(item: Routing) -> str:
    return f"{item.where}: " if item.where else ""


def _complain(owner: str, what: str, refusal: RoutingRefusal) -> None:
    log.error(f"{_subject(owner)}{_place(refusal.item)}{what} {refusal}", instance=owner)
