"""What was heard before the virtual routers existed: judged like other packets, and counted as waiting."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from pykeepalived.daemon.vrrp_transport import Arrival, Transport, judged
from pykeepalived.netio import early_listener
from pykeepalived.netio.early_listener import GROUPS, EarlyListener, EarlyPacket
from pykeepalived.plan.vrrp_wire import is_unicast
from pykeepalived.vrrp.settings import AuthenticationKind, RouterSettings

_DEFAULT_GROUPS = frozenset(ip_address(group) for group in GROUPS.values())


class EarlyHearing:
    """The process's early ears, from the first event of its routers on; empty in a restarted process."""

    def __init__(self, listener: EarlyListener | None = None) -> None:
        self._listener = early_listener.take() if listener is None else listener
        self._heard: dict[tuple[int, int], bool] = {}

    def since(self, transport: Transport, settings: RouterSettings) -> int | None:
        """Since when every advert for this router is in a queue of ours; None: only since its own socket."""
        endpoint = transport.endpoint_of(settings.name)
        listener = self._listener
        if listener is None or endpoint is None or settings.authentication.kind is AuthenticationKind.AH:
            return None
        if not is_unicast(settings) and settings.multicast_group not in _DEFAULT_GROUPS:
            return None
        key = settings.family, endpoint.socket.index
        heard = self._heard.get(key)
        if heard is None:
            # What is lost after this is in the routers' own sockets, which are open by now.
            heard = self._heard[key] = listener.heard_all(*key)
        return listener.since if heard else None

    def arrivals(self, transport: Transport) -> Iterator[Arrival]:
        """What was heard, for the routers that there are now.  Closes the ears.

        A packet of the last moment may be in a router's own socket too; the second one changes nothing.
        """
        listener, self._listener = self._listener, None
        if listener is None:
            return
        try:
            for family in (4, 6):
                for packet in listener.drain(family):
                    yield from _for_routers(transport, family, packet)
        finally:
            listener.close()

    def close(self) -> None:
        """Nobody will want it: the routers begin later, with what they hear themselves."""
        if self._listener is not None:
            self._listener.close()
        self._listener = None


def _for_routers(transport: Transport, family: int, packet: EarlyPacket) -> Iterator[Arrival]:
    for endpoint in transport.endpoints():
        if endpoint.receiver.family != family or endpoint.socket.index not in (0, packet.came_by):
            continue
        arrival = judged(endpoint, packet.datagram)
        if arrival.router:
            yield arrival
