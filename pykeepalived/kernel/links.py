"""Interfaces and their addresses as the kernel tells them: a first dump, then events.

Decoded by hand (8 us an event, pyroute2 needs 300): a link flap storm must not keep a router from its
adverts.  :class:`LinkTable` is a value that messages are fed into; :class:`LinkMonitor` owns the sockets.
"""

from __future__ import annotations

import enum
import ipaddress
import struct
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from pykeepalived.kernel.netlink import (
    RTM_DELADDR,
    RTM_DELLINK,
    RTM_GETADDR,
    RTM_GETLINK,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTMGRP_IPV4_IFADDR,
    RTMGRP_IPV6_IFADDR,
    RTMGRP_LINK,
    EventSocket,
    Reply,
    RequestSocket,
    attributes,
)

_IFINFOMSG = struct.Struct("=BxHiII")
_IFADDRMSG = struct.Struct("=BBBBI")
_U32 = struct.Struct("=I")

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER, IFLA_OPERSTATE = 1, 3, 4, 5, 10, 16
IFLA_LINKINFO, IFLA_IFALIAS, IFLA_GROUP = 18, 20, 27
_INFO_KIND = 1
IFA_ADDRESS, IFA_LOCAL, IFA_LABEL, IFA_FLAGS, IFA_PROTO = 1, 2, 3, 8, 11

IFF_UP = 0x1
IFF_LOOPBACK = 0x8
IFF_POINTOPOINT = 0x10
IFF_RUNNING = 0x40
IFF_NOARP = 0x80

IFA_F_SECONDARY = 0x01
IFA_F_TENTATIVE = 0x40
IFA_F_DADFAILED = 0x08

ARPHRD_ETHER = 1

RT_SCOPE_LINK = 253

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_OnLink = tuple[Address, int]  # address and prefix length: what one link's addresses are told apart by
_Family = tuple[int, int]  # index of an interface, 4 or 6


class OperState(enum.IntEnum):
    """RFC 2863 operational states, numbered as in ``linux/if.h``."""

    UNKNOWN = 0
    NOTPRESENT = 1
    DOWN = 2
    LOWERLAYERDOWN = 3
    TESTING = 4
    DORMANT = 5
    UP = 6


@dataclass(frozen=True, slots=True)
class Link:
    """One interface.

    ``parent`` and ``master`` are indices: the interface it is stacked on, and the bridge, bond or VRF that it
    is part of; 0 is none.  ``kind`` is the kernel's name of a virtual device type, empty for real ones.
    """

    index: int
    name: str
    flags: int
    operstate: int
    mac: bytes
    mtu: int
    hardware_type: int
    parent: int = 0
    master: int = 0
    group: int = 0
    kind: str = ""
    alias: str = ""

    @property
    def usable(self) -> bool:
        """Up, and connected as far as the driver can tell.

        keepalived wants IFF_UP and IFF_RUNNING, the kernel's summary of administrative and operational
        state; so do we.
        """
        return self.flags & (IFF_UP | IFF_RUNNING) == IFF_UP | IFF_RUNNING

    @property
    def speaks_arp(self) -> bool:
        """Gratuitous ARP and neighbour advertisements mean something on it."""
        return not self.flags & (IFF_NOARP | IFF_LOOPBACK | IFF_POINTOPOINT) and len(self.mac) == 6


