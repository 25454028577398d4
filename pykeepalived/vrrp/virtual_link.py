"""An interface that a virtual router has for itself, on top of a real one."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

VRRP_MAC_PREFIX = {4: bytes.fromhex("00005e0001"), 6: bytes.fromhex("00005e0002")}
"""IANA's block for VRRP, by family; the VRID is the sixth octet (RFC 9568 section 7.3)."""


class LinkKind(enum.Enum):
    """The kernel's name of the device type."""

    MACVLAN = "macvlan"
    IPVLAN = "ipvlan"


class IpvlanMode(enum.IntEnum):
    """How ipvlans of one parent see each other (IPVLAN_F_* flags); the same for all of a parent."""

    BRIDGE = 0
    PRIVATE = 1
    VEPA = 2


@dataclass(frozen=True, slots=True)
class VirtualLink:
    """One such interface: a private macvlan with the virtual MAC address, or an ipvlan in L2 mode.

    ``family`` (4 or 6) is that of the addresses it carries.  ``mac`` is empty for an ipvlan.  ``group`` is a
    number or a name of /etc/iproute2/group; None copies the parent's.  ``address`` is what an ipvlan speaks
    from, with its prefix length.  ``notify``: have the kernel tell of the parent once it is made.
    """

    name: str
    parent: str
    family: int
    kind: LinkKind = LinkKind.MACVLAN
    mac: bytes = b""
    group: str | None = None
    mode: IpvlanMode = IpvlanMode.BRIDGE
    address: IPv4Address | IPv6Address | None = None
    prefix_length: int = 0
    notify: bool = False


def virtual_mac(family: int, vrid: int) -> bytes:
    """The virtual router MAC address of RFC 9568 section 7.3."""
    return VRRP_MAC_PREFIX[family] + bytes([vrid])


def is_virtual_mac(mac: bytes) -> bool:
    """Whether an address is from the block that only virtual routers use."""
    return mac[:5] in VRRP_MAC_PREFIX.values()
