"""The observer: what directors send, read off their cables, and which addresses they hold.

It reads the wire and the kernels' address messages, not the daemons' own words, and it decodes with its
own few lines, so that a mistake in the project's codec cannot hide itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from pykeepalived.lab import netns
from pykeepalived.lab.timeline import SECOND_NS, Advert, Announcement, Holding

ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
PROTO_VRRP, PROTO_ICMPV6, NEIGHBOUR_ADVERTISEMENT = 112, 58, 136
SO_TIMESTAMPNS, SO_ATTACH_FILTER = 35, 26
PACKET_OUTGOING = 4
# So long a packet may have waited to be read.
MOST_WAIT_NS = 10 * SECOND_NS
NETLINK_ROUTE, RTM_NEWADDR, RTM_DELADDR = 0, 20, 21
RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR = 0x10, 0x100
IFA_ADDRESS, IFA_LOCAL = 1, 2

Seen = Advert | Announcement | Holding

# Classic BPF: (code, jump if true, jump if false, operand). Lets ARP, VRRP and ICMPv6 through.
FILTER = (
    (0x28, 0, 0, 12),  # load the Ethernet type
    (0x15, 8, 0, ETH_P_ARP),
    (0x15, 0, 2, ETH_P_IP),
    (0x30, 0, 0, 23),  # load the IPv4 protocol
    (0x15, 5, 6, PROTO_VRRP),
    (0x15, 0, 5, ETH_P_IPV6),
    (0x30, 0, 0, 20),  # load the IPv6 next header
    (0x15, 2, 0, PROTO_VRRP),
    (0x15, 0, 2, PROTO_ICMPV6),
    (0x30, 0, 0, 54),  # the ICMPv6 type has to be there
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
)


def packet_socket() -> socket.socket:
    """Sees every packet of this namespace that the filter lets through, with the kernel's time of it."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    program = b"".join(struct.pack("HBBI", *step) for step in FILTER)
    kept = ctypes.create_string_buffer(program)
    attach = struct.pack("HL", len(FILTER), ctypes.addressof(kept))
    tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, attach)
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.setblocking(False)
    return tap


def stamped(tap: socket.socket) -> Iterator[tuple[bytes, int, tuple[Any, ...]]]:
    """(frame, CLOCK_MONOTONIC time, link-layer address) of every packet that waits."""
    # The kernel stamps packets with the wall clock; the difference is measured anew each time.
    offset = time.time_ns() - time.monotonic_ns()
    while True:
        try:
            frame, extra, _, address = tap.recvmsg(2048, 64)
        except BlockingIOError:
            return
        seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
        at, now = seconds * SECOND_NS + nanoseconds - offset, time.monotonic_ns()
        # A clock that was set in between would put the packet hours away.
        yield frame, at if abs(now - at) < MOST_WAIT_NS else now, address


class WireTap:
    """Sees every packet that a machine puts on its cable, from the bridges at the other ends."""

    def __init__(self, namespace: str) -> None:
        with netns.inside(namespace):
            self._socket = packet_socket()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def read(self) -> Iterator[Seen]:
        for frame, at, (port, _, kind, *_rest) in stamped(self._socket):
            machine, dot, segment = port.partition(".")
            if kind == PACKET_OUTGOING or not dot:
                continue
            if (seen := decode(frame, at, machine, segment)) is not None:
                yield seen


def decode(frame: bytes, at: int, machine: str, segment: str) -> Advert | Announcement | None:
    """The observation in an Ethernet frame, or None."""
    (kind,) = struct.unpack_from("!H", frame, 12)
    payload = frame[14:]
    try:
        if kind == ETH_P_ARP:
            sender, target = payload[14:18], payload[24:28]
            return Announcement(at, machine, str(IPv4Address(sender))) if sender == target else None
        if kind == ETH_P_IP and payload[9] == PROTO_VRRP:
            return _advert(payload[(payload[0] & 15) * 4 :], at, machine, segment)
        if kind == ETH_P_IPV6 and payload[6] == PROTO_VRRP:
            return _advert(payload[40:], at, machine, segment)
        if kind == ETH_P_IPV6 and payload[6] == PROTO_ICMPV6 and payload[40] == NEIGHBOUR_ADVERTISEMENT:
            solicited = payload[44] & 0x40
            address = str(IPv6Address(payload[48:64]))
            return None if solicited else Announcement(at, machine, address)
    except (IndexError, ValueError, struct.error):
        return None  # cut short: nothing that a director of ours sends
    return None


def _advert(packet: bytes, at: int, machine: str, segment: str) -> Advert:
    version, vrid, priority = packet[0] >> 4, packet[1], packet[2]
    if version == 2:
        interval_ns = packet[5] * SECOND_NS
    else:
        interval_ns = (struct.unpack_from("!H", packet, 4)[0] & 0x0FFF) * 10_000_000
    return Advert(at, machine, segment, version, vrid, priority, interval_ns)


class AddressWatch:
    """Addresses that a machine's kernel gets and loses; ``namespace`` None: that of this process."""

    def __init__(self, namespace: str | None, machine: str) -> None:
        self.machine = machine
        with netns.inside(namespace) if namespace else contextlib.nullcontext():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
        self._socket.bind((0, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def read(self) -> Iterator[Holding]:
        while True:
            try:
                datagram = self._socket.recv(1 << 16)
            except BlockingIOError:
                return
            at = time.monotonic_ns()
            for present, address in address_changes(datagram):
                yield Holding(at, self.machine, address, present)


def address_changes(datagram: bytes) -> Iterator[tuple[bool, str]]:
    """(present, address) of each address message in a netlink datagram."""
    offset = 0
    while offset + 16 <= len(datagram):
        length, kind = struct.unpack_from("IH", datagram, offset)
        if kind in (RTM_NEWADDR, RTM_DELADDR):
            attributes = dict(_attributes(datagram[offset + 24 : offset + length]))
            raw = attributes.get(IFA_LOCAL) or attributes.get(IFA_ADDRESS)
            if raw:
                yield kind == RTM_NEWADDR, str(ip_address(raw))
        offset += max(16, (length + 3) & ~3)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("HH", data, offset)
        yield kind, data[offset + 4 : offset + length]
        offset += max(4, (length + 3) & ~3)
