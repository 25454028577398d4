"""Global definitions -> the nftables table of the virtual routers.

There is no iptables here: what ``vrrp_iptables`` and ``vrrp_ipsets`` ask for is done by nftables, as
keepalived does where iptables is nftables underneath.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pykeepalived.config.blocks.global_defs import GlobalDefs

DEFAULT_TABLE = "keepalived"


@dataclass(frozen=True, slots=True)
class FirewallSettings:
    """``priority`` is that of the base chains; ``by_index``: link-local addresses are told apart by the
    index of their interface, not by its name; ``counters``: rules count what they drop; ``local_igmp``: the
    kernel reports its membership of 224.0.0.x (not ``disable_local_igmp``).
    """

    table: str = DEFAULT_TABLE
    priority: int = -1
    by_index: bool = False
    counters: bool = False
    local_igmp: bool = True


def plan_firewall(defaults: GlobalDefs) -> FirewallSettings:
    """Where and how rules are made when a router needs them."""
    return FirewallSettings(
        table=defaults.nftables or DEFAULT_TABLE,
        priority=defaults.nftables_priority,
        by_index=defaults.nftables_ifindex,
        counters=defaults.nftables_counters,
        local_igmp=not defaults.disable_local_igmp,
    )


def firewall_notes(defaults: GlobalDefs) -> tuple[str, ...]:
    """What is done otherwise than the words say."""
    written = [
        keyword
        for keyword, value in (
            ("vrrp_iptables", defaults.vrrp_iptables),
            ("vrrp_ipsets", defaults.vrrp_ipsets),
        )
        if value is not None
    ]
    if not written:
        return ()
    table = defaults.nftables or DEFAULT_TABLE
    return (f"{' and '.join(written)}: the rules are made with nftables instead, in table {table}",)
