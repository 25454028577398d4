"""``virtual_server_group NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.schema import Bound, block, named
from pykeepalived.config.values import ServiceGroupEntry


@block("virtual_server_group")
class VirtualServerGroup(Bound):
    """A named list of address ranges and firewall marks for virtual_server headers."""

    name: str = named(default="", doc="its name")
    entries: tuple[ServiceGroupEntry, ...] = named(default=(), doc="its lines, in order")
