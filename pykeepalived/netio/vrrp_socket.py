"""Raw sockets for VRRP: IP protocol 112 (or 51, with authentication header), IPv4 or IPv6, one per interface.

Reading is non-blocking and bounded: a flood must not keep the process from its timers.  What is read
goes up as it came; judging it is the receive ladder's task.
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pykeepalived.netio import bpf
from pykeepalived.netio.receive_clock import ReceiveClock
from pykeepalived.wire.ah import AH_LENGTH
from pykeepalived.wire.ip import PROTOCOL_AH, PROTOCOL_VRRP, TOS_INTERNETWORK_CONTROL

RECEIVE_BUDGET = 64
"""Packets read per wake-up before the timers are looked at again."""

_SO_BINDTODEVICE = 25
_SO_RCVBUFFORCE = 33
_SIOCGIFMTU = 0x8921
_SO_TIMESTAMPNS = 35
_SO_PRIORITY_CONTROL = 6  # TC_PRIO_CONTROL of linux/pkt_sched.h
_IP_MULTICAST_ALL = 49
_IPV6_MULTICAST_ALL = 29
_IPV6_FREEBIND = 78
_RECEIVE_BUFFER_BYTES = 4 << 20
_MAX_PACKET_BYTES = 65535
_ANCILLARY_BYTES = 160
_TIMESPEC = struct.Struct("@qq")
_HOP_LIMIT = struct.Struct("@i")
_PKTINFO6 = struct.Struct("@16si")
_NO_DESTINATION = bytes(16)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Datagram(NamedTuple):
    """One received packet.

    ``data`` starts with the IP header when it came by IPv4 and with the VRRP header when it came by IPv6;
    ``source``, ``destination`` and ``hop_limit`` are filled in for IPv6 only (IPv4 has them in its header).
    ``received_at`` is CLOCK_MONOTONIC in nanoseconds.
    """

    data: bytes
    received_at: int
    source: bytes = b""
    destination: bytes = b""
    hop_limit: int = 0


class VrrpSocket:
    """Sends and receives adverts of one family on one interface.

    ``interface`` None: not tied to an interface (unicast instances without one).  ``index`` is the
    interface's number at the time of opening: an interface made anew has another one and needs a new
    socket.  ``above`` is for a macvlan that is not to tell the switches where it is: the interface below
    joins the groups as well, and source addresses are that one's.
    """

    def __init__(
        self,
        family: socket.AddressFamily,
        interface: str | None,
        *,
        protocol: int = PROTOCOL_VRRP,
        above: str | None = None,
    ) -> None:
        self.family = family
        self.interface = interface
        self.protocol = protocol
        self._clock = ReceiveClock()
        self.index = 0 if interface is None else socket.if_nametoindex(interface)
        self._below = 0 if above is None else socket.if_nametoindex(above)
        self._groups: set[Address] = set()
        self.vrids: tuple[int, ...] = ()
        self._socket = socket.socket(
            family, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, protocol
        )
        try:
            self._configure()
        except OSError:
            self._socket.close()
            raise

    def _configure(self) -> None:
        raw = self._socket
        # Nothing gets in until the VRIDs are known.
        bpf.attach(raw, [bpf.Instruction(bpf.RET_K)])
        if self.interface is not None:
            raw.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, self.interface.encode() + b"\0")
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER_BYTES)
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, _SO_PRIORITY_CONTROL)
        raw.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if self.family == socket.AF_INET:
            # We write the IP header: source address and TTL are part of the advert.
            raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
            raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
            raw.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
            if self.index:
                request = struct.pack("@4s4si", bytes(4), bytes(4), self.index)
                raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
        else:
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, TOS_INTERNETWORK_CONTROL)
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            # Linux 4.20 and later.
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)
            if self.index:
                raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index)
            if self._below:
                # Linux 4.15 and later.  The link-local address stays where it is, one level below.
                raw.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
        # What came between socket() and the filter, perhaps through another interface, is not ours.
        self._discard_queued()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket; the kernel leaves the groups."""
        self._socket.close()

    def have_room(self, size: int, mtus: int = 0) -> None:
        """Let the kernel keep at least so many bytes while we are busy; refused without CAP_NET_ADMIN.

        ``mtus``: and besides, so many times the MTU of the interface.
        """
        if mtus and self.interface is not None:
            size += mtus * self._mtu()
        if size > _RECEIVE_BUFFER_BYTES:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, min(size, 0x3FFFFFFF))

    def _mtu(self) -> int:
        """netdevice(7): SIOCGIFMTU; 0 when the interface is gone."""
        request = struct.pack("16si12x", (self.interface or "").encode(), 0)
        try:
            return int(struct.unpack("16si12x", fcntl.ioctl(self._socket, _SIOCGIFMTU, request))[1])
        except OSError:
            return 0

    def listen_for(self, vrids: Iterable[int]) -> None:
        """From now on receive what carries one of these VRIDs."""
        self.vrids = tuple(vrids)
        self.filter_by(
            bpf.vrid_filter(
                self.vrids, with_ip_header=self.family == socket.AF_INET, skip_bytes=self.skip_bytes
            )
        )

    @property
    def skip_bytes(self) -> int:
        """What stands between the IP header and VRRP."""
        return AH_LENGTH if self.protocol == PROTOCOL_AH else 0

    def filter_by(self, program: Sequence[bpf.Instruction]) -> None:
        """Another filter than :meth:`listen_for` made, until that is called again."""
        bpf.attach(self._socket, program)

    def join(self, groups: Iterable[Address]) -> None:
        """Be a member of exactly these multicast groups on the interface."""
        wanted = set(groups)
        for group in self._groups - wanted:
            # The interface may have gone, and its memberships with it.
            with contextlib.suppress(OSError):
                self._membership(group, self.index, joining=False)
            if self._below:
                with contextlib.suppress(OSError):
                    self._membership(group, self._below, joining=False)
        for group in wanted - self._groups:
            self._membership(group, self.index, joining=True)
            if self._below:
                # Nothing is heard there; it has the switch send the group's packets to this port.
                with contextlib.suppress(OSError):
                    self._membership(group, self._below, joining=True)
        self._groups = wanted

    def _membership(self, group: Address, index: int, *, joining: bool) -> None:
        if group.version == 4:
            option = socket.IP_ADD_MEMBERSHIP if joining else socket.IP_DROP_MEMBERSHIP
            request = struct.pack("@4s4si", group.packed, bytes(4), index)
            self._socket.setsockopt(socket.IPPROTO_IP, option, request)
        else:
            option = socket.IPV6_JOIN_GROUP if joining else socket.IPV6_LEAVE_GROUP
            request = struct.pack("@16si", group.packed, index)
            self._socket.setsockopt(socket.IPPROTO_IPV6, option, request)

    # ------------------------------------------------------------ receiving

    def receive(self, budget: int = RECEIVE_BUDGET) -> list[Datagram]:
        """What is queued, at most ``budget`` packets, oldest first."""
        clock = self._clock
        clock.synchronize()
        receive = self._socket.recvmsg
        packets: list[Datagram] = []
        append = packets.append
        family = self.family
        try:
            while budget:
                budget -= 1
                data, ancillary, _, sender = receive(_MAX_PACKET_BYTES, _ANCILLARY_BYTES)
                append(datagram(family, data, ancillary, sender, clock))
        except BlockingIOError:
            pass
        except OSError:
            # ENETDOWN is reported once when the interface goes down; the link monitor tells the cores.
            pass
        return packets

    def _discard_queued(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._socket.recv(1)

    # ------------------------------------------------------------ sending

    def send(self, packet: bytes, destination: str) -> None:
        """Send an IPv4 packet, header included.  OSError when it can't leave."""
        self._socket.sendto(packet, (destination, 0))

    def send6(self, message: bytes, destination: str, route: Route6) -> None:
        """Send a VRRP message by IPv6.  OSError when it can't leave."""
        self._socket.sendmsg((message,), route.ancillary, 0, (destination, 0, 0, route.scope))


class Route6:
    """How an IPv6 advert leaves: source address, interface and hop limit, as sendmsg wants them."""

    __slots__ = ("ancillary", "scope")

    def __init__(self, source: bytes, index: int, *, hop_limit: int | None = None) -> None:
        self.scope = index
        self.ancillary: list[tuple[int, int, bytes]] = [
            (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, _PKTINFO6.pack(source, index))
        ]
        if hop_limit is not None:
            self.ancillary.append((socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, _HOP_LIMIT.pack(hop_limit)))


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return 0


def datagram(
    family: socket.AddressFamily,
    data: bytes,
    ancillary: list[tuple[int, int, bytes]],
    sender: tuple[str, int, int, int],
    clock: ReceiveClock,
) -> Datagram:
    """What ``recvmsg`` of a raw socket gave, with its time stamp on our clock."""
    if family == socket.AF_INET:
        return Datagram(data, clock.arrived_at(_stamp(ancillary)))
    stamp, hop_limit, destination = 0, 0, _NO_DESTINATION
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack_from(content)
            stamp = seconds * 1_000_000_000 + nanoseconds
        elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_HOPLIMIT:
            hop_limit = _HOP_LIMIT.unpack_from(content)[0]
        elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            destination = _PKTINFO6.unpack_from(content)[0]
    source = socket.inet_pton(socket.AF_INET6, sender[0].partition("%")[0])
    return Datagram(data, clock.arrived_at(stamp), source, destination, hop_limit)
