"""Kernel parameters that the virtual servers of a configuration need, each with its reason.

Facts: Documentation/networking/ipvs-sysctl.rst.  What source NAT cannot work without is set in any case; the
rest is only told, unless the file asks for it (``# pykeepalived: ipvs_sysctl needed``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pykeepalived.config.kinds.lvs_extensions import NEEDED
from pykeepalived.lvs.service import ForwardingMethod, Protocol, ServiceFlag
from pykeepalived.lvs.settings import PoolSettings
from pykeepalived.plan.source_nat import SourceNat

if TYPE_CHECKING:
    from pykeepalived.config.blocks.global_defs import GlobalDefs

VS = "net/ipv4/vs/"
FORWARD_4, FORWARD_6 = "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"
CONNTRACK = f"{VS}conntrack"
EXPIRE_NODEST_CONN = f"{VS}expire_nodest_conn"
EXPIRE_QUIESCENT_TEMPLATE = f"{VS}expire_quiescent_template"
SYNC_THRESHOLD = f"{VS}sync_threshold"

AF_INET = 2
SYNC_AT_ONCE = "2 50"
"""The second packet of a client completes the handshake.  With 0 or 1 an open connection is first told of
after a whole period: the first packet finds it not established (ip_vs_sync.c)."""


@dataclass(frozen=True, slots=True)
class SysctlNeed:
    """``name`` below /proc/sys should be ``value``.

    ``first_counts``: of several numbers only the first matters.  ``why`` is a sentence about what happens
    otherwise, for the log.  ``set``: we set it and put it back at the end.
    """

    name: str
    value: str
    why: str
    set: bool = False
    first_counts: bool = False

    def is_met_by(self, found: str) -> bool:
        """Whether the value found in the kernel will do."""
        until = 1 if self.first_counts else None
        return found.split()[:until] == self.value.split()[:until]


def sysctl_needs(
    block: GlobalDefs, pools: list[PoolSettings], checked: frozenset[str], nat: SourceNat | None, synced: bool
) -> tuple[SysctlNeed, ...]:
    """The needs in a fixed order, each parameter once; what the file sets by name wins.

    ``checked``: labels of the pools with health checks, whose servers come and go.
    """
    asked = any(line.name == NEEDED for line in block.ipvs_sysctl)
    written = [
        SysctlNeed(VS + line.name, line.value, "the configuration says so", set=True)
        for line in block.ipvs_sysctl
        if line.name != NEEDED
    ]
    found = [*written, *_source_nat_needs(nat), *_forwarding(pools, asked)]
    found += [
        SysctlNeed(name, value, why, asked, name == SYNC_THRESHOLD)
        for name, value, why in _advised(pools, checked, synced, _udp_ends(block))
    ]
    last: dict[str, SysctlNeed] = {}
    for need in found:
        last.setdefault(need.name, need)
    last |= {need.name: need for need in written}  # of two lines with one name the last counts
    return tuple(last.values())


def _source_nat_needs(nat: SourceNat | None) -> list[SysctlNeed]:
    if nat is None:
        return []
    return [SysctlNeed(CONNTRACK, "1", "source_nat works by connection tracking", set=True)]


def _forwarding(pools: list[PoolSettings], asked: bool) -> list[SysctlNeed]:
    needs: dict[str, SysctlNeed] = {}
    for pool in pools:
        if not _uses(pool, ForwardingMethod.MASQUERADE):
            continue
        for service in pool.services:
            name = FORWARD_4 if service.key.family == AF_INET else FORWARD_6
            why = f"virtual server {pool.label} uses NAT: answers of its servers are not forwarded"
            needs.setdefault(name, SysctlNeed(name, "1", why, asked))
    return list(needs.values())


def _udp_ends(block: GlobalDefs) -> bool:
    """Somebody chose how long UDP connections are remembered, and so how long they go to a removed server."""
    return block.lvs_timeouts is not None and block.lvs_timeouts.udp is not None


def _advised(
    pools: list[PoolSettings], checked: frozenset[str], synced: bool, udp_ends: bool
) -> list[tuple[str, str, str]]:
    needs = []
    for pool in pools:
        service = pool.services[0]
        if service.flags & ServiceFlag.PERSISTENT and any(one.inhibit_on_failure for one in pool.servers):
            why = f"virtual server {pool.label} is persistent: clients stick to a server of weight 0"
            needs.append((EXPIRE_QUIESCENT_TEMPLATE, "1", why))
        udp = any(one.key.protocol is Protocol.UDP for one in pool.services)
        if udp and not udp_ends and pool.label in checked and not service.flags & ServiceFlag.ONE_PACKET:
            why = f"virtual server {pool.label} is UDP: packets to a server that was removed vanish"
            needs.append((EXPIRE_NODEST_CONN, "1", why))
    if synced:
        why = "lvs_sync_daemon: not every connection is synchronised as soon as it is established"
        needs.append((SYNC_THRESHOLD, SYNC_AT_ONCE, why))
    return needs


def _uses(pool: PoolSettings, method: ForwardingMethod) -> bool:
    return any(server.destination.forwarding is method for server in pool.servers)
