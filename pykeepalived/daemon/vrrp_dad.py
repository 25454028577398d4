"""Duplicate address detection of virtual IPv6 addresses (RFC 4862 section 5.4).

An address that wants it (``-nodad`` is keepalived's word for that) is tentative for about a second: it must
not be announced, and is announced as soon as the kernel is sure of it.  A duplicate is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.vrrp_actions import Runtime
from pykeepalived.kernel.links import IFA_F_DADFAILED, IFA_F_TENTATIVE, AddressOnLink, LinkTable
from pykeepalived.vrrp.settings import VirtualAddress

log = get_logger()


class DuplicateDetection:
    """Follows tentative addresses.

    ``announce`` is called once with a router's name and its address when others may be told of it.
    """

    def __init__(
        self,
        routers: Mapping[str, Runtime],
        links: LinkTable,
        announce: Callable[[str, VirtualAddress], None],
    ) -> None:
        self._routers = routers
        self._links = links
        self.announce = announce
        self._told: set[VirtualAddress] = set()

    def may_announce(self, virtual: VirtualAddress) -> bool:
        """Whether others may be told of the address now."""
        if not virtual.detects_duplicates:
            return True
        link = self._links.link(virtual.interface)
        held = None if link is None else self._links.held(link.index, virtual.address, virtual.prefix_length)
        return held is not None and not held.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)

    def observe(self, held: AddressOnLink) -> None:
        """The kernel has something new to say of an address."""
        link = self._links.links.get(held.index)
        if link is None or held.address.version != 6:
            return
        place = (link.name, held.address, held.prefix_length)
        for name, runtime in self._routers.items():
            virtual = runtime.taken.get(place)
            if virtual is None or not virtual.detects_duplicates:
                continue
            if held.flags & IFA_F_DADFAILED:
                if virtual not in self._told:
                    self._told.add(virtual)
                    log.error(
                        f"({name}) {virtual} dev {link.name}: another host has this address (duplicate"
                        " address detection); the kernel does not use it and nobody is told of it",
                        instance=name,
                    )
            elif not held.flags & IFA_F_TENTATIVE:
                self._told.discard(virtual)
                self.announce(name, virtual)
