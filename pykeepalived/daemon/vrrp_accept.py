"""Who may be reached at its virtual addresses: nftables follows the states of the routers.

A Master with Accept_Mode false gets its addresses into the drop sets before they are in the kernel and out
of them after they have left it; the macvlans of everybody else are on standby.  Each change is one atomic
batch of elements that were encoded beforehand.  The table belongs to our socket where the kernel can do that
(Linux 5.12), so it ends with the process, however that ends.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.vrrp_actions import Runtime
from pykeepalived.kernel import nft_messages as nft
from pykeepalived.kernel import nft_vrrp
from pykeepalived.kernel.netlink import Refusal
from pykeepalived.kernel.nft_messages import Table
from pykeepalived.kernel.nftables import NftSocket
from pykeepalived.plan.firewall import FirewallSettings
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.states import Master
from pykeepalived.vrrp.virtual_link import LinkKind

log = get_logger()

_Place = tuple[int, str, bytes]
"""Family, set and key: where an element lies."""

_NOT_OWNABLE = frozenset({errno.EOPNOTSUPP, errno.EINVAL})


class Firewall:
    """The table of all routers.  ``index_of`` gives an interface's index, None while there is none."""

    def __init__(
        self,
        index_of: Callable[[str], int | None],
        *,
        open_socket: Callable[[], NftSocket] = NftSocket,
    ) -> None:
        self._index_of = index_of
        self._open_socket = open_socket
        self._settings = FirewallSettings()
        self._socket: NftSocket | None = None
        self._tables: dict[int, Table] = {}
        self._holders: dict[_Place, set[str]] = {}
        self._encoded: dict[_Place, bytes] = {}
        self._broken: str | None = None

    # ------------------------------------------------------------ wishes

    def configure(self, settings: FirewallSettings, routers: Iterable[Runtime]) -> None:
        """Have the table that these routers need, in line with their states; none when none is needed."""
        runtimes = list(routers)
        if settings != self._settings:
            self._drop_tables()
            self._settings = settings
        families = {family for runtime in runtimes for family in _families(runtime.settings)}
        if families != set(self._tables):
            self._drop_tables()
            if families:
                self._make_tables(families)
        if not self._tables:
            return
        self._prepare(runtimes)
        wanted: dict[_Place, set[str]] = {}
        for runtime in runtimes:
            for place in self._places(runtime):
                wanted.setdefault(place, set()).add(runtime.settings.name)
        self._apply(
            [place for place in wanted if place not in self._holders],
            [place for place in self._holders if place not in wanted],
        )
        self._holders = wanted

    def before_taking(self, settings: RouterSettings, addresses: Sequence[VirtualAddress]) -> None:
        """The router is Master and takes these addresses next."""
        if self._tables:
            adding = [] if settings.accept_mode else self._address_places(addresses)
            self._change(settings.name, adding, self._standby_places(settings))

    def after_releasing(self, settings: RouterSettings, addresses: Sequence[VirtualAddress]) -> None:
        """The router has let these addresses go."""
        if self._tables:
            self._change(settings.name, (), self._address_places(addresses))

    def on_state(self, settings: RouterSettings, *, master: bool) -> None:
        """The router is Master, or something else, from now on."""
        if self._tables:
            places = self._standby_places(settings)
            self._change(settings.name, () if master else places, places if master else ())

    def close(self) -> None:
        """Remove the table."""
        self._drop_tables()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # ------------------------------------------------------------ what belongs where

    def _places(self, runtime: Runtime) -> list[_Place]:
        """What the table holds for a router in its present state."""
        settings = runtime.settings
        if not isinstance(runtime.core.state, Master):
            return self._standby_places(settings)
        return [] if settings.accept_mode else self._address_places(runtime.taken.values())

    def _standby_places(self, settings: RouterSettings) -> list[_Place]:
        return [
            (link.family, *nft_vrrp.standby_key(link.name))
            for link in settings.links
            if link.kind is LinkKind.MACVLAN
        ]

    def _address_places(self, addresses: Iterable[VirtualAddress]) -> list[_Place]:
        by_index = self._settings.by_index
        return [
            (
                virtual.address.version,
                *nft_vrrp.address_key(
                    virtual.address,
                    virtual.interface,
                    (self._index_of(virtual.interface) or 0) if by_index else 0,
                    by_index=by_index,
                ),
            )
            for virtual in addresses
        ]

    def _prepare(self, runtimes: Iterable[Runtime]) -> None:
        """Encode what a change of state will need."""
        self._encoded = {}
        for runtime in runtimes:
            settings = runtime.settings
            places = self._standby_places(settings)
            if not settings.accept_mode:
                places += self._address_places(settings.all_addresses)
            for place in places:
                self._encoded[place] = nft.encoded_key(place[2])

    # ------------------------------------------------------------ into the kernel

    def _change(self, name: str, adding: Sequence[_Place], removing: Sequence[_Place]) -> None:
        added: list[_Place] = []
        removed: list[_Place] = []
        for place in adding:
            holders = self._holders.get(place)
            if holders is None:
                self._holders[place] = {name}
                added.append(place)
            else:
                holders.add(name)
        for place in removing:
            holders = self._holders.get(place)
            if holders is not None:
                holders.discard(name)
                if not holders or place[1] == nft_vrrp.STANDBY:
                    # A shared macvlan is in service as soon as one of its routers is Master.
                    del self._holders[place]
                    removed.append(place)
        self._apply(added, removed)

    def _apply(self, adding: Sequence[_Place], removing: Sequence[_Place]) -> None:
        if self._socket is None or not (adding or removing):
            return
        messages = self._batch(adding, adding_them=True) + self._batch(removing, adding_them=False)
        self._report(self._send(messages), "cannot be changed")

    def _batch(self, places: Sequence[_Place], *, adding_them: bool) -> list[bytes]:
        by_set: dict[tuple[int, str], list[bytes]] = {}
        for place in places:
            family, name, key = place
            if family in self._tables:
                element = self._encoded.get(place) or nft.encoded_key(key)
                by_set.setdefault((family, name), []).append(element)
        encode = nft.add_encoded if adding_them else nft.delete_encoded
        return [
            message
            for (family, name), elements in by_set.items()
            for message in encode(self._tables[family], name, elements)
        ]

    def _make_tables(self, families: Iterable[int]) -> None:
        settings = self._settings
        try:
            if self._socket is None:
                self._socket = self._open_socket()
            tables = {family: nft_vrrp.table_of(family, settings.table) for family in sorted(families)}
            # What is left of a process that could not own its table, or of keepalived.
            refused = self._socket.remove_tables(
                *(nft_vrrp.table_of(family, settings.table) for family in (4, 6))
            )
            if not refused:
                refused = self._send(self._layout(tables, owned=True))
            if any(refusal.errno in _NOT_OWNABLE for refusal in refused):
                refused = self._send(self._layout(tables, owned=False))
        except OSError as problem:
            self._complain(f"cannot be made: {problem.strerror or problem}")
            return
        if refused:
            self._complain(f"cannot be made: {_why(refused)}")
            return
        self._broken = None
        self._tables = tables
        log.debug(f"nftables: made table {settings.table}")

    def _layout(self, tables: dict[int, Table], *, owned: bool) -> list[bytes]:
        settings = self._settings
        return [
            message
            for table in tables.values()
            for message in nft_vrrp.layout(
                table,
                priority=settings.priority,
                by_index=settings.by_index,
                counters=settings.counters,
                owned=owned,
            )
        ]

    def _drop_tables(self) -> None:
        if self._tables and self._socket is not None:
            self._report(self._socket.remove_tables(*self._tables.values()), "cannot be removed")
        self._tables = {}
        self._holders = {}

    def _send(self, messages: Sequence[bytes]) -> list[Refusal]:
        if self._socket is None:
            return []
        try:
            return self._socket.apply(messages)
        except OSError as problem:
            return [Refusal(-1, problem.errno or 0, problem.strerror or str(problem))]

    def _report(self, refused: Sequence[Refusal], what: str) -> None:
        if refused:
            self._complain(f"{what}: {_why(refused)}")

    def _complain(self, what: str) -> None:
        """Once for each new trouble."""
        text = f"nftables table {self._settings.table} {what}"
        if text != self._broken:
            self._broken = text
            log.error(f"{text}; Masters may accept packets they should not, Backups too")


def _families(settings: RouterSettings) -> set[int]:
    """The families in which the router needs rules."""
    families = {link.family for link in settings.links if link.kind is LinkKind.MACVLAN}
    if not settings.accept_mode:
        families |= {virtual.address.version for virtual in settings.all_addresses}
    return families


def _why(refused: Sequence[Refusal]) -> str:
    if any(refusal.errno == errno.EPERM for refusal in refused):
        return "it belongs to another process (choose a name with 'nftables NAME' in global_defs)"
    return str(refused[0])
