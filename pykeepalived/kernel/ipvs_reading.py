"""Reading the servers of a large table again: what was decoded once is recognised by its bytes.

A reload reads the kernel's whole table, and nearly every server in it is as it was the last time.  A message
about a server begins with its settings; counters follow.  Equal settings are equal bytes, and give the very
object of the last time, which also makes comparing tables quick.
"""

from __future__ import annotations

from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import places
from pykeepalived.kernel.ipvs_connections import ACTIVE
from pykeepalived.lvs.service import Destination

_HEADER = 4
_SETTINGS = (
    messages.DEST_ADDR,
    messages.DEST_PORT,
    messages.DEST_FWD_METHOD,
    messages.DEST_WEIGHT,
    messages.DEST_U_THRESH,
    messages.DEST_L_THRESH,
    messages.DEST_TUN_TYPE,
    messages.DEST_TUN_PORT,
    messages.DEST_TUN_FLAGS,
)

Settings = tuple[bytes, bytes, int]
"""The message up to its counters, the server's address family behind them, the family of the service."""


class DestinationReader:
    """Decodes messages of GET_DEST answers.  ``begin`` a whole table with it."""

    def __init__(self) -> None:
        self._layout: tuple[int, int] | None = None
        self._known: dict[Settings, Destination] = {}
        self._before: dict[Settings, Destination] = {}

    def begin(self) -> None:
        """A table is read anew: what is not in it is forgotten the next time."""
        self._before, self._known = self._known, {}

    def decode(self, message: memoryview, service_family: int) -> Destination:
        """The server of a message."""
        if self._layout is None:
            self._layout = _layout(message)
            if self._layout is None:
                return messages.decode_destination(message, service_family)
        end, family = self._layout
        settings = (bytes(message[:end]), bytes(message[family : family + _HEADER + 2]), service_family)
        found = self._known.get(settings) or self._before.get(settings)
        if found is None:
            found = messages.decode_destination(message, service_family)
            if _layout(message) != self._layout:
                return found
        self._known[settings] = found
        return found


def _layout(message: memoryview) -> tuple[int, int] | None:
    """Where the counters begin, their first header included, and where the family stands.

    None for a kernel whose messages are built in another order, or without the family (before 3.18).
    """
    outer = places(message).get(messages.ATTR_DEST)
    if outer is None:
        return None
    start = outer[0]
    at = {kind: start + place for kind, (place, _) in places(message[start : outer[1]]).items()}
    if ACTIVE not in at or messages.DEST_ADDR_FAMILY not in at:
        return None
    if any(at.get(kind, 0) > at[ACTIVE] for kind in _SETTINGS):
        return None
    return at[ACTIVE], at[messages.DEST_ADDR_FAMILY] - _HEADER
