"""VRIDs that two instances must not share.

What keepalived compares: multicast instances on one interface (a vmac counts as the interface it is on) by
VRID, family and group address; unicast instances by VRID, family, their own address and whether they have a
peer in common.  Unicast and multicast do not meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.host import Host
from pykeepalived.config.resolving.report import Report
from pykeepalived.config.schema import amend
from pykeepalived.config.values import IPAddress


def family_of(instance: VrrpInstance) -> int:
    """4 or 6: what the addresses of an instance say."""
    if instance.native_ipv6:
        return 6
    ipvlan = instance.use_ipvlan.address if instance.use_ipvlan is not None else None
    for address in (instance.mcast_src_ip, instance.unicast_src_ip, instance.mcast_dst_ip, ipvlan):
        if address is not None:
            return address.version
    if instance.virtual_ipaddress:
        return instance.virtual_ipaddress[0].address.version
    if instance.unicast_peer:
        return instance.unicast_peer[0].address.version
    return 4


def resolve_vrids(config: Config, report: Report) -> None:
    """Leave out instances that have the VRID of an earlier one.  keepalived would start none."""
    instances = config.vrrp_instances
    alike: dict[tuple[object, ...], list[VrrpInstance]] = {}
    for instance in instances:
        for key in _keys(instance):
            alike.setdefault(key, []).append(instance)
    dropped: set[int] = set()
    told: set[tuple[int, int]] = set()
    for first, second in _pairs(alike.values()):
        unicast = bool(first.unicast_peer)
        if (id(first), id(second)) in told or (unicast and not _same_source(first, second, report.host)):
            continue
        told.add((id(first), id(second)))
        dropped.add(id(second))
        where = f" on interface {first.interface}" if first.interface else ""
        message = f"{first.name} and {second.name} both use VRID {first.virtual_router_id}"
        report.error(
            "duplicate-vrid", first.name if unicast else None,
            f"{message} with IPv{family_of(first)}{where}" + (" and the same peer" if unicast else ""),
            second.span_of("virtual_router_id"), consequence=f"{second.name} is left out",
        )  # fmt: skip
    if dropped:
        report.stop()
        amend(config, vrrp_instances=tuple(i for i in instances if id(i) not in dropped))


def _pairs(groups: Iterable[list[VrrpInstance]]) -> Iterator[tuple[VrrpInstance, VrrpInstance]]:
    for group in groups:
        for place, first in enumerate(group):
            for second in group[place + 1 :]:
                yield first, second


def _keys(instance: VrrpInstance) -> Iterator[tuple[object, ...]]:
    """Instances that share one of these may be in each other's way: a network, or a unicast peer."""
    what = family_of(instance), instance.virtual_router_id
    if not instance.unicast_peer:
        yield *what, instance.interface, instance.mcast_dst_ip
    for peer in dict.fromkeys(peer.address for peer in instance.unicast_peer):
        yield *what, peer


def _same_source(first: VrrpInstance, second: VrrpInstance, host: Host | None) -> bool:
    """Whether two unicast instances speak with one address."""
    if first.interface and second.interface and first.interface != second.interface:
        return False
    if first.unicast_src_ip == second.unicast_src_ip and (first.unicast_src_ip or host is None):
        return True
    own = _own_address(first, host)
    return own is not None and own == _own_address(second, host)


def _own_address(instance: VrrpInstance, host: Host | None) -> IPAddress | None:
    """Where its adverts come from; None when it is not known now: keepalived sees no conflict then."""
    if instance.unicast_src_ip is not None or host is None:
        return instance.unicast_src_ip
    version = family_of(instance)
    for held in host.addresses():
        if held.interface == instance.interface and held.address.version == version:
            # An IPv6 advert comes from a link-local address.
            if version == 6 and not held.address.is_link_local:
                continue
            return held.address
    return None
