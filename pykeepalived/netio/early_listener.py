"""Ears that are open from the first moment of the program, before it knows its configuration.

Whoever starts listening late is late with everything: a router that was started together with its peers would
wait for a whole Master_Down_Interval that begins when it has read its files, and lose an election that is its
own.  So the daemon opens unbound raw sockets first of all, in the default groups of every interface that is
up; the vrrp process empties them, judges what they heard like any other packet, and counts from ``since``.

This module imports next to nothing: what is imported before :func:`listen` delays it.  And nothing depends
on it: without permission for raw sockets, or with more interfaces than are worth it, there are no early ears.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pykeepalived.netio.vrrp_socket import Datagram

PROTOCOL_VRRP = 112
GROUPS = {socket.AF_INET: "224.0.0.18", socket.AF_INET6: "ff02::12"}

_SIOCGIFFLAGS = 0x8913
_READY = 0x1 | 0x40  # IFF_UP and IFF_RUNNING of linux/if.h
_LOOPBACK = 0x8
_IFREQ = struct.Struct("@16sh22x")
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_SO_MEMINFO = 55
_DROPS = 8  # SK_MEMINFO_DROPS of linux/sock_diag.h
_IP_PKTINFO = 8
_IP_MULTICAST_ALL = 49
_MAX_PACKET_BYTES = 65535
_ANCILLARY_BYTES = 160
_BUFFER_BYTES = 1 << 20
_GROUPS_PER_SOCKET = 16
"""The kernel lets a socket be in 20 IPv4 groups (net.ipv4.igmp_max_memberships)."""
_MOST_INTERFACES = 64


class EarlyPacket(NamedTuple):
    """What was heard, and the index of the interface it came by."""

    datagram: Datagram
    came_by: int


class EarlyListener:
    """Open sockets, and where they have been listening since ``since`` (monotonic ns)."""

    def __init__(self) -> None:
        """Raises OSError when raw sockets are not permitted."""
        self._sockets: dict[socket.AddressFamily, list[socket.socket]] = {
            socket.AF_INET: [],
            socket.AF_INET6: [],
        }
        self._joined: dict[socket.AddressFamily, set[int]] = {socket.AF_INET: set(), socket.AF_INET6: set()}
        try:
            indices = _ready_interfaces()
            self._open(socket.AF_INET, indices)
            with contextlib.suppress(OSError):  # a kernel without IPv6
                self._open(socket.AF_INET6, indices)
        except OSError:
            self.close()
            raise
        self.since = time.monotonic_ns()

    def _open(self, family: socket.AddressFamily, indices: list[int]) -> None:
        for start in range(0, len(indices), _GROUPS_PER_SOCKET):
            raw = socket.socket(
                family, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, PROTOCOL_VRRP
            )
            self._sockets[family].append(raw)
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
            raw.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            if family == socket.AF_INET:
                raw.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
                raw.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
            else:
                raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
                raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
            for index in indices[start : start + _GROUPS_PER_SOCKET]:
                with contextlib.suppress(OSError):  # it has just gone, or has no addresses of this family
                    _join(raw, family, index)
                    self._joined[family].add(index)

    def heard_all(self, family: int, index: int) -> bool:
        """Whether nothing that came by this interface since ``since`` can have been missed."""
        of = _family(family)
        return index in self._joined[of] and not any(_dropped(raw) for raw in self._sockets[of])

    def drain(self, family: int) -> Iterator[EarlyPacket]:
        """What was heard of a family (4 or 6) so far; a socket's packets in their order."""
        from pykeepalived.netio.receive_clock import ReceiveClock
        from pykeepalived.netio.vrrp_socket import datagram

        of = _family(family)
        clock = ReceiveClock()
        for raw in self._sockets[of]:
            clock.synchronize()
            with contextlib.suppress(OSError):  # BlockingIOError: that was all
                while True:
                    data, ancillary, _, sender = raw.recvmsg(_MAX_PACKET_BYTES, _ANCILLARY_BYTES)
                    yield EarlyPacket(datagram(of, data, ancillary, sender, clock), _came_by(ancillary))

    def close(self) -> None:
        """Give the descriptors back."""
        for sockets in self._sockets.values():
            for raw in sockets:
                raw.close()
            sockets.clear()


_held: EarlyListener | None = None
"""Descriptors belong to the process, and so does this: it exists before there is anything to hand it to."""


def listen() -> None:
    """Open the ears, if that is permitted; the first thing a starting daemon does."""
    global _held
    with contextlib.suppress(OSError):
        _held = EarlyListener()


def take() -> EarlyListener | None:
    """The ears, once, for whoever then closes them."""
    global _held
    taken, _held = _held, None
    return taken


def forget() -> None:
    """Close the ears where nobody will use them: in other processes, in another network namespace."""
    listener = take()
    if listener is not None:
        listener.close()


def _family(version: int) -> socket.AddressFamily:
    return socket.AF_INET if version == 4 else socket.AF_INET6


def _ready_interfaces() -> list[int]:
    """Indices of the interfaces that are up and connected; none at all when they are too many."""
    ready = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as control:
        for index, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                answer = fcntl.ioctl(control, _SIOCGIFFLAGS, _IFREQ.pack(name.encode(), 0))
                flags = _IFREQ.unpack(answer)[1]
                if flags & _READY == _READY and not flags & _LOOPBACK:
                    ready.append(index)
    return ready if len(ready) <= _MOST_INTERFACES else []


def _join(raw: socket.socket, family: socket.AddressFamily, index: int) -> None:
    group = socket.inet_pton(family, GROUPS[family])
    if family == socket.AF_INET:
        request = struct.pack("@4s4si", group, bytes(4), index)
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    else:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack("@16si", group, index))


def _dropped(raw: socket.socket) -> bool:
    """Whether the queue was full once; a kernel that cannot tell (before 4.12) may have dropped."""
    try:
        counters = raw.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 64)
    except OSError:
        return True
    return bool(struct.unpack_from("@I", counters, 4 * _DROPS)[0])


def _came_by(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, content in ancillary:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            return int(struct.unpack_from("@i", content)[0])
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            return int(struct.unpack_from("@i", content, 16)[0])
    return 0
