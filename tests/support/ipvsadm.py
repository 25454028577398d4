"""An IPVS table as ``ipvsadm -Sn`` writes it, so that tables can be compared with recorded ones."""

from __future__ import annotations

from ipaddress import IPv4Address

from pykeepalived.lvs.service import (
    Destination,
    ForwardingMethod,
    Protocol,
    ServiceFlag,
    ServiceKey,
    Table,
    TunnelType,
    VirtualService,
)

PROTOCOL = {Protocol.TCP: "-t", Protocol.UDP: "-u", Protocol.SCTP: "--sctp-service"}
METHOD = {
    ForwardingMethod.MASQUERADE: "-m",
    ForwardingMethod.DIRECT_ROUTING: "-g",
    ForwardingMethod.TUNNEL: "-i",
    ForwardingMethod.LOCAL_NODE: "-m",
}
FLAG_NAMES = {
    "sh": {ServiceFlag.SCHEDULER_1: "sh-fallback", ServiceFlag.SCHEDULER_2: "sh-port"},
    "mh": {ServiceFlag.SCHEDULER_1: "mh-fallback", ServiceFlag.SCHEDULER_2: "mh-port"},
}
CHECKSUM = ("--tun-nocsum", "--tun-csum", "--tun-remcsum")


def saved(table: Table) -> list[str]:
    """The lines of ``ipvsadm -Sn``, sorted.  It leaves thresholds out."""
    lines = []
    for key, (service, destinations) in table.items():
        lines.append(f"-A {_key(key)}{_service(service)}")
        lines += [f"-a {_key(key)} {_destination(one)}" for one in destinations.values()]
    return sorted(lines)


def _at(address: object, port: int) -> str:
    return f"{address}:{port}" if isinstance(address, IPv4Address) else f"[{address}]:{port}"


def _key(key: ServiceKey) -> str:
    if key.fwmark:
        return f"-f {key.fwmark}" + (" -6" if key.family == 10 else "")
    assert key.protocol is not None
    return f"{PROTOCOL[key.protocol]} {_at(key.address, key.port)}"


def _service(service: VirtualService) -> str:
    text = f" -s {service.scheduler}"
    if service.flags & ServiceFlag.PERSISTENT:
        text += f" -p {service.persistence_timeout}"
        if service.netmask is not None:
            mask = str(IPv4Address(service.netmask)) if service.key.family == 2 else str(service.netmask)
            text += f" -M {mask}"
    if service.persistence_engine:
        text += f" --pe {service.persistence_engine}"
    if service.flags & ServiceFlag.ONE_PACKET:
        text += " -o"
    names = FLAG_NAMES.get(service.scheduler, {})
    flags = [
        names.get(flag, f"flag-{number}")
        for number, flag in enumerate(
            (ServiceFlag.SCHEDULER_1, ServiceFlag.SCHEDULER_2, ServiceFlag.SCHEDULER_3), 1
        )
        if service.flags & flag
    ]
    return text + (f" -b {','.join(flags)}" if flags else "")


def _destination(one: Destination) -> str:
    text = f"-r {_at(one.key.address, one.key.port)} {METHOD[one.forwarding]} -w {one.weight}"
    if one.forwarding is ForwardingMethod.TUNNEL:
        text += f" --tun-type {one.tunnel_type.name.lower()}"
        if one.tunnel_type is TunnelType.GUE:
            text += f" --tun-port {one.tunnel_port}"
        if one.tunnel_type is not TunnelType.IPIP:
            text += f" {CHECKSUM[one.tunnel_flags]}"
    return text
