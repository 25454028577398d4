"""``use_vmac``, ``use_vmac_addr``, ``use_ipvlan`` -> the interfaces to make, and which address goes where.

Names are keepalived's: ``vrrp.51``; when taken, ``vrrp6.51`` for IPv6, else ``vrrp1.51``, ``vrrp2.51`` ….
Placement is keepalived 2.4.3's: an address of the instance's family without a ``dev`` of its own lies on the
instance's macvlan; one on another interface, or of the other family, only with ``use_vmac_addr`` or its own
``use_vmac``, and then on a macvlan of that interface.  With ``use_ipvlan`` addresses stay on the base.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pykeepalived.config.resolving.vrids import family_of
from pykeepalived.vrrp.virtual_link import IpvlanMode, LinkKind, VirtualLink, virtual_mac

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
    from pykeepalived.config.values import AddressLine
    from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress

NAME_MAX = 15
_DEFAULT_PREFIX = "vrrp"


class LinkPlanner:
    """Plans the links of all instances of a configuration, in the order of the file."""

    def __init__(self, config: Config) -> None:
        defaults = config.global_defs
        self._prefix = defaults.vmac_prefix or _DEFAULT_PREFIX
        self._address_prefix = defaults.vmac_addr_prefix or self._prefix
        self._named = {
            written.name
            for block in config.vrrp_instances
            for written in (block.use_vmac, block.use_ipvlan)
            if written is not None and written.name
        }
        self._by_place: dict[tuple[str, bytes], VirtualLink] = {}

    def complete(self, block: VrrpInstance, settings: RouterSettings) -> RouterSettings:
        """``settings`` with the instance's links, its addresses on them, and where its adverts go."""
        lines = _lines(block, settings)
        for_addresses = block.use_vmac_addr or any(line.use_vmac for line in lines)
        if not (block.use_vmac or block.use_ipvlan or for_addresses):
            return settings
        mac = _mac(block, settings)
        own = self._own(block, settings, mac)
        extra: dict[str, VirtualLink] = {}

        def placed(virtual: VirtualAddress, line: AddressLine) -> VirtualAddress:
            same_family = line.address.version == settings.family
            if virtual.interface == settings.interface:
                if own is not None and own.kind is LinkKind.MACVLAN and same_family:
                    return replace(virtual, interface=own.name)
                wanted = line.use_vmac or (block.use_vmac_addr and not same_family)
            else:
                wanted = line.use_vmac or block.use_vmac_addr
            if not wanted:
                return virtual
            family = line.address.version
            link_mac = mac or virtual_mac(family, settings.vrid)
            link = self._macvlan(virtual.interface, family, link_mac, settings.vrid, block)
            extra[link.name] = link
            return replace(virtual, interface=link.name)

        all_addresses = [
            placed(virtual, line) for virtual, line in zip(settings.all_addresses, lines, strict=True)
        ]
        count = len(settings.addresses)
        speaking = "" if own is None or _speaks_by_base(block, settings) else own.name
        source = settings.source_address
        if source is None and own is not None:
            source = own.address
        links = (() if own is None else (own,)) + tuple(extra.values())
        return replace(
            settings,
            addresses=tuple(all_addresses[:count]),
            excluded_addresses=tuple(all_addresses[count:]),
            links=links,
            advert_interface=speaking,
            source_address=source,
        )

    def _own(self, block: VrrpInstance, settings: RouterSettings, mac: bytes) -> VirtualLink | None:
        if block.use_vmac is not None:
            written = block.use_vmac
            place = (settings.interface, mac or virtual_mac(settings.family, settings.vrid))
            link = VirtualLink(
                name=written.name or self._free_name(self._prefix, settings.vrid, settings.family),
                parent=settings.interface,
                family=settings.family,
                mac=place[1],
                group=written.group,
                notify=written.netlink_notify,
            )
            return self._by_place.setdefault(place, link)
        if block.use_ipvlan is not None:
            ipvlan = block.use_ipvlan
            return VirtualLink(
                name=ipvlan.name or self._free_name(self._prefix, settings.vrid, settings.family),
                parent=settings.interface,
                family=settings.family,
                kind=LinkKind.IPVLAN,
                group=ipvlan.group,
                mode=IpvlanMode[(ipvlan.mode or "bridge").upper()],
                address=ipvlan.address,
                prefix_length=ipvlan.prefix_length or 0,
            )
        return None

    def _macvlan(self, parent: str, family: int, mac: bytes, vrid: int, block: VrrpInstance) -> VirtualLink:
        """One for addresses alone; addresses of one VRID and family on one interface share it."""
        known = self._by_place.get((parent, mac))
        if known is None:
            name = self._free_name(self._address_prefix, vrid, family)
            group = None if block.use_vmac is None else block.use_vmac.group
            known = self._by_place[parent, mac] = VirtualLink(name, parent, family, mac=mac, group=group)
        return known

    def _free_name(self, prefix: str, vrid: int, family: int) -> str:
        number = 0
        while True:
            name = _name(prefix, str(number or ""), vrid)
            if name not in self._named:
                self._named.add(name)
                return name
            if family == 6:
                number = 6 if number == 0 else 1 if number == 6 else number + 2 if number == 5 else number + 1
            else:
                number += 1


def _speaks_by_base(block: VrrpInstance, settings: RouterSettings) -> bool:
    """``vmac_xmit_base``: only with a macvlan, and the virtual MAC address is a must in strict mode."""
    return block.vmac_xmit_base and block.use_vmac is not None and not settings.strict_mode


def _name(prefix: str, number: str, vrid: int) -> str:
    """Cut in the prefix, so that what tells names apart stays."""
    tail = f"{number}.{vrid}"
    return prefix[: NAME_MAX - len(tail)] + tail


def _mac(block: VrrpInstance, settings: RouterSettings) -> bytes:
    """The MAC address that the instance names, complete; empty for the RFC's.  Strict mode allows none."""
    written = block.use_vmac.mac if block.use_vmac is not None else None
    if written is None or settings.strict_mode:
        return b""
    return written if len(written) == 6 else written + bytes([settings.vrid])


def _lines(block: VrrpInstance, settings: RouterSettings) -> list[AddressLine]:
    """The address lines in the order of ``settings.all_addresses``."""
    family = family_of(block)
    own = [line for line in block.virtual_ipaddress if line.address.version == family]
    count = len(settings.addresses)
    return [*own[:count], *own[count:], *block.virtual_ipaddress_excluded]
