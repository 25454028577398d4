"""What the vrrp process knows of its host, for the state file."""

from __future__ import annotations

from pykeepalived.daemon.vrrp_transport import Transport
from pykeepalived.ipc.details import HostReport, LinkReport, SocketReport, TrackedReport
from pykeepalived.kernel.links import Link, LinkTable
from pykeepalived.tracking.settings import TrackerKind
from pykeepalived.tracking.tracker import Tracking


def host_report(table: LinkTable, transport: Transport, tracking: Tracking) -> HostReport:
    """Interfaces by index, sockets in the order of their making, and every tracked thing."""
    links = sorted(table.links.values(), key=lambda link: link.index)
    return HostReport(
        links=tuple(_link(table, link) for link in links),
        sockets=tuple(
            SocketReport(
                endpoint.socket.fileno(),
                key.interface,
                key.family,
                key.protocol,
                tuple((name, vrid) for vrid, name in sorted(endpoint.routers.items())),
            )
            for key, endpoint in transport.sockets()
        ),
        tracked=tuple(
            TrackedReport(kind, name, tracking.status(kind, name))
            for kind in TrackerKind
            for name in tracking.names(kind)
        ),
    )


def _link(table: LinkTable, link: Link) -> LinkReport:
    parent = table.links.get(link.parent)
    return LinkReport(
        index=link.index,
        name=link.name,
        flags=link.flags,
        mac=link.mac.hex(":"),
        mtu=link.mtu,
        hardware_type=link.hardware_type,
        group=link.group,
        kind=link.kind,
        parent="" if parent is None else parent.name,
        addresses4=tuple(str(one.address) for one in table.addresses(link.index, 4)),
        addresses6=tuple(str(one.address) for one in table.addresses(link.index, 6)),
    )
