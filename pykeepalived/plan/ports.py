"""What the deciding side needs from the kernel, as interfaces that adapters and fakes implement."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.lvs.service import Destination, DestinationKey, ServiceKey, Table, VirtualService
from pykeepalived.plan.lvs_steps import Step


class SyncRole(enum.IntEnum):
    """Which side of connection synchronisation a daemon is (IP_VS_STATE_*)."""

    MASTER = 1
    BACKUP = 2


@dataclass(frozen=True, slots=True)
class SyncDaemon:
    """One connection sync daemon of the kernel; 0 and None leave the kernel's default.

    ``sync_id`` 0 to 255; ``maxlen`` is the UDP payload in bytes.  Kernel: group 224.0.0.81, port 8848, TTL 1.
    """

    role: SyncRole
    interface: str
    sync_id: int = 0
    maxlen: int = 0
    group: IPv4Address | IPv6Address | None = None
    port: int = 0
    ttl: int = 0


@dataclass(frozen=True, slots=True)
class IpvsTimeouts:
    """Seconds until an idle connection entry is forgotten; 0 in a request leaves the value as it is."""

    tcp: int = 0
    tcp_fin: int = 0
    udp: int = 0


@dataclass(frozen=True, slots=True)
class IpvsInfo:
    """Version of the kernel's IPVS (``1.2.1``) and the size of its connection table."""

    version: str
    connection_table_size: int


@dataclass(frozen=True, slots=True)
class Connections:
    """What the kernel counts of one server.

    ``active`` are established connections, ``inactive`` those that begin or end and all of UDP until they are
    forgotten, ``persistent`` the clients that persistence sends there.
    """

    active: int = 0
    inactive: int = 0
    persistent: int = 0

    def __add__(self, other: Connections) -> Connections:
        return Connections(
            self.active + other.active, self.inactive + other.inactive, self.persistent + other.persistent
        )


class IpvsPort(Protocol):
    """The IPVS table of one network namespace."""

    def read_table(self) -> Table:
        """Everything the kernel holds."""
        ...

    def read_service(self, service: ServiceKey) -> VirtualService | None:
        """One service; None when the kernel does not have it."""
        ...

    def read_destinations(self, service: ServiceKey) -> dict[DestinationKey, Destination]:
        """The servers of one service; empty when the kernel does not have it."""
        ...

    def connections(self, service: ServiceKey) -> dict[DestinationKey, Connections]:
        """Of each server of a service; empty when the kernel does not have it."""
        ...

    def apply(self, steps: Sequence[Step]) -> tuple[KernelRefusedError, ...]:
        """Carry the steps out in order.

        A refused step does not stop the others; its error names the server it is about.  A step that is
        already true is no error.
        """
        ...

    def flush(self) -> None:
        """Remove every service."""
        ...

    def timeouts(self) -> IpvsTimeouts:
        """The connection timeouts in force."""
        ...

    def set_timeouts(self, timeouts: IpvsTimeouts) -> None:
        """Change those that are not 0."""
        ...

    def daemons(self) -> tuple[SyncDaemon, ...]:
        """The connection sync daemons that run."""
        ...

    def start_daemon(self, daemon: SyncDaemon) -> None:
        """Start one; if one runs in this role, that is no error.  Raises KernelRefusedError."""
        ...

    def stop_daemon(self, role: SyncRole) -> None:
        """Stop it; one that does not run is no error."""
        ...

    def info(self) -> IpvsInfo:
        """Version and size."""
        ...

    def close(self) -> None:
        """Give the socket back."""
        ...
