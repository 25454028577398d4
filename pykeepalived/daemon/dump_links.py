"""Interfaces and sockets in the state file, in keepalived 2.4.3's words and order.  Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import ip_address

from pykeepalived.ipc.details import HostReport, LinkReport
from pykeepalived.tracking.settings import RouterTracking, TrackerKind
from pykeepalived.vrrp.settings import RouterSettings
from pykeepalived.vrrp.virtual_link import LinkKind

IFF_UP, IFF_BROADCAST, IFF_LOOPBACK, IFF_POINTOPOINT = 0x1, 0x2, 0x8, 0x10
IFF_RUNNING, IFF_NOARP, IFF_MULTICAST = 0x40, 0x80, 0x1000
_HARDWARE = {772: "LOOPBACK", 1: "ETHERNET", 32: "INFINIBAND"}
_PROTOCOL_AH = 51


def socket_lines(host: HostReport, settings: Mapping[str, RouterSettings]) -> Iterator[str]:
    """The pool of sockets; ours receive and send by one descriptor."""
    if not host.sockets:
        return
    yield "------< VRRP Sockpool >------"
    for one in host.sockets:
        routers = [settings[name] for name, _ in one.routers if name in settings]
        unicast = bool(routers) and (routers[0].unicast or bool(routers[0].peers))
        yield f" fd_in {one.descriptor} fd_out = {one.descriptor}"
        yield f"   Interface = {one.interface}"
        yield f"   Family = IPv{one.family}"
        yield f"   Protocol = {'AH' if one.protocol == _PROTOCOL_AH else 'VRRP'}"
        yield f"   Type = {'Un' if unicast else 'Mult'}icast"
        if unicast and (source := routers[0].source_address or _own_address(host, one.interface, one.family)):
            yield f"   Address = {source}"
        yield f"   Rx buf size = {sum(router.receive_buffer_bytes for router in routers)}"
        yield "   VRRP instances"
        yield from (f"     {name} vrid {vrid}" for name, vrid in one.routers)


def _own_address(host: HostReport, interface: str, family: int) -> str | None:
    link = next((one for one in host.links if one.name == interface), None)
    found = () if link is None else link.addresses4 if family == 4 else link.addresses6
    return found[0] if found else None


def interface_lines(
    host: HostReport,
    settings: Mapping[str, RouterSettings],
    tracking: Sequence[RouterTracking],
    static: Collection[str] = (),
) -> Iterator[str]:
    """Every interface of the network namespace, and who depends on it.

    Addresses that we put there (``static`` ones, too) are not the interface's own.
    """
    if not host.links:
        return
    ours = {link.name: link.kind for router in settings.values() for link in router.links}
    virtual = {str(one.address) for router in settings.values() for one in router.all_addresses}
    virtual |= set(static)
    by_name = {link.name: link for link in host.links}
    followers = _followers(settings, tracking)
    yield "------< Interfaces >------"
    for link in host.links:
        yield from _link(link, virtual)
        yield f"   Group = {link.group}"
        if link.name in ours:
            yield from _made_here(link, ours[link.name], by_name)
        yield f"   MTU = {link.mtu}"
        kind = _HARDWARE.get(link.hardware_type, f"UNKNOWN ({link.hardware_type})")
        yield f"   HW Type = {kind}"
        yield "   NIC netlink status update"
        yield "   Reset ARP config counter 0"
        yield "   Original arp_ignore 0"
        yield "   Original arp_filter 0"
        yield "   Original promote_secondaries 0"
        yield "   Reset promote_secondaries counter 0"
        if link.name in followers:
            yield "   Tracking VRRP instances :"
            yield from followers[link.name]


def _link(link: LinkReport, virtual: Collection[str]) -> Iterator[str]:
    own4 = [one for one in link.addresses4 if one not in virtual]
    own6 = [one for one in link.addresses6 if ip_address(one).is_link_local and one not in virtual]
    yield f" Name = {link.name}"
    yield f"   index = {link.index}"
    yield f"   IPv4 address = {own4[0] if own4 else '(none)'}"
    if own4[1:]:
        yield "   Additional IPv4 addresses :"
        yield from (f"     {one}" for one in own4[1:])
    yield f"   IPv6 address = {own6[0] if own6 else '(none)'}"
    if own6[1:]:
        yield "   Additional IPv6 addresses :"
        yield from (f"     {one}" for one in own6[1:])
    if link.mac and not link.flags & IFF_LOOPBACK:
        yield f"   MAC = {link.mac}"
        yield f"   MAC broadcast = {':'.join(['ff'] * len(link.mac.split(':')))}"
    words = [_not(link.flags & IFF_UP) + "UP", _not(link.flags & IFF_RUNNING) + "RUNNING"]
    for flag, wanted, word in (
        (IFF_BROADCAST, False, "no broadcast"),
        (IFF_LOOPBACK, True, "loopback"),
        (IFF_POINTOPOINT, True, "point to point"),
        (IFF_NOARP, True, "no arp"),
        (IFF_MULTICAST, False, "no multicast"),
    ):
        if bool(link.flags & flag) is wanted:
            words.append(word)
    yield f"   State = {', '.join(words)}"
    yield f"   Seen up = {int(bool(link.flags & IFF_UP))}"
    yield "   Delayed state change running = false"
    yield "   Up debounce timer = 0us"
    yield "   Down debounce timer = 0us"


def _made_here(link: LinkReport, kind: LinkKind, by_name: Mapping[str, LinkReport]) -> Iterator[str]:
    title, mode = ("VMAC", "private") if kind is LinkKind.MACVLAN else ("IPVLAN", "L2 bridge")
    parent = by_name.get(link.parent)
    if parent is not None:
        state = f"{_not(parent.flags & IFF_UP)}UP, {_not(parent.flags & IFF_RUNNING)}RUNNING"
        yield f"   {title} type {mode}, underlying interface = {parent.name}, state = {state}"
    else:
        yield f"   {title} type {mode}, underlying interface in different namespace"
    yield "   I/f created by keepalived"


def _followers(
    settings: Mapping[str, RouterSettings], tracking: Sequence[RouterTracking]
) -> dict[str, list[str]]:
    """By interface: who depends on it, as its own or because it is tracked."""
    found: dict[str, list[str]] = {}
    for router in tracking:
        followed: set[str] = set()
        for follow in router.follows:
            if follow.kind is TrackerKind.INTERFACE:
                followed.add(follow.name)
                reverse = " reverse" if follow.reverse else ""
                line = f"     {router.name}, weight {follow.weight}{reverse}"
                found.setdefault(follow.name, []).append(line)
        known = settings.get(router.name)
        own = () if known is None else dict.fromkeys((known.interface, known.speaking_interface))
        for name in own:
            if name not in followed:
                found.setdefault(name, []).append(f"     {router.name}, weight 0")
    return found


def _not(value: int) -> str:
    return "" if value else "not "
