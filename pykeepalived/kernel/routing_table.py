"""Routes and policy rules in the kernel: added, replaced and removed in batches, and watched.

The counterpart of :mod:`pykeepalived.kernel.addresses`; what the messages look like is in
:mod:`pykeepalived.kernel.routes` and :mod:`pykeepalived.kernel.rules`.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pykeepalived.kernel import routes, rules
from pykeepalived.kernel.netlink import (
    NLM_F_EXCL,
    NLM_F_REPLACE,
    RTM_GETLINK,
    EventSocket,
    Refusal,
    RequestSocket,
    attribute,
    attributes,
)
from pykeepalived.kernel.routes import MissingInterfaceError, RouteKey
from pykeepalived.vrrp.routing import RTPROT_KEEPALIVED, Route, Routing

CHUNK = 64
"""Messages per send: some 0.5 ms of the kernel's work."""

_GONE = frozenset({errno.ESRCH, errno.ENOENT, errno.ENODEV, errno.EADDRNOTAVAIL, errno.ENETDOWN})
"""What the kernel says when the thing to be removed is not there."""

_IFINFOMSG = struct.Struct("=BxHiII")
_U32 = struct.Struct("=I")
_IFLA_IFNAME, _IFLA_LINKINFO = 3, 18
_IFLA_INFO_KIND, _IFLA_INFO_DATA = 1, 2
_IFLA_VRF_TABLE = 1

_FLAGS_OFFSET = 6
_FLAGS = struct.Struct("=H")


@dataclass(frozen=True, slots=True)
class RoutingRefusal:
    """The kernel did not do what was asked for one route or rule; ``item`` says where it was written."""

    item: Routing
    errno: int
    text: str

    @property
    def exists(self) -> bool:
        """There is one like it already."""
        return self.errno == errno.EEXIST

    def __str__(self) -> str:
        return f"{self.item}: {self.text}"


@dataclass(frozen=True, slots=True)
class _Encoded:
    """Both messages; holding the item keeps its identity, by which it is found, from being reused."""

    item: Routing
    add: bytes
    delete: bytes
    key: RouteKey | tuple[int, int]


class RoutingTable:
    """Adds and removes routes and rules.

    ``index_of`` gives the index of an interface by name, None while there is none.
    """

    def __init__(self, requests: RequestSocket, index_of: Callable[[str], int | None]) -> None:
        self._requests = requests
        self._index_of = index_of
        self._encoded: dict[int, _Encoded] = {}

    def prepare(self, items: Iterable[Routing]) -> None:
        """Encode these ahead, and drop what was kept for others."""
        wanted = list(items)
        keep = {id(item) for item in wanted}
        self._encoded = {key: kept for key, kept in self._encoded.items() if key in keep}
        for item in wanted:
            self._messages(item)

    def forget(self, interface: str) -> None:
        """The interface has another index now, or none."""
        self._encoded = {
            key: kept
            for key, kept in self._encoded.items()
            if not (isinstance(kept.item, Route) and interface in (*kept.item.interfaces, kept.item.vrf))
        }

    def add(self, items: Sequence[Routing]) -> list[RoutingRefusal]:
        """Add in this order; what the kernel refused, also because it was there already."""
        return self._send([(item, lambda kept: kept.add) for item in items])

    def replace(self, old: Route, new: Route) -> RoutingRefusal | None:
        """Put ``new`` into the place of ``old`` in one step; when the kernel won't, in two."""
        refused = self._send([(new, _replacing)])
        if not refused:
            return None
        self.remove([old])
        refused = self.add([new])
        return refused[0] if refused else None

    def remove(self, items: Sequence[Routing]) -> list[RoutingRefusal]:
        """Remove in this order; what is not there is not an error."""
        refused = self._send([(item, lambda kept: kept.delete) for item in items])
        return [refusal for refusal in refused if refusal.errno not in _GONE]

    def remove_left_over(self, items: Sequence[Routing]) -> list[Routing]:
        """Remove what an earlier process left of these; returns what was there."""
        absent = {id(one.item) for one in self._send([(item, lambda kept: kept.delete) for item in items])}
        return [item for item in items if id(item) not in absent]

    def key(self, item: Routing) -> RouteKey | tuple[int, int] | None:
        """By what an event names it; None while one of its interfaces is missing."""
        found = self._messages(item)
        return None if isinstance(found, RoutingRefusal) else found.key

    def _send(self, wanted: Sequence[tuple[Routing, Callable[[_Encoded], bytes]]]) -> list[RoutingRefusal]:
        refused: list[RoutingRefusal] = []
        for start in range(0, len(wanted), CHUNK):
            sent: list[Routing] = []
            batch: list[bytes] = []
            for item, message in wanted[start : start + CHUNK]:
                found = self._messages(item)
                if isinstance(found, RoutingRefusal):
                    refused.append(found)
                else:
                    sent.append(item)
                    batch.append(message(found))
            answers: list[Refusal] = self._requests.run(batch)
            refused += [RoutingRefusal(sent[one.index], one.errno, one.text) for one in answers]
        return refused

    def _messages(self, item: Routing) -> _Encoded | RoutingRefusal:
        kept = self._encoded.get(id(item))
        if kept is not None and kept.item is item:
            return kept
        if not isinstance(item, Route):
            encoded = _Encoded(
                item, rules.encode_add(item), rules.encode_delete(item), (item.family, item.preference)
            )
        else:
            table = None if item.vrf is None else self._vrf_table(item.vrf)
            if item.vrf is not None and table is None:
                return RoutingRefusal(item, errno.ENODEV, f"no such VRF: {item.vrf}")
            try:
                encoded = _Encoded(
                    item,
                    routes.encode_add(item, self._index_of, table),
                    routes.encode_delete(item, self._index_of, table),
                    RouteKey.of(item, table),
                )
            except MissingInterfaceError as missing:
                return RoutingRefusal(item, errno.ENODEV, str(missing))
        self._encoded[id(item)] = encoded
        return encoded

    def _vrf_table(self, name: str) -> int | None:
        """The table of a VRF device; None when there is no such device."""
        kind = attribute(_IFLA_LINKINFO, attribute(_IFLA_INFO_KIND, b"vrf"))
        try:
            links = self._requests.dump(RTM_GETLINK, _IFINFOMSG.pack(0, 0, 0, 0, 0) + kind)
        except OSError:
            return None  # a kernel without VRFs
        for link in links:
            found: int | None = None
            link_name = ""
            for attribute_kind, data in attributes(link.data, link.start + _IFINFOMSG.size, link.end):
                if attribute_kind == _IFLA_IFNAME:
                    link_name = data.rstrip(b"\0").decode(errors="surrogateescape")
                elif attribute_kind == _IFLA_LINKINFO:
                    found = _table_of(data)
            if link_name == name:
                return found
        return None


