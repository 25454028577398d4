"""What IPVS counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class Statistics:
    """Totals since the service or server was added, and present rates per second (``ip_vs_stats``)."""

    connections: int = 0
    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    connection_rate: int = 0
    packet_rate_in: int = 0
    packet_rate_out: int = 0
    byte_rate_in: int = 0
    byte_rate_out: int = 0

    def __add__(self, other: Statistics) -> Statistics:
        return Statistics(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class ServerStatistics:
    """One real server: the same, and its present connections."""

    totals: Statistics = Statistics()
    active: int = 0
    inactive: int = 0
    persistent: int = 0

    def __add__(self, other: ServerStatistics) -> ServerStatistics:
        return ServerStatistics(
            self.totals + other.totals,
            self.active + other.active,
            self.inactive + other.inactive,
            self.persistent + other.persistent,
        )


@dataclass(frozen=True, slots=True)
class ServiceStatistics:
    """A virtual server, and its real servers by their labels; a group's services are added up."""

    totals: Statistics = Statistics()
    servers: Mapping[str, ServerStatistics] = field(default_factory=dict)
