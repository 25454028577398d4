"""The interfaces of this namespace as the MIBs show them: numbers, hardware addresses, first addresses."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from pykeepalived.snmp.view import Link

_SIOCGIFADDR = 0x8915
_SIOCGIFHWADDR = 0x8927
"""``linux/sockios.h``; ioctls and /proc/net see the namespace of this process, /sys need not."""
_IF_INET6 = Path("/proc/net/if_inet6")
_SCOPE_LINK = 0x20
_MAC_BYTES = 6


def links() -> dict[str, Link]:
    """By name."""
    link_locals = _link_locals()
    found: dict[str, Link] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        for index, name in socket.if_nameindex():
            mac, address = _ask(sock, _SIOCGIFHWADDR, name), _ask(sock, _SIOCGIFADDR, name)
            found[name] = Link(
                index,
                mac[2 : 2 + _MAC_BYTES],
                IPv4Address(address[4:8]) if address else None,
                tuple(link_locals.get(index, ())),
            )
    return found


def _ask(sock: socket.socket, request: int, name: str) -> bytes:
    """The sockaddr of an answer (``struct ifreq``); empty when there is none."""
    with contextlib.suppress(OSError):
        return fcntl.ioctl(sock, request, struct.pack("16s24x", name.encode()))[16:]
    return b""


def _link_locals() -> dict[int, list[IPv6Address]]:
    """By the number of the interface: lines of ``address index length scope flags name``, numbers in hex."""
    found: dict[int, list[IPv6Address]] = {}
    with contextlib.suppress(OSError):
        for line in _IF_INET6.read_text().splitlines():
            address, index, _, scope, *_ = line.split()
            if int(scope, 16) == _SCOPE_LINK:
                found.setdefault(int(index, 16), []).append(IPv6Address(bytes.fromhex(address)))
    return found
