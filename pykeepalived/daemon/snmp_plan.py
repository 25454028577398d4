"""Whether there is an SNMP process, and what it serves."""

from __future__ import annotations

from collections.abc import Mapping

from pykeepalived.config.blocks.root import Config
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.ipc.messages import Process
from pykeepalived.plan.lvs import LvsPlan
from pykeepalived.plan.vrrp_plan import VrrpPlan
from pykeepalived.snmp.address import AddressError
from pykeepalived.snmp.plan import SnmpPlan, plan_snmp


def snmp_plan(
    settings: DaemonSettings, config: Config, plans: Mapping[Process, object], lvs: LvsPlan
) -> tuple[SnmpPlan | None, list[str]]:
    """None and why when it cannot be; ``plans`` are those of the processes it could tell of."""
    vrrp = plans.get(Process.VRRP)
    try:
        plan = plan_snmp(
            config,
            vrrp if isinstance(vrrp, VrrpPlan) else None,
            lvs if Process.CHECKER in plans else None,
            everything=settings.snmp,
            address=settings.snmp_socket,
        )
    except AddressError as problem:
        return None, [str(problem)]
    return plan, []
