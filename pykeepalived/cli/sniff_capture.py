"""Where packets come from and go to: an interface or a capture file.

An interface is read with a packet socket, in front of every firewall rule of the input chain; its frames are
Ethernet's and taken apart here, because a flood leaves no time for more.  scapy takes the link layers of
capture files apart and knows their forms; it is imported only here and only when needed.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pykeepalived.base.errors import UsageError
from pykeepalived.cli.sniff_packets import Frame, Heard, decode
from pykeepalived.netio.bpf import ACCEPT_WHOLE, JEQ_K, LD_B_ABS, RET_K, Instruction, attach
from pykeepalived.wire.ip import PROTOCOL_AH, PROTOCOL_VRRP

_ETH_P_ALL, _ETH_P_IPV4, _ETH_P_IPV6 = 0x0003, 0x0800, 0x86DD
_LD_H_ABS = 0x28
_TYPE_OFFSET, _IPV4_PROTOCOL, _IPV6_NEXT_HEADER = 12, 23, 20
_OTHER_HOST, _OUTGOING = 3, 4
"""``PACKET_OTHERHOST``, ``PACKET_OUTGOING`` of linux/if_packet.h."""
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _MR_ALLMULTI = 263, 1, 2
_PACKET_AUXDATA = 8
_AUXDATA = struct.Struct("@IIIHHHH")
"""``struct tpacket_auxdata``: status, lengths, offsets, VLAN tag and its protocol."""
_VLAN_VALID = 1 << 4
_ETH_P_8021Q = 0x8100
_LONGEST_FRAME = 1 << 16
_TAGS = frozenset({_ETH_P_8021Q, 0x88A8})
_PACKET_STATISTICS = 6
_STATISTICS = struct.Struct("@II")
"""``struct tpacket_stats``: packets, and how many of them found the queue full; reading sets both to 0."""
_SO_RCVBUFFORCE = 33
_BUFFER_BYTES = 8 << 20
"""About a second of 10,000 packets."""


def vrrp_frames() -> list[Instruction]:
    """A filter for Ethernet frames (VLAN tags are off already) with VRRP, over IPv4 also behind AH."""
    return [
        Instruction(_LD_H_ABS, value=_TYPE_OFFSET),
        Instruction(JEQ_K, if_false=3, value=_ETH_P_IPV4),
        Instruction(LD_B_ABS, value=_IPV4_PROTOCOL),
        Instruction(JEQ_K, if_true=4, value=PROTOCOL_VRRP),
        Instruction(JEQ_K, if_true=3, if_false=4, value=PROTOCOL_AH),
        Instruction(JEQ_K, if_false=3, value=_ETH_P_IPV6),
        Instruction(LD_B_ABS, value=_IPV6_NEXT_HEADER),
        Instruction(JEQ_K, if_false=1, value=PROTOCOL_VRRP),
        Instruction(RET_K, value=ACCEPT_WHOLE),
        Instruction(RET_K),
    ]


class LiveSource:
    """Frames of an interface.  UsageError when there is none of that name or nobody may listen."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC)
        except PermissionError as problem:
            raise UsageError("only root may listen on an interface; try it with sudo") from problem
        try:
            attach(self._socket, vrrp_frames())
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
            self._socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
            self._socket.bind((interface, _ETH_P_ALL))
            # Groups that nobody here has joined are passed on as well; ends with the socket.
            every_group = struct.pack("@iHH8x", socket.if_nametoindex(interface), _MR_ALLMULTI, 0)
            self._socket.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, every_group)
        except OSError as problem:
            self._socket.close()
            known = ", ".join(name for _, name in socket.if_nameindex())
            raise UsageError(f"{interface}: {problem.strerror}; interfaces here: {known}") from problem

    def heard(self, ends_at: float | None) -> Iterator[tuple[Heard, bytes]]:
        """What arrives until that monotonic second, each with its frame."""
        while True:
            left = None if ends_at is None else ends_at - time.monotonic()
            if left is not None and left <= 0:
                return
            self._socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                try:
                    data, control, _, address = self._socket.recvmsg(
                        _LONGEST_FRAME, socket.CMSG_SPACE(_AUXDATA.size)
                    )
                except OSError as problem:
                    if isinstance(problem, TimeoutError):
                        raise
                    raise UsageError(f"{self.interface}: {problem.strerror}") from problem
                if address[2] != _OTHER_HOST:
                    frame = _tagged(data, control)
                    yield from _of_ethernet(frame, self.interface, address[2] == _OUTGOING)

    def missed(self) -> int:
        """Packets that came faster than they were read, since this was last asked."""
        told = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
        return int(_STATISTICS.unpack(told)[1])

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()


