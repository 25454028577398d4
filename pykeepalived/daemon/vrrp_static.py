"""Static addresses, routes and rules: in the kernel as long as the daemon runs, whatever the routers do.

Routes and rules go through :mod:`pykeepalived.daemon.vrrp_owned`; here is the order of all three, and the
addresses.  What was there before us is taken for the host's own and stays when we go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.patience import Patience
from pykeepalived.daemon.vrrp_owned import STATIC, OwnedRouting
from pykeepalived.kernel.addresses import RTPROT_KEEPALIVED, AddressTable
from pykeepalived.kernel.links import LinkTable
from pykeepalived.plan.static import StaticAddress, StaticSettings
from pykeepalived.vrrp.routing import difference

log = get_logger()

_AGAIN_INTERVAL_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class StaticKey:
    """Names the deadline of static addresses that wait to be put back."""


class StaticEntries:
    """Carries out :class:`StaticSettings` and changes of them."""

    def __init__(
        self,
        addresses: AddressTable,
        owned: OwnedRouting,
        links: LinkTable,
        set_deadline: Callable[[Hashable, int | None], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._addresses = addresses
        self._owned = owned
        self._links = links
        self._set_deadline = set_deadline
        self._clock = clock
        self._foreign: set[StaticAddress] = set()
        self._missing: set[StaticAddress] = set()
        self._reasons: dict[StaticAddress, str] = {}
        self._patience = Patience()
        self._again_at: int | None = None
        self._tell_presence: Callable[[str, str, bool], None] | None = None
        self._added_at: dict[StaticAddress, int] = {}
        self.settings = StaticSettings()

    def change(self, settings: StaticSettings) -> None:
        """From now on these; unchanged ones are not touched, and what a killed daemon left is found."""
        old, self.settings = self.settings, settings
        routing = difference((*old.routes, *old.rules), (*settings.routes, *settings.rules))
        wanted, before = set(settings.addresses), set(old.addresses)
        added = [one for one in settings.addresses if one not in before]
        self._owned.prepare_static((*settings.routes, *settings.rules))
        self._owned.remove_left_over(STATIC, routing.added)
        self._owned.release(STATIC, routing.removed[::-1])
        self._remove([one for one in old.addresses if one not in wanted])
        self._foreign.update(one for one in added if self._is_foreign(one))
        self._add(added)
        self._owned.take(STATIC, routing.added)
        self._owned.replace(STATIC, routing.replaced)

    def on_presence(self, tell: Callable[[str, str, bool], None]) -> None:
        """Who is told of entries with a track group: the group, which one, and whether it is in place."""
        self._tell_presence = self._owned.on_presence = tell

    def stop(self) -> None:
        """Remove everything, in the opposite order."""
        self.change(StaticSettings())

    def restore(self, interfaces: Iterable[str], *, came_up: bool = False) -> None:
        """Addresses of these may be gone: put back what is missing, and try again what was refused.

        An interface that ``came_up`` may have lost any of them by itself; otherwise somebody deleted them,
        which is not followed for ``no_track``.
        """
        names = set(interfaces)
        now = self._clock()
        missing = []
        self._again_at = None
        for one in self.settings.addresses:
            virtual = one.address
            link = self._links.link(virtual.interface)
            if virtual.interface not in names or link is None or not link.usable:
                continue
            if virtual.no_track and not came_up and one not in self._reasons:
                continue
            if self._links.held(link.index, virtual.address, virtual.prefix_length) is not None:
                continue
            due_at = self._added_at.get(one, -_AGAIN_INTERVAL_NS) + _AGAIN_INTERVAL_NS
            if due_at > now:
                self._again_at = due_at if self._again_at is None else min(due_at, self._again_at)
            else:
                missing.append(one)
        known = dict(self._reasons)
        self._add(missing)
        for one in missing:
            if one not in self._reasons:
                how = "could be added now" if one in known else "was gone; added again"
                log.warning(f"static {_text(one)} {how}")
        self._wake()

    def on_deadline(self) -> None:
        """What waited to be put back, or was refused."""
        self.restore({one.address.interface for one in self.settings.addresses})
        self._patience.tried(self._clock(), left=bool(self._reasons))
        self._wake()

    def _wake(self) -> None:
        """Ask for a call of :meth:`on_deadline` when the next thing is due."""
        due = [at for at in (self._again_at, self._patience.due_at) if at is not None]
        if due:
            self._set_deadline(StaticKey(), min(due))

    def _is_foreign(self, one: StaticAddress) -> bool:
        virtual = one.address
        link = self._links.link(virtual.interface)
        held = None if link is None else self._links.held(link.index, virtual.address, virtual.prefix_length)
        if held is None or held.protocol == RTPROT_KEEPALIVED:
            return False
        log.warning(f"static {_text(one)} was there before us; taken for the host's own")
        return True

    def _add(self, entries: Sequence[StaticAddress]) -> None:
        # The kernel's own word that it has them comes later: until then they must not look lost.
        self._added_at.update(dict.fromkeys(entries, self._clock()))
        ours = [one.address for one in entries if one not in self._foreign]
        refusals = self._addresses.add(ours).collect() if ours else []
        refused = {refusal.address: refusal for refusal in refusals}
        for one in entries:
            refusal = refused.get(one.address)
            self._note(one, refusal is not None)
            if refusal is None:
                self._reasons.pop(one, None)
            elif self._reasons.get(one) != refusal.text:
                log.error(f"static cannot add {refusal}")
                self._reasons[one] = refusal.text
                self._patience.refused(self._clock())
                self._wake()

    def _remove(self, entries: Sequence[StaticAddress]) -> None:
        ours = [one.address for one in entries if one not in self._foreign]
        self._foreign.difference_update(entries)
        for one in entries:
            self._added_at.pop(one, None)
            self._reasons.pop(one, None)
            self._note(one, False)
        for refusal in self._addresses.remove(ours):
            log.error(f"static cannot remove {refusal}")

    def _note(self, one: StaticAddress, missing: bool) -> None:
        if missing == (one in self._missing):
            return
        (self._missing.add if missing else self._missing.discard)(one)
        if self._tell_presence is not None and one.track_group is not None and not one.address.no_track:
            self._tell_presence(one.track_group, f"address {one.address}", not missing)


def _text(one: StaticAddress) -> str:
    place = f"{one.where}: " if one.where else ""
    return f"{place}address {one.address} dev {one.address.interface}"
