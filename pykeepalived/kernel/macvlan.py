"""Macvlans and ipvlans in bytes: making them, giving them the settings that VRRP needs, removing them.

Everything is addressed by name, so that one batch can make an interface and set it up before its index is
known.  Facts: ``linux/if_link.h``, ``linux/ip.h`` (IPV4_DEVCONF_*), rtnetlink(7).
"""

from __future__ import annotations

import struct

from pykeepalived.kernel.links import (
    IFLA_ADDRESS,
    IFLA_GROUP,
    IFLA_IFALIAS,
    IFLA_IFNAME,
    IFLA_LINK,
    IFLA_LINKINFO,
    IFLA_MASTER,
    IFLA_MTU,
    Link,
)
from pykeepalived.kernel.netlink import (
    NLM_F_CREATE,
    NLM_F_EXCL,
    RTM_DELLINK,
    RTM_NEWADDR,
    RTM_NEWLINK,
    attribute,
    message,
)
from pykeepalived.vrrp.virtual_link import LinkKind, VirtualLink

ALIAS_PREFIX = "pykeepalived "
"""What ``ip link`` shows as the alias of our interfaces, before the names of the routers."""

IPV4_CONF_OF_VMAC = {"rp_filter": 0, "arp_ignore": 1, "promote_secondaries": 1, "accept_local": 1}
"""keepalived's: the macvlan hears packets whose senders are reached through its parent, and answers ARP for
its own addresses only; losing the first address of a subnet does not cost the others."""

_DEVCONF = {"rp_filter": 8, "arp_ignore": 19, "promote_secondaries": 20, "accept_local": 23}
_IFLA_AF_SPEC = 26
_IFLA_INET_CONF = 1
_IFLA_INET6_ADDR_GEN_MODE, _ADDR_GEN_NONE = 8, 1
_INFO_KIND, _INFO_DATA = 1, 2
_MACVLAN_MODE, _MACVLAN_MODE_PRIVATE = 1, 1
_IPVLAN_MODE, _IPVLAN_FLAGS, _IPVLAN_MODE_L2 = 1, 2, 0
_AF_INET, _AF_INET6 = 2, 10
_IFF_UP = 0x1
_IFINFOMSG = struct.Struct("=BxHiII")
_IFADDRMSG = struct.Struct("=BBBBI")
_U16, _U32 = struct.Struct("=H"), struct.Struct("=I")
_IFA_ADDRESS, _IFA_LOCAL, _IFA_PROTO = 1, 2, 11
_RTPROT_KEEPALIVED = 18
_ANY = _IFINFOMSG.pack(0, 0, 0, 0, 0)


def _name(name: str) -> bytes:
    return attribute(IFLA_IFNAME, name.encode() + b"\0")


def _number(kind: int, value: int) -> bytes:
    return attribute(kind, _U32.pack(value))


def encode_create(link: VirtualLink, parent: Link, *, group: int, master: int) -> bytes:
    """RTM_NEWLINK for an interface that does not exist; it is down at first.

    ``master`` is the index of the VRF that the parent is part of, 0 for none.
    """
    if link.kind is LinkKind.MACVLAN:
        data = _number(_MACVLAN_MODE, _MACVLAN_MODE_PRIVATE)
    else:
        data = attribute(_IPVLAN_MODE, _U16.pack(_IPVLAN_MODE_L2))
        data += attribute(_IPVLAN_FLAGS, _U16.pack(link.mode))
    kind = attribute(_INFO_KIND, link.kind.value.encode())
    parts = [
        _ANY,
        _number(IFLA_LINK, parent.index),
        _name(link.name),
        _number(IFLA_GROUP, group),
        attribute(IFLA_LINKINFO, kind + attribute(_INFO_DATA, data)),
    ]
    if link.mac:
        parts.append(attribute(IFLA_ADDRESS, link.mac))
    if master:
        parts.append(_number(IFLA_MASTER, master))
    return message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, b"".join(parts))


def encode_alias(name: str, alias: str) -> bytes:
    """Write who made it into the interface."""
    return _change(name, attribute(IFLA_IFALIAS, alias.encode()[:255]))


def encode_ipv4_settings(name: str, values: dict[str, int]) -> bytes:
    """What /proc/sys/net/ipv4/conf/NAME has, also where /proc/sys is read-only (containers)."""
    conf = b"".join(_number(_DEVCONF[key], value) for key, value in values.items())
    return _change(name, attribute(_IFLA_AF_SPEC, attribute(_AF_INET, attribute(_IFLA_INET_CONF, conf))))


def encode_no_link_local(name: str) -> bytes:
    """No automatic link-local address: RFC 9568 section 7.4 forbids one made of the virtual MAC address.

    Refused by a kernel without IPv6.
    """
    mode = attribute(_IFLA_INET6_ADDR_GEN_MODE, bytes([_ADDR_GEN_NONE]))
    return _change(name, attribute(_IFLA_AF_SPEC, attribute(_AF_INET6, mode)))


def encode_up(name: str) -> bytes:
    """Switch it on."""
    return message(RTM_NEWLINK, 0, _IFINFOMSG.pack(0, 0, 0, _IFF_UP, _IFF_UP) + _name(name))


def encode_mtu(name: str, mtu: int) -> bytes:
    """Follow the parent's MTU when it grows; the kernel itself follows when it shrinks."""
    return _change(name, _number(IFLA_MTU, mtu))


def encode_master(name: str, master: int) -> bytes:
    """Into a VRF, or (0) out of it."""
    return _change(name, _number(IFLA_MASTER, master))


def encode_group(name: str, group: int) -> bytes:
    """Put it into a group of interfaces."""
    return _change(name, _number(IFLA_GROUP, group))


def encode_delete(name: str) -> bytes:
    """Remove one interface."""
    return message(RTM_DELLINK, 0, _ANY + _name(name))


def encode_delete_group(group: int) -> bytes:
    """Remove every interface of a group at once: one grace period of the kernel instead of one for each."""
    return message(RTM_DELLINK, 0, _ANY + _number(IFLA_GROUP, group))


def encode_address(link: VirtualLink, index: int) -> bytes:
    """The address that an ipvlan speaks from."""
    address = link.address
    assert address is not None
    fixed = _IFADDRMSG.pack(_AF_INET if address.version == 4 else _AF_INET6, link.prefix_length, 0, 0, index)
    parts = [attribute(_IFA_LOCAL, address.packed), attribute(_IFA_ADDRESS, address.packed)]
    parts.append(attribute(_IFA_PROTO, bytes([_RTPROT_KEEPALIVED])))
    return message(RTM_NEWADDR, NLM_F_CREATE | 0x100, fixed + b"".join(parts))


def _change(name: str, change: bytes) -> bytes:
    return message(RTM_NEWLINK, 0, _ANY + _name(name) + change)
