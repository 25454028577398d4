"""Who else says that it has one of our addresses, by ARP or neighbour advertisement, on all interfaces.

Two sockets whatever the number of interfaces, with filters, so that nothing but packets about these addresses
ever wakes the process.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from pykeepalived.netio.bpf import ACCEPT_WHOLE, JEQ_K, RET_K, Instruction, attach
from pykeepalived.netio.closing import close_aside
from pykeepalived.wire.probes import advertisement_claim, arp_claim

IPAddress = IPv4Address | IPv6Address

_LD_W_ABS = 0x20
_ETH_P_ARP = 0x0806
_SOL_PACKET, _PACKET_IGNORE_OUTGOING = 263, 23
_ICMP6_FILTER, _NEIGHBOUR_ADVERTISEMENT = 1, 136
_SENDER_OFFSET = 28
"""Of an Ethernet frame with ARP: the sender's IPv4 address."""
_TARGET_TAIL_OFFSET = 20
"""Of a neighbour advertisement: the last four bytes of its target."""
_MOST_COMPARED = 1000
"""A filter may have 4096 instructions; beyond this many addresses everything is let through."""
_RECEIVE_BUFFER = 1 << 16
_HOP_LIMIT = 255
_PACKET_INFO = struct.Struct("=16sI")


class Claim(NamedTuple):
    """Somebody on the segment of the interface with this index has ``address``; empty ``mac``: not said."""

    link_index: int
    address: IPAddress
    mac: bytes


def word_filter(offset: int, words: Iterable[int]) -> list[Instruction]:
    """A program that lets through packets with one of these 32-bit numbers at ``offset``."""
    wanted = sorted(set(words))
    if len(wanted) > _MOST_COMPARED:
        return [Instruction(RET_K, value=ACCEPT_WHOLE)]
    program = [Instruction(_LD_W_ABS, value=offset)]
    for word in wanted:
        program += [Instruction(JEQ_K, if_false=1, value=word), Instruction(RET_K, value=ACCEPT_WHOLE)]
    return [*program, Instruction(RET_K)]


class ArpClaims:
    """ARP packets whose sender is one of the given addresses, on any interface."""

    def __init__(self, addresses: Iterable[IPv4Address]) -> None:
        # Bound by its protocol alone: to no interface, which bind() has no word for in Python.
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(socket.AF_PACKET, kind, socket.htons(_ETH_P_ARP))
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            with contextlib.suppress(OSError):  # Linux 4.20
                self._socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
            self.listen_for(addresses)
        except OSError:
            self._socket.close()
            raise

    def listen_for(self, addresses: Iterable[IPv4Address]) -> None:
        """From now on these."""
        attach(self._socket, word_filter(_SENDER_OFFSET, (int(address) for address in addresses)))

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def read(self, limit: int) -> list[Claim]:
        """Up to so many claims."""
        claims = []
        for _ in range(limit):
            try:
                frame, source = self._socket.recvfrom(128)
                claim = arp_claim(frame)
                if claim is not None:
                    claims.append(Claim(socket.if_nametoindex(source[0]), *claim))
            except OSError:
                break  # nothing more, or its interface is gone
        return claims

    def close(self) -> None:
        """Close the socket, without waiting for it."""
        close_aside(self._socket)


class NeighbourClaims:
    """Neighbour advertisements about one of the given addresses, on any interface."""

    def __init__(self, addresses: Iterable[IPv6Address]) -> None:
        self._socket = socket.socket(
            socket.AF_INET6,
            socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
            socket.IPPROTO_ICMPV6,
        )
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self.listen_for(addresses)
            blocked = bytearray(b"\xff" * 32)
            word, bit = divmod(_NEIGHBOUR_ADVERTISEMENT, 32)
            struct.pack_into("=I", blocked, 4 * word, 0xFFFFFFFF & ~(1 << bit))
            self._socket.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, bytes(blocked))
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        except OSError:
            self._socket.close()
            raise

    def listen_for(self, addresses: Iterable[IPv6Address]) -> None:
        """From now on these."""
        attach(self._socket, word_filter(_TARGET_TAIL_OFFSET, (int(one) & 0xFFFFFFFF for one in addresses)))

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def read(self, limit: int) -> list[Claim]:
        """Up to so many claims; what a router has forwarded is none (RFC 4861 section 7.1.2)."""
        claims = []
        for _ in range(limit):
            try:
                message, ancillary, _, _ = self._socket.recvmsg(256, 128)
            except OSError:
                break
            index = hop_limit = 0
            for _, kind, data in ancillary:
                if kind == socket.IPV6_PKTINFO:
                    index = _PACKET_INFO.unpack_from(data)[1]
                elif kind == socket.IPV6_HOPLIMIT:
                    hop_limit = struct.unpack_from("=i", data)[0]
            claim = advertisement_claim(message)
            if claim is not None and hop_limit == _HOP_LIMIT:
                claims.append(Claim(index, *claim))
        return claims

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