def _replacing(kept: _Encoded) -> bytes:
    """The message that adds, made one that replaces."""
    data = bytearray(kept.add)
    flags = _FLAGS.unpack_from(data, _FLAGS_OFFSET)[0]
    _FLAGS.pack_into(data, _FLAGS_OFFSET, flags & ~NLM_F_EXCL & ~routes.NLM_F_APPEND | NLM_F_REPLACE)
    return bytes(data)


def _table_of(link_info: bytes) -> int | None:
    for kind, data in attributes(link_info, 0, len(link_info)):
        if kind == _IFLA_INFO_DATA:
            for inner, value in attributes(data, 0, len(data)):
                if inner == _IFLA_VRF_TABLE:
                    return int(_U32.unpack_from(value)[0])
    return None


# ---------------------------------------------------------------- events

_RTMGRP_IPV4_ROUTE, _RTMGRP_IPV4_RULE, _RTMGRP_IPV6_ROUTE = 0x40, 0x80, 0x400
_RTMGRP_IPV6_RULE = 1 << 18
_SO_ATTACH_FILTER = 26
_LD_H, _LD_B, _JEQ, _RET = 0x28, 0x30, 0x15, 0x06
_TYPE_OFFSET, _PROTOCOL_OFFSET = 4, 21  # nlmsg_type; rtm_protocol behind struct nlmsghdr


def _swapped(number: int) -> int:
    """A 16-bit number of the kernel's byte order as classic BPF loads it."""
    return int.from_bytes(struct.pack("=H", number), "big")


_FILTER = (
    (_LD_H, 0, 0, _TYPE_OFFSET),
    (_JEQ, 3, 0, _swapped(rules.RTM_DELRULE)),
    (_JEQ, 0, 3, _swapped(routes.RTM_DELROUTE)),
    (_LD_B, 0, 0, _PROTOCOL_OFFSET),
    (_JEQ, 0, 1, RTPROT_KEEPALIVED),
    (_RET, 0, 0, 0xFFFFFFFF),
    (_RET, 0, 0, 0),
)
"""Deleted rules, and deleted routes with our mark: a routing daemon beside us must not wake us a million
times."""


class RoutingMonitor:
    """Tells which of our routes and rules the kernel has lost."""

    def __init__(self, families: Iterable[int]) -> None:
        groups = 0
        for family in families:
            groups |= (
                _RTMGRP_IPV4_ROUTE | _RTMGRP_IPV4_RULE
                if family == 4
                else _RTMGRP_IPV6_ROUTE | _RTMGRP_IPV6_RULE
            )
        self._events = EventSocket(groups)
        code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in _FILTER))
        program = struct.pack("@HP", len(_FILTER), ctypes.addressof(code))
        with socket.socket(fileno=self._events.fileno()) as borrowed:
            borrowed.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
            borrowed.detach()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._events.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._events.close()

    def read(self) -> tuple[set[RouteKey | tuple[int, int]], bool]:
        """The keys of what was deleted; True when some may have been missed."""
        messages, lost = self._events.read()
        keys: set[RouteKey | tuple[int, int]] = set()
        for event in messages:
            key = (
                routes.decode_key(event)
                if event.kind == routes.RTM_DELROUTE
                else rules.decode_key(event)
                if event.kind == rules.RTM_DELRULE
                else None
            )
            if key is not None:
                keys.add(key)
        return keys, lost
