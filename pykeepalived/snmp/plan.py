"""Configuration -> what the SNMP process serves.

Needed before the VRRP process starts: no tables are imported here.
"""

from __future__ import annotations

from dataclasses import dataclass

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.config.blocks.root import Config
from pykeepalived.plan.lvs import LvsPlan
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.snmp.address import DEFAULT, TcpAddress, UnixAddress, parse
from pykeepalived.snmp.served import Served


@dataclass(frozen=True, slots=True)
class SnmpPlan:
    """``written`` is ``address`` as the user knows it.  ``vrrp`` and ``lvs`` are None unless they run.

    IPVS is read again when what was read is older than the two intervals.
    """

    written: str
    address: UnixAddress | TcpAddress
    served: Served
    config: Config
    vrrp: VrrpPlan | None = None
    lvs: LvsPlan | None = None
    service_interval_ns: int = 5 * NANOSECONDS_PER_SECOND
    server_interval_ns: int = 5 * NANOSECONDS_PER_SECOND


def plan_snmp(
    config: Config,
    vrrp: VrrpPlan | None,
    lvs: LvsPlan | None,
    *,
    everything: bool = False,
    address: str | None = None,
) -> SnmpPlan | None:
    """None when nothing asks for SNMP.  ``everything`` is -x, ``address`` -A; AddressError for a bad one.

    keepalived's processes each serve their part, so that what does not run is not served.
    """
    block = config.global_defs
    served = Served(
        vrrp=vrrp is not None and (everything or block.enable_snmp_vrrp),
        checker=lvs is not None and (everything or block.enable_snmp_checker),
        rfc2787=vrrp is not None and (everything or block.enable_snmp_rfc or block.enable_snmp_rfcv2),
        rfc6527=vrrp is not None and (everything or block.enable_snmp_rfc or block.enable_snmp_rfcv3),
        traps=block.enable_traps,
    )
    if not served:
        return None
    written = address or block.snmp_socket or DEFAULT
    services = block.snmp_vs_stats_update_interval
    servers = block.snmp_rs_stats_update_interval
    return SnmpPlan(
        written,
        parse(written),
        served,
        config,
        vrrp,
        lvs,
        round(services * NANOSECONDS_PER_SECOND),
        round((services if servers is None else servers) * NANOSECONDS_PER_SECOND),
    )
