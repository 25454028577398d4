"""Asking a network driver for its link: for interfaces whose driver tells netlink nothing.

Methods as in keepalived: MII registers, ETHTOOL_GLINK, or the interface's flags alone; the first that works
unless one is configured.  Whatever the method says, the interface must also be up and running.
"""

from __future__ import annotations

import ctypes
import fcntl
import socket
import struct

SIOCGIFFLAGS, SIOCETHTOOL, SIOCGMIIPHY, SIOCGMIIREG = 0x8913, 0x8946, 0x8947, 0x8948
ETHTOOL_GLINK = 0x0A
MII_BMSR, BMSR_LSTATUS = 1, 0x0004
IFF_UP_AND_RUNNING = 0x1 | 0x40

_IFREQ_BYTES = 40
_NAME_BYTES = 16


class LinkProbe:
    """Asks interfaces of this network namespace."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._methods: dict[str, str] = {}

    def close(self) -> None:
        self._socket.close()

    def forget(self, interface: str) -> None:
        """It is another interface now: find out anew what works."""
        self._methods.pop(interface, None)

    def method(self, interface: str) -> str | None:
        """What works for the interface; None before it was asked."""
        return self._methods.get(interface)

    def up(self, interface: str, configured: str | None = None) -> bool:
        """Whether the interface exists, is up, and has a link."""
        method = self._methods.get(interface)
        link: bool | None = None
        if method is None:
            order = dict.fromkeys((configured or "MII", "MII", "ETHTOOL", "IOCTL"))
            if configured == "IOCTL":
                order = {"IOCTL": None}
            for method in order:
                link = self._ask(interface, method)
                if link is not None:
                    break
            if link is None or method is None:
                return False
            self._methods[interface] = method
        else:
            link = self._ask(interface, method)
        return bool(link) and bool(self._flags(interface))

    def _ask(self, interface: str, method: str) -> bool | None:
        """None: the driver does not know this method, or there is no such interface."""
        if method == "MII":
            return self._mii(interface)
        if method == "ETHTOOL":
            return self._ethtool(interface)
        return self._flags(interface)

    def _flags(self, interface: str) -> bool | None:
        reply = self._ioctl(SIOCGIFFLAGS, interface, b"")
        if reply is None:
            return None
        flags: int = struct.unpack_from("=H", reply, _NAME_BYTES)[0]
        return flags & IFF_UP_AND_RUNNING == IFF_UP_AND_RUNNING

    def _mii(self, interface: str) -> bool | None:
        phy = self._ioctl(SIOCGMIIPHY, interface, b"")
        if phy is None:
            return None
        number = struct.unpack_from("=H", phy, _NAME_BYTES)[0]
        status = 0
        for _ in range(2):  # a lost link stays in the register until it was read once
            reply = self._ioctl(SIOCGMIIREG, interface, struct.pack("=HHHH", number, MII_BMSR, 0, 0))
            if reply is None:
                return None
            status = struct.unpack_from("=HHHH", reply, _NAME_BYTES)[3]
        return bool(status & BMSR_LSTATUS)

    def _ethtool(self, interface: str) -> bool | None:
        value = ctypes.create_string_buffer(struct.pack("=II", ETHTOOL_GLINK, 0), 8)
        if self._ioctl(SIOCETHTOOL, interface, struct.pack("P", ctypes.addressof(value))) is None:
            return None
        answer: int = struct.unpack("=II", value.raw)[1]
        return bool(answer)

    def _ioctl(self, request: int, interface: str, data: bytes) -> bytes | None:
        name = interface.encode(errors="surrogateescape")[: _NAME_BYTES - 1]
        block = (name.ljust(_NAME_BYTES, b"\0") + data).ljust(_IFREQ_BYTES, b"\0")
        try:
            return fcntl.ioctl(self._socket.fileno(), request, block)
        except OSError:
            return None
