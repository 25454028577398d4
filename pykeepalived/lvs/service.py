"""Virtual services and destinations as values, in the units and names of the kernel's IPVS.

Source: linux/ip_vs.h.  These types are shared by the pure side (:mod:`pykeepalived.lvs`), the planner
and the netlink backend; two equal values are the same kernel object.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

IPAddress = IPv4Address | IPv6Address


class Protocol(enum.IntEnum):
    """IP protocol of a virtual service."""

    TCP = 6
    UDP = 17
    SCTP = 132


class ForwardingMethod(enum.IntEnum):
    """``lb_kind``, numbered as IP_VS_CONN_F_*; LOCAL_NODE and BYPASS are only ever read."""

    MASQUERADE = 0
    LOCAL_NODE = 1
    TUNNEL = 2
    DIRECT_ROUTING = 3
    BYPASS = 4


class TunnelType(enum.IntEnum):
    """Encapsulation of a TUNNEL destination (IP_VS_CONN_F_TUNNEL_TYPE_*)."""

    IPIP = 0
    GUE = 1
    GRE = 2


class ServiceFlag(enum.IntFlag):
    """IP_VS_SVC_F_*: bits of the FLAGS attribute."""

    NONE = 0
    PERSISTENT = 0x1
    ONE_PACKET = 0x4
    SCHEDULER_1 = 0x8
    SCHEDULER_2 = 0x10
    SCHEDULER_3 = 0x20


@dataclass(frozen=True, slots=True, order=False)
class ServiceKey:
    """What names a virtual service in the kernel: an address, protocol and port, or a firewall mark.

    ``family`` is socket.AF_INET (2) or AF_INET6 (10).  For a mark, ``address`` and ``protocol`` are
    None and ``port`` is 0.
    """

    family: int
    protocol: Protocol | None
    address: IPAddress | None
    port: int
    fwmark: int = 0

    def __str__(self) -> str:
        """keepalived's spelling: ``[192.0.2.1]:tcp:80`` or ``FWM 7``."""
        if self.fwmark:
            return f"FWM {self.fwmark}"
        protocol = self.protocol.name.lower() if self.protocol else "none"
        return f"[{self.address}]:{protocol}:{self.port}"


@dataclass(frozen=True, slots=True)
class DestinationKey:
    """What names a destination within its service."""

    address: IPAddress
    port: int


@dataclass(frozen=True, slots=True)
class Destination:
    """One real server as an entry of a virtual service.  Weight 0 takes no new connections."""

    key: DestinationKey
    forwarding: ForwardingMethod = ForwardingMethod.MASQUERADE
    weight: int = 1
    upper_threshold: int = 0
    lower_threshold: int = 0
    tunnel_type: TunnelType = TunnelType.IPIP
    tunnel_port: int = 0
    tunnel_flags: int = 0


@dataclass(frozen=True, slots=True)
class VirtualService:
    """One virtual service without its destinations.

    ``persistence_timeout`` is in seconds and counts only with ServiceFlag.PERSISTENT; ``netmask`` is what
    persistence groups clients by, as the kernel takes it: for IPv4 the mask as a 32-bit number (it need not
    be contiguous), for IPv6 a prefix length 1 to 128, None for "each host by itself" in both.
    """

    key: ServiceKey
    scheduler: str = "wlc"
    flags: ServiceFlag = ServiceFlag.NONE
    persistence_timeout: int = 0
    netmask: int | None = None
    persistence_engine: str | None = None


Table = dict[ServiceKey, tuple[VirtualService, dict[DestinationKey, Destination]]]
"""A whole IPVS table: what a kernel holds, or what it should hold.

The destinations of a service are not changed once they are in a table that was handed out: tables share them.
"""

KNOWN_SCHEDULERS = (
    "rr",
    "wrr",
    "lc",
    "wlc",
    "fo",
    "ovf",
    "lblc",
    "lblcr",
    "dh",
    "sh",
    "mh",
    "sed",
    "nq",
    "twos",
)
"""Every scheduler of the mainline kernel; the module is ``ip_vs_<name>`` (``twos`` since Linux 5.13)."""


def merge(parts: Iterable[Table]) -> Table:
    """One table out of several.

    Two virtual servers can share a service (groups with a common firewall mark): their destinations join,
    the first one's service settings and destinations win, as in keepalived, which adds the second's to what
    is there.
    """
    table: Table = {}
    for part in parts:
        for key, (service, destinations) in part.items():
            if key in table:
                first, have = table[key]
                table[key] = (first, {**have, **{n: d for n, d in destinations.items() if n not in have}})
            else:
                table[key] = (service, destinations)
    return table
