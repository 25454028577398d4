"""From a configuration to what is offered on D-Bus."""

from __future__ import annotations

from importlib.util import find_spec

from pykeepalived.config.blocks.root import Config
from pykeepalived.notify.dbus_objects import (
    DEFAULT_NAME,
    ROOT,
    DbusInstance,
    DbusPlan,
    instance_path,
    path_element,
)
from pykeepalived.plan.vrrp_plan import VrrpPlan

MISSING = (
    "enable_dbus: the Python package jeepney is not installed, so nothing is offered on D-Bus; "
    "pip install 'pykeepalived[dbus]'"
)


def dbus_plan(config: Config, vrrp: VrrpPlan) -> DbusPlan | None:
    """The objects of every instance that runs; None when there is nothing to speak D-Bus with."""
    if find_spec("jeepney") is None:
        return None
    block = config.global_defs
    root = "/".join((ROOT, *(path_element(one) for one in (config.net_namespace, config.instance) if one)))
    running = {router.name: router for router in vrrp.routers}
    return DbusPlan(
        block.dbus_service_name or DEFAULT_NAME,
        root,
        tuple(
            DbusInstance(
                one.name,
                instance_path(
                    root,
                    one.interface or block.dbus_no_interface_name or "none",
                    running[one.name].vrid,
                    running[one.name].family,
                ),
            )
            for one in config.vrrp_instances
            if one.name in running
        ),
    )
