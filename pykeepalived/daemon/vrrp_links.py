"""What interfaces and addresses mean for a virtual router: faults, and the address it speaks from.

Pure: the table of links goes in, facts come out.  Who watches the kernel and tells the routers is
:mod:`pykeepalived.daemon.vrrp_process`.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from ipaddress import IPv4Address, IPv6Address
from operator import attrgetter

from pykeepalived.kernel.addresses import RTPROT_KEEPALIVED
from pykeepalived.kernel.links import Link, LinkTable
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress

IPAddress = IPv4Address | IPv6Address


def interfaces_of(settings: RouterSettings) -> tuple[str, ...]:
    """Every interface the router has to do with, its own first."""
    addresses = (held.interface for held in settings.all_addresses)
    names = dict.fromkeys([settings.interface, *addresses, *settings.needed_interfaces])
    return tuple(name for name in names if name)


def interface_faults(
    settings: RouterSettings, table: LinkTable, is_up: Callable[[Link], bool] = attrgetter("usable")
) -> set[str]:
    """Why the router can't take part, as far as interfaces go; empty when it can.

    A missing interface is a fault in any case.  One that is down is none for ``dont_track_primary`` (own
    interface) and ``no_track`` (interface of an address), as in keepalived.  ``needed_interfaces`` are those
    of tracked routes and rules, and of static entries with a track group.  ``is_up``: whether an interface
    counts as up.
    """
    tracked = {held.interface for held in settings.all_addresses if not held.no_track}
    tracked.update(settings.needed_interfaces)
    tracked.discard(settings.interface)
    if settings.track_interface:
        tracked.add(settings.interface)
    faults = set()
    for name in interfaces_of(settings):
        link = table.link(name)
        if link is None:
            faults.add(f"interface {name} does not exist")
        elif name in tracked and not is_up(link):
            faults.add(f"interface {name} down")
    return faults


def speaking_address(
    settings: RouterSettings, table: LinkTable, virtual: Container[IPAddress]
) -> IPAddress | None:
    """The source of this router's adverts; None when it has none now.

    ``virtual`` are the virtual addresses of this host: none of them is the host's own, even while it is
    Master.
    """
    link = table.link(settings.interface) if settings.interface else None
    configured = settings.source_address
    if configured is not None:
        if not settings.track_source_address:
            return configured
        held = table.all_addresses() if link is None else table.addresses(link.index, configured.version)
        return configured if any(configured == one.address for one in held) else None
    if link is None:
        return None
    return table.primary_address(link.index, settings.family, besides=virtual)


def left_over(
    settings: RouterSettings, table: LinkTable
) -> tuple[list[VirtualAddress], list[VirtualAddress]]:
    """Addresses of this router that an earlier, killed daemon left in the kernel.

    Returns those to remove and those better left alone.  An address without our mark that is the only
    IPv4 one of its interface may be the host's own, given as a virtual one by mistake: removing it would
    cut the host off.  An address owner's addresses *are* the host's own; only marked ones are ours.
    """
    remove: list[VirtualAddress] = []
    leave: list[VirtualAddress] = []
    for virtual in settings.all_addresses:
        link = table.link(virtual.interface)
        held = None if link is None else table.held(link.index, virtual.address, virtual.prefix_length)
        if link is None or held is None:
            continue
        if held.protocol == RTPROT_KEEPALIVED:
            remove.append(virtual)
        elif settings.address_owner or _is_only_address(table, link.index, virtual):
            leave.append(virtual)
        else:
            remove.append(virtual)
    return remove, leave


def _is_only_address(table: LinkTable, index: int, virtual: VirtualAddress) -> bool:
    """Whether the host would have no IPv4 address on the interface without it (IPv6 has link-local ones)."""
    if virtual.address.version == 6:
        return False
    return all(held.address == virtual.address for held in table.addresses(index, 4))
