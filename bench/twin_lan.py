"""The LAN of ``twins.py``: another router that speaks on it, and what can be heard there."""

from __future__ import annotations

import collections
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from pykeepalived.lab import netns
from pykeepalived.wire.ip import PROTOCOL_VRRP, Ipv4Header, encode_ipv4
from pykeepalived.wire.vrrp import encode_v3

HOST_MAC = "020000000001"
"""Of eth0 of the host with the daemon, without its fifth byte, which is the interface's number."""
_IGNORE_OUTGOING = 23  # PACKET_IGNORE_OUTGOING of linux/if_packet.h
_ETH_P_ALL = 3
_SOL_PACKET = 263

Advert = tuple[object, ...]


class Speaker(threading.Thread):
    """Another router that adverts on eth0's LAN until it is told to end.

    ``words``: its priority, then any of ``vrid=N``, ``src=ADDRESS``, ``to=ADDRESS`` (unicast), ``ttl=N`` and
    ``vip=ADDRESS`` when they are other than usual.
    """

    def __init__(self, namespace: str, words: Sequence[str]) -> None:
        super().__init__(daemon=True)
        given = dict(word.split("=") for word in words[1:])
        self._halt = threading.Event()
        self._advert, self._release = (_frame(number, given) for number in (int(words[0]), 0))
        with netns.inside(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.bind(("br0", 0x0800))
        self.start()

    def run(self) -> None:
        """Speak five times a second."""
        while not self._halt.is_set():
            self._socket.send(self._advert)
            self._halt.wait(0.2)

    def end(self, *, release: bool = False) -> None:
        """Fall silent; with ``release`` priority 0 is its last word."""
        self._halt.set()
        self.join()
        if release:
            self._socket.send(self._release)
        self._socket.close()


def _frame(priority: int, given: dict[str, str]) -> bytes:
    source = IPv4Address(given.get("src", "192.0.2.9"))
    target = IPv4Address(given.get("to", "224.0.0.18"))
    message = encode_v3(
        vrid=int(given.get("vrid", 51)),
        priority=priority,
        interval_ns=200_000_000,
        addresses=(IPv4Address(given.get("vip", "192.0.2.100")),),
        source=source,
        destination=target,
    )
    to = bytes.fromhex("01005e000012" if target.is_multicast else "020000000001")
    header = Ipv4Header(source, target, PROTOCOL_VRRP, int(given.get("ttl", 255)), 20 + len(message))
    return to + bytes.fromhex("02000000ff99 0800") + encode_ipv4(header) + message


class Tap:
    """Hears what leaves the host by one interface."""

    def __init__(self, namespace: str, port: str) -> None:
        with netns.inside(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        self._socket.bind((port, _ETH_P_ALL))
        self._socket.setblocking(False)

    def hear(self, adverts: dict[int, Advert], announced: collections.Counter[str]) -> None:
        """Take in what was heard since the last time: last adverts by VRID, announcements by address."""
        for frame in self._frames():
            advert = _advert(frame)
            if advert is not None:
                vrid, what = advert
                adverts[vrid] = what
            address = _announced(frame)
            if address is not None:
                announced[address] += 1

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()

    def _frames(self) -> Iterator[bytes]:
        while True:
            try:
                yield self._socket.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue  # the link went down, which is told once


def _advert(frame: bytes) -> tuple[int, Advert] | None:
    """VRID, and what else an advert has; None for anything else."""
    (kind,) = struct.unpack_from("!H", frame, 12)
    virtual = frame[6:11] in (b"\0\0\x5e\0\1", b"\0\0\x5e\0\2")
    if kind == 0x0800 and frame[23] in (112, 51):
        at = 34 if frame[23] == 112 else 58
        head = (str(ip_address(frame[26:30])), str(ip_address(frame[30:34])), frame[22], frame[15])
        end = 14 + struct.unpack_from("!H", frame, 16)[0]
    elif kind == 0x86DD and frame[20] == 112:
        at = 54
        traffic_class = (struct.unpack_from("!H", frame, 14)[0] >> 4) & 0xFF
        head = (str(ip_address(frame[22:38])), str(ip_address(frame[38:54])), frame[21], traffic_class)
        end = 54 + struct.unpack_from("!H", frame, 18)[0]
    else:
        return None
    message = frame[at:end]
    signed = at == 58 or len(message) > _plain_length(message, 4 if kind == 0x0800 else 16)
    told = f"{len(message)} bytes" if signed else message[4:].hex()  # a signature has the time in it
    return (message[1], (message[0] >> 4, message[2], message[3], virtual, *head, told))


def _plain_length(message: bytes, address_length: int) -> int:
    return 8 + message[3] * address_length + (8 if message[0] >> 4 == 2 else 0)


def _announced(frame: bytes) -> str | None:
    """What a gratuitous ARP or an unsolicited neighbour advertisement is about, and by which MAC address."""
    (kind,) = struct.unpack_from("!H", frame, 12)
    virtual = "virtual" if frame[6:10] == b"\0\0\x5e\0" else "interface's"
    if kind == 0x0806 and frame[28:32] == frame[38:42] and any(frame[28:32]):
        return f"{IPv4Address(frame[28:32])} {virtual} opcode {frame[21]}"
    if kind == 0x86DD and frame[20] == 58 and frame[54] == 136 and frame[38] == 0xFF:
        address = IPv6Address(frame[62:78])
        return f"{address} {virtual} flags {frame[58] >> 5}" if not address.is_link_local else None
    return None
