"""The site that the golden walks were recorded at, as the SNMP process would know it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from pykeepalived.config.load import load_text
from pykeepalived.ipc.details import InstanceDetail, TransitionReport
from pykeepalived.ipc.messages import InstanceCounters, InstanceSnapshot, RouterState
from pykeepalived.plan.lvs import plan_lvs
from pykeepalived.plan.vrrp import plan_vrrp
from pykeepalived.snmp.mib import Mib
from pykeepalived.snmp.mibs import served_tables
from pykeepalived.snmp.plan import plan_snmp
from pykeepalived.snmp.served import Served
from pykeepalived.snmp.view import Link, View, virtual_link_locals
from pykeepalived.tracking.settings import TrackerKind
from pykeepalived.vrrp.actions import Reason
from pykeepalived.wire.agentx import Oid, Type, VarBind

GOLDEN = Path(__file__).parents[2] / "golden" / "snmp"
S = 1_000_000_000

LINKS = {
    "eth0": Link(
        2, bytes.fromhex("020000000000"), IPv4Address("192.0.2.1"), (IPv6Address("fe80::ff:fe00:0"),)
    ),
    "eth1": Link(
        3,
        bytes.fromhex("020000000001"),
        IPv4Address("198.51.100.1"),
        (IPv6Address("fe80::62"), IPv6Address("fe80::ff:fe00:1")),  # the first one is virtual
    ),
}


def view(case: str, text: str | None = None) -> View:
    """Every router is Master and has heard 13 adverts, every service is up."""
    config = load_text((GOLDEN / f"{case}.conf").read_text() if text is None else text).config
    vrrp = plan_vrrp(config) if config.vrrp_instances else None
    lvs = plan_lvs(config) if config.virtual_servers else None
    plan = plan_snmp(config, vrrp, lvs)
    assert plan is not None
    taken_over = TransitionReport(8 * S, "BACKUP", "MASTER", Reason.MASTER_SILENT.value, priority=100)
    begun = TransitionReport(1 * S, "INIT", "BACKUP", Reason.STARTUP.value, priority=100)
    snapshots = {
        router.name: InstanceSnapshot(
            router.name,
            RouterState.MASTER,
            RouterState.MASTER,
            112 if router.name == "VI_1" else router.priority,
            0,
            S,
            8 * S,
            True,
            InstanceCounters(become_master=1, advert_rcvd=0 if case == "v3" else 13),
            detail=InstanceDetail(transitions=(begun, taken_over)),
        )
        for router in (vrrp.routers if vrrp is not None else ())
    }
    return View(
        config,
        plan.served,
        vrrp,
        lvs,
        snapshots,
        groups={group.name: RouterState.MASTER for group in (vrrp.groups if vrrp is not None else ())},
        trackers={(TrackerKind.SCRIPT, "chk"): 1, (TrackerKind.FILE, "tf"): 0},
        alive={
            ("[203.0.113.20]:tcp:80", f"[192.0.2.{host}]:tcp:80"): host not in (14, 19)
            for host in range(13, 20)
        },
        links=LINKS,
        virtual_link_locals=virtual_link_locals(vrrp),
        realtime_ns=11 * S,
    )


def walk(of: View, **served: bool) -> dict[Oid, VarBind]:
    """Everything that a manager finds."""
    view = replace(of, served=replace(Served(traps=of.served.traps), **served))
    mib = Mib([table for _, tables in served_tables(view.served) for table in tables], view)
    found: dict[Oid, VarBind] = {}
    binding = mib.after((1,))
    while binding.value.type is not Type.END_OF_MIB_VIEW:
        assert binding == mib.get(binding.name)
        found[binding.name] = binding
        binding = mib.after(binding.name)
    return found


def recorded(name: str) -> Iterator[tuple[Oid, str]]:
    """Name and value of each line of a recorded walk."""
    for line in (GOLDEN / f"{name}.walk").read_text().splitlines():
        oid, _, value = line.partition(" = ")
        yield tuple(map(int, oid.strip(".").split("."))), value.rstrip()


def printed(binding: VarBind) -> str:
    """As snmpwalk -On prints a value."""
    kind, data = binding.value.type, binding.value.data
    if isinstance(data, bytes):
        if kind is Type.IP_ADDRESS:
            return f"IpAddress: {IPv4Address(data)}"
        if not data:
            return '""'
        if all(32 <= byte < 127 for byte in data):
            return f'STRING: "{data.decode()}"'
        return f"Hex-STRING: {data.hex(' ').upper()}"
    assert isinstance(data, int)
    if kind is Type.TIME_TICKS:
        return f"Timeticks: ({data})"
    names = {Type.INTEGER: "INTEGER", Type.GAUGE32: "Gauge32", Type.COUNTER32: "Counter32"}
    return f"{names.get(kind, 'Counter64')}: {data}"


def without_clock(value: str) -> str:
    """Only that it is a time."""
    return re.sub(r"Timeticks:.*", "Timeticks", value)
