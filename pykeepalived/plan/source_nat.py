"""Full NAT: which connections get which source address on their way to a real server.

IPVS rewrites the destination and, with ``net.ipv4.vs.conntrack``, tells connection tracking of it; the
original tuple still says "client to virtual service".  So one rule for all services can choose by it, behind
IPVS, and nothing but what IPVS sends out ever matches: what is not balanced is delivered locally.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pykeepalived.lvs.service import ForwardingMethod, IPAddress, Protocol, ServiceKey
from pykeepalived.plan.group_marks import MAX_PORT

if TYPE_CHECKING:
    from pykeepalived.config.kinds.lvs_extensions import SourceNat as Written
    from pykeepalived.lvs.settings import PoolSettings

AF_INET = 2
TABLE = "pykeepalived_source_nat"


@dataclass(frozen=True, slots=True)
class NattedService:
    """Connections to this address (a firewall mark when it is None) and these ports."""

    family: int
    protocol: Protocol | None
    address: IPAddress | None
    first_port: int
    last_port: int
    mark: int = 0


@dataclass(frozen=True, slots=True)
class SourcePool:
    """Where the new source address comes from: None is the address of the outgoing interface."""

    family: int
    first: IPAddress | None
    last: IPAddress | None
    services: tuple[NattedService, ...]


@dataclass(frozen=True, slots=True)
class SourceNat:
    """Everything that nftables has to do, by pool, in tables called ``name``."""

    pools: tuple[SourcePool, ...]
    name: str = TABLE


def plan_source_nat(
    written: Iterable[tuple[PoolSettings, Written]], notes: list[str], instance: str | None = None
) -> SourceNat | None:
    """From the virtual servers that have ``source_nat``; what cannot be is added to ``notes``.

    ``instance``: that of the configuration; two daemons of one host need tables of their own.
    """
    found: dict[tuple[int, IPAddress | None, IPAddress | None], dict[NattedService, None]] = {}
    for pool, source in written:
        if not _masquerades(pool):
            notes.append(f"{pool.label}: source_nat does nothing: no server is forwarded to by NAT")
            continue
        for service in pool.services:
            key = service.key
            ends = _ends(source, key.family)
            if ends is None:
                version = 4 if key.family == AF_INET else 6
                notes.append(f"{key}: source_nat names no IPv{version} address; the client's stays")
                continue
            found.setdefault((key.family, *ends), {})[_natted(key)] = None
    if not found:
        return None
    pools = tuple(SourcePool(*ends, tuple(services)) for ends, services in found.items())
    return SourceNat(pools, f"{TABLE}_{instance}" if instance else TABLE)


def _masquerades(pool: PoolSettings) -> bool:
    destinations = [server.destination for server in pool.servers]
    if pool.sorry_server is not None:
        destinations.append(pool.sorry_server.destination)
    return any(one.forwarding is ForwardingMethod.MASQUERADE for one in destinations)


def _ends(source: Written, family: int) -> tuple[IPAddress | None, IPAddress | None] | None:
    if not source.ranges:
        return None, None
    version = 4 if family == AF_INET else 6
    for one in source.ranges:
        if one.first.version == version:
            return one.first, one.last
    return None


def _natted(key: ServiceKey) -> NattedService:
    if key.fwmark:
        return NattedService(key.family, None, None, 0, 0, key.fwmark)
    first, last = (key.port, key.port) if key.port else (0, MAX_PORT)
    return NattedService(key.family, key.protocol, key.address, first, last)
