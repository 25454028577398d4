"""UDP sockets of BFD: one to listen per family and port, one to send per session.

A session sends from a port of its own, the same for all its packets (RFC 5881 section 4).  Reading is
non-blocking and bounded; what is read goes up as it came.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import random
import socket
import struct
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from pykeepalived.netio import bpf
from pykeepalived.netio.bfd_filter import session_filter
from pykeepalived.netio.receive_clock import ReceiveClock
from pykeepalived.wire.bfd import SOURCE_PORTS

RECEIVE_BUDGET = 64
"""Packets read per wake-up before the timers are looked at again."""

_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_SO_MEMINFO = 55
_MEMINFO_DROPS = 8
_MEMINFO = struct.Struct("@9I")
_SO_PRIORITY_CONTROL = 6  # TC_PRIO_CONTROL of linux/pkt_sched.h
_CLASS_CONTROL = 0xC0
"""DSCP CS6, network control: where traffic is classed, detection must not wait behind it."""
_IP_PKTINFO = 8
_IP_RECVTTL = 12
_RECEIVE_BUFFER_BYTES = 1 << 20
_MAX_PACKET_BYTES = 2048
_ANCILLARY_BYTES = 160
_TIMESPEC = struct.Struct("@qq")
_INT = struct.Struct("@i")

IPAddress = IPv4Address | IPv6Address


class Datagram(NamedTuple):
    """One received packet: addresses packed, ``received_at`` CLOCK_MONOTONIC in nanoseconds."""

    data: bytes
    received_at: int
    source: bytes
    destination: bytes
    hop_limit: int


@functools.lru_cache(maxsize=4096)
def _packed(family: int, text: str) -> bytes:
    return socket.inet_pton(family, text.partition("%")[0])


class ListenSocket:
    """Receives the packets of one family that come to one port.  OSError when the port is in use."""

    def __init__(self, family: socket.AddressFamily, port: int) -> None:
        self.family = family
        self.port = port
        self._clock = ReceiveClock()
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(family, kind)
        try:
            self._configure()
            self._socket.bind(("", port))
        except OSError:
            self._socket.close()
            raise

    def _configure(self) -> None:
        udp = self._socket
        # Nothing gets in until the sessions are known.
        bpf.attach(udp, [bpf.Instruction(bpf.RET_K)])
        with contextlib.suppress(OSError):
            udp.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER_BYTES)
        udp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if self.family == socket.AF_INET:
            udp.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
            udp.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        else:
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def listen_for(
        self, discriminators: Iterable[int], neighbors: Iterable[bytes], lowest_hop_limit: int
    ) -> None:
        """From now on receive what belongs to one of these sessions."""
        program = session_filter(self.family, discriminators, neighbors, lowest_hop_limit)
        bpf.attach(self._socket, program)

    @property
    def dropped(self) -> int:
        """Packets that the kernel did not give us: strangers', and those of a queue that overflowed."""
        try:
            info = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:  # before Linux 4.12
            return 0
        return int(_MEMINFO.unpack(info)[_MEMINFO_DROPS]) if len(info) == _MEMINFO.size else 0

    def receive(self, budget: int = RECEIVE_BUDGET) -> list[Datagram]:
        """What is queued, at most ``budget`` packets, oldest first."""
        clock, family = self._clock, self.family
        clock.synchronize()
        receive = self._socket.recvmsg
        packets: list[Datagram] = []
        with contextlib.suppress(BlockingIOError):
            while budget:
                budget -= 1
                data, ancillary, _, sender = receive(_MAX_PACKET_BYTES, _ANCILLARY_BYTES)
                stamp = hop_limit = 0
                destination = b""
                for level, kind, content in ancillary:
                    if level == socket.SOL_SOCKET:
                        if kind == _SO_TIMESTAMPNS:
                            seconds, nanoseconds = _TIMESPEC.unpack_from(content)
                            stamp = seconds * 1_000_000_000 + nanoseconds
                    elif level == socket.IPPROTO_IP:
                        if kind == socket.IP_TTL:
                            hop_limit = _INT.unpack_from(content)[0]
                        elif kind == _IP_PKTINFO:
                            destination = content[8:12]  # ipi_addr: where the header says it goes
                    elif kind == socket.IPV6_HOPLIMIT:
                        hop_limit = _INT.unpack_from(content)[0]
                    elif kind == socket.IPV6_PKTINFO:
                        destination = content[:16]
                source = _packed(family, sender[0])
                packets.append(Datagram(data, clock.arrived_at(stamp), source, destination, hop_limit))
        return packets


class SendSocket:
    """Sends the packets of one session.  OSError when its source address is not on this host (yet)."""

    def __init__(self, neighbor: IPAddress, source: IPAddress | None, port: int, hop_limit: int) -> None:
        self._destination = _socket_address(neighbor, port)
        family = socket.AF_INET if neighbor.version == 4 else socket.AF_INET6
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(family, kind)
        try:
            self._configure(family, hop_limit)
            self._bind(source)
        except OSError:
            self._socket.close()
            raise

    def _configure(self, family: int, hop_limit: int) -> None:
        udp = self._socket
        # It only sends: what somebody sends here is not even queued.
        bpf.attach(udp, [bpf.Instruction(bpf.RET_K)])
        with contextlib.suppress(OSError):
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, _SO_PRIORITY_CONTROL)
        if family == socket.AF_INET:
            udp.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hop_limit)
            udp.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _CLASS_CONTROL)
        else:
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hop_limit)
            udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _CLASS_CONTROL)

    def _bind(self, source: IPAddress | None) -> None:
        """To a free port of the range, beginning at a random one."""
        lowest, highest = SOURCE_PORTS
        count = highest - lowest + 1
        first = random.randrange(count)
        for step in range(count):
            port = lowest + (first + step) % count
            address = ("", port) if source is None else _socket_address(source, port)
            try:
                self._socket.bind(address)
            except OSError as problem:
                if problem.errno != errno.EADDRINUSE:
                    raise
            else:
                return
        raise OSError(errno.EADDRINUSE, f"no port of {lowest}-{highest} is free")

    def send(self, data: bytes) -> None:
        """OSError when it can't leave."""
        self._socket.sendto(data, self._destination)

    def close(self) -> None:
        self._socket.close()


def _socket_address(address: IPAddress, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    if isinstance(address, IPv4Address):
        return str(address), port
    return str(address), port, 0, 0
