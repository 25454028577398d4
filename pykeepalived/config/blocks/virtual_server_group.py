"""``virtual_server_group NAME { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.headers import name_header
from pykeepalived.config.actions.lvs import close_virtual_server_group
from pykeepalived.config.kinds.lvs import ServiceGroupKind
from pykeepalived.config.schema import Bound, block, lines, named
from pykeepalived.config.values import ServiceGroupEntry


@block("virtual_server_group", header=name_header(), header_words="NAME", closing=close_virtual_server_group)
class VirtualServerGroup(Bound):
    """A named list of address ranges and firewall marks for virtual_server headers."""

    name: str = named(default="", doc="its name")
    entries: tuple[ServiceGroupEntry, ...] = lines(
        "", ServiceGroupKind(), doc="Its address ranges and firewall marks, in order"
    )
