"""How fast announcements may follow each other on an interface: ``vrrp_garp_interval``, ``garp_group``.

Each real interface has a pace of its own; the interfaces of one ``garp_group`` share theirs, and an interface
that a router made for itself shares that of its parent (whatever is sent on it goes out there).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pykeepalived.base.units import seconds_to_ns

if TYPE_CHECKING:
    from pykeepalived.config.blocks.garp_group import GarpGroup
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.vrrp.settings import RouterSettings


@dataclass(frozen=True, slots=True)
class InterfacePace:
    """The gaps after a gratuitous ARP and after a neighbour advertisement.

    Interfaces with the same ``channel`` wait for each other.
    """

    interface: str
    channel: str
    garp_ns: int = 0
    gna_ns: int = 0


def plan_pacing(config: Config, routers: Iterable[RouterSettings]) -> tuple[InterfacePace, ...]:
    """The pace of each interface that announcements go out on, as far as one is asked for."""
    defaults = config.global_defs
    if not (defaults.vrrp_garp_interval or defaults.vrrp_gna_interval or config.garp_groups):
        return ()
    groups: dict[str, tuple[str, GarpGroup]] = {}
    for number, group in enumerate(config.garp_groups):
        names = [entry.name for entry in group.interfaces]
        if group.interface is not None:
            names.append(group.interface)
        for name in names:
            groups.setdefault(name, (f"garp_group {number + 1}", group))
    paces: dict[str, InterfacePace] = {}
    for settings in routers:
        parents = {link.name: link.parent for link in settings.links}
        for virtual in settings.all_addresses:
            interface = virtual.interface
            real = parents.get(interface, interface)
            channel, found = groups.get(real, (real, None))
            garp, gna = defaults.vrrp_garp_interval, defaults.vrrp_gna_interval
            if found is not None:
                garp = garp if found.garp_interval is None else found.garp_interval
                gna = gna if found.gna_interval is None else found.gna_interval
            if garp or gna:
                pace = InterfacePace(interface, channel, seconds_to_ns(garp), seconds_to_ns(gna))
                paces.setdefault(interface, pace)
    return tuple(paces.values())
