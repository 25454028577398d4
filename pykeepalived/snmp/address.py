"""``snmp_socket``: where the master agent listens, in net-snmp's notation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pykeepalived.base.errors import PykeepalivedError

DEFAULT = "unix:/var/agentx/master"
DEFAULT_PORT = 705
"""agentx (RFC 2741 section 8.1.1)."""

_TCP = re.compile(r"(?:\[(?P<six>[^]]+)\]|(?P<host>[^:\[\]]*))(?::(?P<port>\d+))?")


class AddressError(PykeepalivedError):
    """No address of a master agent."""


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A socket file."""

    path: str


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A host, by name or number, and a port."""

    host: str
    port: int = DEFAULT_PORT


def parse(written: str) -> UnixAddress | TcpAddress:
    """``unix:PATH``, ``/PATH``, ``tcp:HOST[:PORT]``, ``tcp6:[HOST][:PORT]`` or ``HOST[:PORT]``."""
    transport, colon, rest = written.partition(":")
    if written.startswith("/"):
        return UnixAddress(written)
    if transport == "unix" and rest.startswith("/"):
        return UnixAddress(rest)
    if colon and transport in ("udp", "udp6", "udpv6", "ssh", "dtlsudp", "tlstcp", "unix"):
        raise AddressError(
            f"snmp_socket {written}: only unix:/PATH and tcp:HOST:PORT are possible; there is no SNMP"
        )
    found = _TCP.fullmatch(rest if transport in ("tcp", "tcp6", "tcpv6") and colon else written)
    port = DEFAULT_PORT if found is None or found["port"] is None else int(found["port"])
    if found is None or not 0 < port < 1 << 16:
        raise AddressError(f"snmp_socket {written}: not unix:/PATH nor tcp:HOST:PORT; there is no SNMP")
    if found["host"] is not None and found["host"].isdigit() and found["port"] is None:
        return TcpAddress("localhost", int(found["host"]))
    return TcpAddress(found["six"] or found["host"] or "localhost", port)