def _tagged(data: bytes, control: list[tuple[int, int, bytes]]) -> bytes:
    """The frame as it was on the wire: the kernel takes VLAN tags off and tells them beside."""
    for level, kind, told in control:
        if (level, kind) == (_SOL_PACKET, _PACKET_AUXDATA) and len(told) >= _AUXDATA.size:
            status, *_, tag, protocol = _AUXDATA.unpack_from(told)
            if status & _VLAN_VALID:
                return data[:12] + struct.pack("!HH", protocol or _ETH_P_8021Q, tag) + data[12:]
    return data


def _of_ethernet(data: bytes, link: str, outgoing: bool) -> Iterator[tuple[Heard, bytes]]:
    at, vlan = _TYPE_OFFSET, None
    while int.from_bytes(data[at : at + 2], "big") in _TAGS:
        vlan = int.from_bytes(data[at + 2 : at + 4], "big") & 0xFFF if vlan is None else vlan
        at += 4
    macs = data[6:12].hex(":"), data[:6].hex(":")
    heard = decode(data[at + 2 :], Frame(time.time_ns(), link, *macs, outgoing, vlan))
    if heard is not None:
        yield heard, data


def file_packets(path: str) -> Iterator[tuple[Heard, bytes]]:
    """VRRP packets of a pcap or pcapng file.  UsageError when it is neither."""
    # The link types of the file are known from the layers.
    import scapy.layers.inet6  # noqa: F401 -- registers its layers
    from scapy.error import Scapy_Exception
    from scapy.layers.l2 import Ether
    from scapy.utils import PcapReader

    if not Path(path).is_file():
        raise UsageError(f"{path} is not a file")
    try:
        with PcapReader(path) as reader:
            for packet in reader:
                at_ns = int(packet.time * 1_000_000_000)
                link = getattr(packet, "sniffed_on", None) or Path(path).name
                heard = _heard(packet, at_ns, str(link), False)
                if heard is not None:
                    yield heard, _as_ethernet(packet, heard, isinstance(packet, Ether))
    except Scapy_Exception as problem:
        raise UsageError(f"{path} is no pcap or pcapng file: {problem}") from problem


def _as_ethernet(packet: Any, heard: Heard, is_ethernet: bool) -> bytes:
    """The frame, behind an empty Ethernet header when it came with another one or none."""
    if is_ethernet:
        return bytes(packet.original)
    kind = _ETH_P_IPV4 if heard.family == 4 else _ETH_P_IPV6
    return bytes(12) + kind.to_bytes(2, "big") + bytes(_ip_layer(packet).original)


def _ip_layer(packet: Any) -> Any:
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    return packet.getlayer(IP) or packet.getlayer(IPv6)


def _heard(packet: Any, at_ns: int, link: str, outgoing: bool) -> Heard | None:
    """What scapy found between the link layer and our own decoder."""
    from scapy.layers.l2 import CookedLinux, Dot1Q, Ether

    inner = _ip_layer(packet)
    if inner is None:
        return None
    ethernet, tag, cooked = packet.getlayer(Ether), packet.getlayer(Dot1Q), packet.getlayer(CookedLinux)
    frame = Frame(
        at_ns,
        link,
        ethernet.src if ethernet is not None else "",
        ethernet.dst if ethernet is not None else "",
        outgoing or (cooked is not None and cooked.pkttype == _OUTGOING),
        tag.vlan if tag is not None else None,
    )
    return decode(bytes(inner.original), frame)


class Writer:
    """A pcap file that grows as packets come, so that it can be read meanwhile."""

    def __init__(self, path: str) -> None:
        from scapy.utils import RawPcapWriter

        self._writer = RawPcapWriter(path, linktype=1, sync=True)
        self._writer.write_header(None)

    def write(self, data: bytes, at_ns: int) -> None:
        """Append a frame."""
        seconds, rest = divmod(at_ns, 1_000_000_000)
        self._writer.write_packet(data, sec=seconds, usec=rest // 1000)

    def close(self) -> None:
        self._writer.close()
