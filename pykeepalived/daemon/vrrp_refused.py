"""Virtual addresses that the kernel refused to a Master: tried again until it takes them.

An interface without IPv6, a network that cannot take it yet: what was wrong may be mended without the router
changing its state.  It is tried again when an interface or an address changes, and after 1 s, 2 s, 4 s and
so on up to 32 s; the log has a line when the kernel's reason changes, and one when it gives in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.patience import Patience
from pykeepalived.daemon.vrrp_actions import Runtime, place_of
from pykeepalived.kernel.addresses import CHUNK, AddressRefusal, AddressTable
from pykeepalived.vrrp.settings import VirtualAddress

log = get_logger()


@dataclass(frozen=True, slots=True)
class RefusedKey:
    """Names the deadline of addresses that the kernel refused."""


class RefusedAddresses:
    """``announce`` is told of an address that could be added after all, and its router."""

    def __init__(
        self,
        routers: Mapping[str, Runtime],
        addresses: AddressTable,
        *,
        announce: Callable[[str, VirtualAddress], None],
        set_deadline: Callable[[Hashable, int | None], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._routers = routers
        self._addresses = addresses
        self._announce = announce
        self._set_deadline = set_deadline
        self._clock = clock
        self._patience = Patience()
        self._concerned: dict[str, None] = {}

    def note(self, name: str, refusals: Iterable[AddressRefusal]) -> None:
        """These of a router were refused just now."""
        for refusal in refusals:
            self._remember(name, refusal)
            self._concerned[name] = None
            self._patience.refused(self._clock())
            self._set_deadline(RefusedKey(), self._patience.due_at)

    def on_deadline(self) -> None:
        """Try all of them again."""
        self._try(None)

    def changed(self, interfaces: Container[str]) -> None:
        """These interfaces have changed, or their addresses have: what waits for them may be possible now."""
        if self._concerned:
            self._try(interfaces)

    def _try(self, interfaces: Container[str] | None) -> None:
        for name in list(self._concerned):
            runtime = self._routers.get(name)
            places = () if runtime is None else tuple(runtime.refused)
            if runtime is None or not places:
                del self._concerned[name]
                continue
            here = [place for place in places if interfaces is None or place[0] in interfaces]
            self._add(name, [runtime.taken[place] for place in here if place in runtime.taken])
            if not runtime.refused:
                del self._concerned[name]
        self._patience.tried(self._clock(), left=bool(self._concerned))
        self._set_deadline(RefusedKey(), self._patience.due_at)

    def _add(self, name: str, virtual_addresses: Sequence[VirtualAddress]) -> None:
        for start in range(0, len(virtual_addresses), CHUNK):
            chunk = virtual_addresses[start : start + CHUNK]
            refusals = {refusal.address: refusal for refusal in self._addresses.add(chunk).collect()}
            for virtual in chunk:
                if virtual in refusals:
                    self._remember(name, refusals[virtual])
                    continue
                del self._routers[name].refused[place_of(virtual)]
                where = f"{virtual} dev {virtual.interface}"
                log.warning(f"({name}) {where} could be added now", instance=name)
                self._announce(name, virtual)

    def _remember(self, name: str, refusal: AddressRefusal) -> None:
        refused, place = self._routers[name].refused, place_of(refusal.address)
        if refused.get(place) != refusal.text:
            log.error(f"({name}) cannot add {refusal}", instance=name)
        refused[place] = refusal.text
