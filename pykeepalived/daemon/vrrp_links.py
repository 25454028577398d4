"""What interfaces and addresses mean for a virtual router: faults, and the address it speaks from.

Pure: the table of links goes in, facts come out.  Who watches the kernel and tells the routers is
:mod:`pykeepalived.daemon.vrrp_process`.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from ipaddress import IPv4Address, IPv6Address
from operator import attrgetter

from pykeepalived.kernel.addresses import RTPROT_KEEPALIVED
from pykeepalived.kernel.links import IFF_UP, Link, LinkTable
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress

IPAddress = IPv4Address | IPv6Address


def interfaces_of(settings: RouterSettings) -> tuple[str, ...]:
    """Every interface the router has to do with, its own first."""
    addresses = (held.interface for held in settings.all_addresses)
    links = (name for link in settings.links for name in (link.parent, link.name))
    names = dict.fromkeys([settings.interface, *links, *addresses, *settings.needed_interfaces])
    return tuple(name for name in names if name)


def interface_faults(
    settings: RouterSettings, table: LinkTable, is_up: Callable[[Link], bool] = attrgetter("usable")
) -> set[str]:
    """Why the router can't take part, as far as interfaces go; empty when it can.

    A missing interface is a fault in any case.  One that is down is none for ``dont_track_primary`` (own
    interface) and ``no_track`` (interface of an address), as in keepalived.  ``needed_interfaces`` are those
    of tracked routes and rules, and of static entries with a track group.  ``is_up``: whether an interface
    counts as up.  A link of the router's own is as its parent is, unless somebody switched it off.
    """
    tracked = {held.interface for held in settings.all_addresses if not held.no_track}
    tracked.update(settings.needed_interfaces)
    parents = {link.name: link.parent for link in settings.links}
    own = {settings.interface, *(name for name, parent in parents.items() if parent == settings.interface)}
    tracked = tracked | own if settings.track_interface else tracked - own
    tracked |= {parents[name] for name in tracked if name in parents}
    faults = {"no unicast peer"} if settings.unicast and not settings.peers else set()
    for name in interfaces_of(settings):
        link = table.link(name)
        if link is None:
            faults.add(f"interface {name} does not exist")
        elif name in tracked and not (link.flags & IFF_UP if name in parents else is_up(link)):
            faults.add(f"interface {name} down")
    return faults


def speaking_address(
    settings: RouterSettings, table: LinkTable, virtual: Container[IPAddress]
) -> IPAddress | None:
    """The source of this router's adverts; None when it has none now.

    ``virtual`` are the virtual addresses of this host: none of them is the host's own, even while it is
    Master.  By way of a macvlan the address is still that of the interface below; IPv6 needs none there, the
    link-local address that its MAC address stands for will do.
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
    if settings.advert_interface and not settings.speaks_by_vmac:
        stacked = table.link(settings.advert_interface)
        return None if stacked is None else table.primary_address(stacked.index, settings.family)
    found = table.primary_address(link.index, settings.family, besides=virtual)
    if found is None and settings.family == 6 and settings.speaks_by_vmac and len(link.mac) == 6:
        return link_local_of(link.mac)
    return found


def link_local_of(mac: bytes) -> IPv6Address:
    """The link-local address with an interface identifier made of a MAC address (RFC 4291 appendix A)."""
    identifier = bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]
    return IPv6Address(b"\xfe\x80" + bytes(6) + identifier)


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
    own = {link.name for link in settings.links}
    for virtual in settings.all_addresses:
        link = table.link(virtual.interface)
        held = None if link is None else table.held(link.index, virtual.address, virtual.prefix_length)
        if link is None or held is None:
            continue
        if held.protocol == RTPROT_KEEPALIVED or virtual.interface in own:
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
