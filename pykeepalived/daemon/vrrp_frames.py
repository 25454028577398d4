"""Announcement frames, built ahead: one per virtual address, gratuitous ARP or neighbour advertisement."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from pykeepalived.kernel.links import Link
from pykeepalived.netio.frame_socket import FrameSocket
from pykeepalived.vrrp.settings import VirtualAddress
from pykeepalived.wire.arp import gratuitous_arp
from pykeepalived.wire.ndisc import unsolicited_na_frame


@dataclass(frozen=True, slots=True)
class _Kept:
    """Holding the address keeps its identity, by which it is found, from being reused."""

    address: VirtualAddress
    frame: bytes


class FrameTable:
    """Frames by address, and one packet socket per interface to send them."""

    def __init__(
        self, link: Callable[[str], Link | None], may_announce: Callable[[VirtualAddress], bool]
    ) -> None:
        self._link = link
        self._may_announce = may_announce
        self._frames: dict[int, _Kept] = {}
        self._sockets: dict[str, FrameSocket] = {}

    def prepare(self, addresses: Iterable[VirtualAddress]) -> None:
        """Build these ahead, and drop what was kept for others."""
        wanted = list(addresses)
        keep = {id(virtual) for virtual in wanted}
        self._frames = {key: kept for key, kept in self._frames.items() if key in keep}
        for virtual in wanted:
            self.frame(virtual)
        for interface in {virtual.interface for virtual in wanted}:
            with contextlib.suppress(OSError):
                self._socket(interface)

    def frame(self, virtual: VirtualAddress) -> bytes | None:
        """The frame that announces the address; None when nobody is to be told of it, or nobody can be."""
        if virtual.detects_duplicates and not self._may_announce(virtual):
            return None
        kept = self._frames.get(id(virtual))
        if kept is not None and kept.address is virtual:
            return kept.frame
        link = self._link(virtual.interface)
        if link is None or not link.speaks_arp:
            return None
        if isinstance(virtual.address, IPv4Address):
            frame = gratuitous_arp(virtual.address, link.mac)
        else:
            frame = unsolicited_na_frame(virtual.address, link.mac, router=_forwards_ipv6(link.name))
        self._frames[id(virtual)] = _Kept(virtual, frame)
        return frame

    def forget(self, interface: str) -> None:
        """The interface has another hardware address or is another one: build anew."""
        self._frames = {
            key: kept for key, kept in self._frames.items() if kept.address.interface != interface
        }
        old = self._sockets.pop(interface, None)
        if old is not None:
            old.close()

    def send(self, interface: str, frames: Sequence[bytes]) -> int | None:
        """Put frames onto an interface; how many it took, None when it takes none (down, gone)."""
        try:
            return self._socket(interface).send(frames)
        except OSError:
            return None

    def close(self) -> None:
        """Close the sockets."""
        for frame_socket in self._sockets.values():
            frame_socket.close()
        self._sockets.clear()

    def _socket(self, interface: str) -> FrameSocket:
        found = self._sockets.get(interface)
        if found is None:
            found = self._sockets[interface] = FrameSocket(interface)
        return found


def _forwards_ipv6(interface: str) -> bool:
    """Whether the Router flag belongs into neighbour advertisements (RFC 4861 section 4.4)."""
    try:
        with open(f"/proc/sys/net/ipv6/conf/{interface}/forwarding", "rb") as setting:
            return setting.read(1) == b"1"
    except OSError:
        return False
