"""Address lines of the configuration -> addresses as the kernel takes them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from pykeepalived.config.values import FOREVER
from pykeepalived.vrrp.settings import IFA_F_NODAD, VirtualAddress

if TYPE_CHECKING:
    from pykeepalived.config.values import AddressLine

# linux/if_addr.h
IFA_F_HOMEADDRESS = 0x10
IFA_F_MANAGETEMPADDR = 0x100
IFA_F_NOPREFIXROUTE = 0x200
IFA_F_MCAUTOJOIN = 0x400


def virtual_address(line: AddressLine, interface: str) -> VirtualAddress:
    """The address of a line; ``interface`` is for a line that names none."""
    six = line.address.version == 6
    flags = IFA_F_NODAD if six and not line.dad else 0
    flags |= IFA_F_HOMEADDRESS if line.home else 0
    flags |= IFA_F_MANAGETEMPADDR if line.mngtmpaddr else 0
    flags |= IFA_F_NOPREFIXROUTE if line.noprefixroute else 0
    flags |= IFA_F_MCAUTOJOIN if line.autojoin else 0
    lifetime = line.preferred_lft
    if lifetime is None and six and line.prefix_length == 128:
        # Otherwise the kernel would prefer it as the source of the host's own connections (RFC 6724).
        lifetime = 0
    elif lifetime == FOREVER:
        lifetime = None
    return VirtualAddress(
        address=line.address,
        prefix_length=line.prefix_length,
        interface=line.dev or interface,
        label=line.label,
        scope=line.scope or 0,
        broadcast=_broadcast(line),
        peer=line.peer,
        flags=flags,
        preferred_lifetime=lifetime,
        no_track=line.no_track,
    )


def _broadcast(line: AddressLine) -> IPv4Address | None:
    """``+`` sets all host bits, ``-`` clears them."""
    if not isinstance(line.broadcast, str):
        return line.broadcast
    network = IPv4Network((int(line.address), line.prefix_length), strict=False)
    return network.broadcast_address if line.broadcast == "+" else network.network_address