@dataclass(frozen=True, slots=True)
class AddressOnLink:
    """One address of one interface, as the kernel holds it."""

    index: int
    address: Address
    prefix_length: int
    scope: int
    flags: int
    label: str = ""
    protocol: int = 0
    """Who put it there (IFA_PROTO, Linux 5.18 and later); 0 is unknown."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """An interface appeared or changed; ``before`` is None for a new one."""

    before: Link | None
    link: Link


@dataclass(frozen=True, slots=True)
class LinkRemoved:
    """An interface is gone, and its addresses with it."""

    link: Link


@dataclass(frozen=True, slots=True)
class AddressAdded:
    """An address appeared, or an attribute of it changed."""

    address: AddressOnLink


@dataclass(frozen=True, slots=True)
class AddressRemoved:
    """An address is gone."""

    address: AddressOnLink


Change = LinkChanged | LinkRemoved | AddressAdded | AddressRemoved


class LinkTable:
    """What is known of the interfaces of this network namespace."""

    def __init__(self) -> None:
        self.links: dict[int, Link] = {}
        self._index_of: dict[str, int] = {}
        self._addresses: dict[_Family, dict[_OnLink, AddressOnLink]] = {}

    def link(self, name: str) -> Link | None:
        """The interface of that name."""
        index = self._index_of.get(name)
        return None if index is None else self.links.get(index)

    def addresses(self, index: int, version: int) -> list[AddressOnLink]:
        """Addresses of an interface in one family (4 or 6), in the order in which they became known."""
        return list(self._addresses.get((index, version), {}).values())

    def all_addresses(self) -> list[AddressOnLink]:
        """Every address of every interface."""
        return [held for on_link in self._addresses.values() for held in on_link.values()]

    def held(self, index: int, address: Address, prefix_length: int) -> AddressOnLink | None:
        """The address as the kernel has it; None when it has not."""
        return self._addresses.get((index, address.version), {}).get((address, prefix_length))

    def primary_address(
        self, index: int, version: int, *, besides: Container[Address] = ()
    ) -> Address | None:
        """What adverts are sent from: the first primary IPv4 address that is not one of ``besides`` (the
        virtual ones), or the first usable link-local IPv6 address (RFC 5798 section 5.1.1.1, 5.1.2.1).
        """
        best: Address | None = None
        # No copy: this is asked for every router, and its interface may have an address of each.
        for held in self._addresses.get((index, version), {}).values():
            if held.address in besides:
                continue
            if version == 4:
                if held.scope >= RT_SCOPE_LINK:
                    best = best or held.address
                elif not held.flags & IFA_F_SECONDARY:
                    return held.address
            elif held.address.is_link_local and not held.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED):
                return held.address
        return best

    def feed(self, messages: Iterable[Reply]) -> list[Change]:
        """Take in kernel messages; what they change, in order.  What is known already is no change."""
        changes: list[Change] = []
        for message in messages:
            if message.kind == RTM_NEWLINK:
                self._put_link(message, changes)
            elif message.kind == RTM_DELLINK:
                self._remove_link(message, changes)
            elif message.kind in (RTM_NEWADDR, RTM_DELADDR):
                self._feed_address(message, changes)
        return changes

    def replace_by(self, links: Sequence[Reply], addresses: Sequence[Reply]) -> list[Change]:
        """Take a complete dump; whatever it does not contain is gone."""
        fresh = LinkTable()
        fresh.feed(links)
        fresh.feed(addresses)
        changes: list[Change] = [
            AddressRemoved(held) for held in self.all_addresses() if fresh._same(held) is None
        ]
        changes += [LinkRemoved(old) for index, old in self.links.items() if index not in fresh.links]
        changes += [
            LinkChanged(self.links.get(index), new)
            for index, new in fresh.links.items()
            if self.links.get(index) != new
        ]
        changes += [AddressAdded(held) for held in fresh.all_addresses() if self._same(held) != held]
        self.links, self._index_of, self._addresses = fresh.links, fresh._index_of, fresh._addresses
        return changes

    def _same(self, held: AddressOnLink) -> AddressOnLink | None:
        return self.held(held.index, held.address, held.prefix_length)

    def _put_link(self, message: Reply, changes: list[Change]) -> None:
        before = self.links.get(_IFINFOMSG.unpack_from(message.data, message.start)[2])
        link = decode_link(message, before)
        if link is None or link == before:
            return
        if before is not None and before.name != link.name:
            self._index_of.pop(before.name, None)
        self.links[link.index] = link
        self._index_of[link.name] = link.index
        changes.append(LinkChanged(before, link))

    def _remove_link(self, message: Reply, changes: list[Change]) -> None:
        family, _, index, _, _ = _IFINFOMSG.unpack_from(message.data, message.start)
        if family != 0:
            return  # a bridge port left its bridge (AF_BRIDGE); the interface stays
        link = self.links.pop(index, None)
        if link is None:
            return
        self._index_of.pop(link.name, None)
        changes += [
            AddressRemoved(held)
            for version in (4, 6)
            for held in self._addresses.pop((index, version), {}).values()
        ]
        changes.append(LinkRemoved(link))

    def _feed_address(self, message: Reply, changes: list[Change]) -> None:
        new = decode_address(message)
        if new is None:
            return
        on_link = self._addresses.setdefault((new.index, new.address.version), {})
        key = (new.address, new.prefix_length)
        if message.kind == RTM_DELADDR:
            if on_link.pop(key, None) is not None:
                changes.append(AddressRemoved(new))
        elif on_link.get(key) != new:
            on_link[key] = new
            changes.append(AddressAdded(new))


def decode_link(message: Reply, before: Link | None) -> Link | None:
    """An RTM_NEWLINK; attributes it does not carry (wireless events carry few) stay as ``before``."""
    family, hardware_type, index, flags, _ = _IFINFOMSG.unpack_from(message.data, message.start)
    if family != 0:
        return None  # AF_BRIDGE: about the port, not about the interface
    link = before or Link(index, "", 0, OperState.UNKNOWN, b"", 0, hardware_type)
    name, mac, mtu, operstate = link.name, link.mac, link.mtu, link.operstate
    parent, group, type_name = link.parent, link.group, link.kind
    # Complete messages leave these out when there is none; wireless events leave out all but their own.
    complete = False
    master, alias = 0, ""
    for kind, data in attributes(message.data, message.start + _IFINFOMSG.size, message.end):
        if kind == IFLA_IFNAME:
            name = data.rstrip(b"\0").decode(errors="surrogateescape")
        elif kind == IFLA_ADDRESS:
            mac = data
        elif kind == IFLA_MTU:
            mtu = _U32.unpack_from(data)[0]
            complete = True
        elif kind == IFLA_OPERSTATE:
            operstate = data[0]
        elif kind == IFLA_LINK:
            parent = _U32.unpack_from(data)[0] if _U32.unpack_from(data)[0] != link.index else 0
        elif kind == IFLA_MASTER:
            master = _U32.unpack_from(data)[0]
        elif kind == IFLA_GROUP:
            group = _U32.unpack_from(data)[0]
        elif kind == IFLA_IFALIAS:
            alias = data.rstrip(b"\0").decode(errors="surrogateescape")
        elif kind == IFLA_LINKINFO:
            type_name = _device_type(data)
    if not complete:
        master, alias = link.master, link.alias
    return Link(
        link.index,
        name,
        flags,
        operstate,
        mac,
        mtu,
        link.hardware_type,
        parent,
        master,
        group,
        type_name,
        alias,
    )


def _device_type(information: bytes) -> str:
    for kind, data in attributes(information, 0, len(information)):
        if kind == _INFO_KIND:
            return data.rstrip(b"\0").decode(errors="surrogateescape")
    return ""


def decode_address(message: Reply) -> AddressOnLink | None:
    """An RTM_NEWADDR or RTM_DELADDR; None for families other than IPv4 and IPv6."""
    family, prefix_length, flags, scope, index = _IFADDRMSG.unpack_from(message.data, message.start)
    if family not in (2, 10):
        return None
    local: bytes | None = None
    remote: bytes | None = None
    label = ""
    protocol = 0
    for kind, data in attributes(message.data, message.start + _IFADDRMSG.size, message.end):
        if kind == IFA_LOCAL:
            local = data
        elif kind == IFA_ADDRESS:
            remote = data
        elif kind == IFA_LABEL:
            label = data.rstrip(b"\0").decode(errors="surrogateescape")
        elif kind == IFA_FLAGS:
            flags = _U32.unpack_from(data)[0]
        elif kind == IFA_PROTO:
            protocol = data[0]
    packed = local or remote
    if packed is None:
        return None
    return AddressOnLink(index, ipaddress.ip_address(packed), prefix_length, scope, flags, label, protocol)


_READS_OF_ALL = 1000
"""An end also when somebody else changes interfaces faster than we read: 64,000 events."""


class LinkMonitor:
    """Keeps a :class:`LinkTable` true."""

    def __init__(self, requests: RequestSocket) -> None:
        # Events first, dump second: what happens in between is then seen twice, never missed.
        self._events = EventSocket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
        self._requests = requests
        self.table = LinkTable()
        self._dump()

    def set_buffer(self, size: int, forced: bool) -> None:
        """Room for events; OSError when the kernel refuses it."""
        self._events.set_buffer(size, forced)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._events.fileno()

    def close(self) -> None:
        """Close the event socket."""
        self._events.close()

    def read(self) -> list[Change]:
        """What has changed since the last call; reads a bounded number of events."""
        messages, lost = self._events.read()
        changes = self.table.feed(messages)
        if lost:
            changes += self._dump()
        return changes

    def read_all(self) -> list[Change]:
        """Everything that has changed up to now: after changes of our own, which are told at once."""
        changes: list[Change] = []
        for _ in range(_READS_OF_ALL):
            messages, lost = self._events.read()
            changes += self.table.feed(messages)
            if lost:
                changes += self._dump()
            if not messages:
                break
        return changes

    def _dump(self) -> list[Change]:
        links = self._requests.dump(RTM_GETLINK, _IFINFOMSG.pack(0, 0, 0, 0, 0))
        addresses = self._requests.dump(RTM_GETADDR, _IFADDRMSG.pack(0, 0, 0, 0, 0))
        return self.table.replace_by(links, addresses)
