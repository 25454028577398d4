"""What interfaces and addresses mean for a router."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address

from pykeepalived.daemon.vrrp_links import interface_faults, interfaces_of, left_over, speaking_address
from pykeepalived.kernel.addresses import RTPROT_KEEPALIVED
from pykeepalived.kernel.links import IFF_RUNNING, IFF_UP, AddressOnLink, Link, LinkTable
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress
from pykeepalived.vrrp.virtual_link import LinkKind, VirtualLink, virtual_mac

MAC = bytes.fromhex("020000000001")


def table(*links: tuple[str, bool], addresses: tuple[tuple[str, str, int], ...] = ()) -> LinkTable:
    """Interfaces as (name, usable) and addresses as (interface, address/prefix, protocol)."""
    made = LinkTable()
    for index, (name, usable) in enumerate(links, 1):
        flags = IFF_UP | IFF_RUNNING if usable else IFF_UP
        made.links[index] = Link(index, name, flags, 6, MAC, 1500, 1)
        made._index_of[name] = index
    for name, text, protocol in addresses:
        address, _, prefix = text.partition("/")
        index = made._index_of[name]
        held = AddressOnLink(index, ip_address(address), int(prefix), 0, 0, "", protocol)
        made._addresses.setdefault((index, held.address.version), {})[held.address, held.prefix_length] = held
    return made


def virtual(text: str, interface: str = "eth0", *, no_track: bool = False) -> VirtualAddress:
    address, _, prefix = text.partition("/")
    return VirtualAddress(ip_address(address), int(prefix or 32), interface, no_track=no_track)


ROUTER = RouterSettings("VI_1", "eth0", 51, addresses=(virtual("198.51.100.1"),))


def test_a_usable_interface_is_no_fault() -> None:
    assert set() == interface_faults(ROUTER, table(("eth0", True)))


def test_a_missing_or_dead_interface_is_a_fault() -> None:
    assert {"interface eth0 does not exist"} == interface_faults(ROUTER, table(("eth1", True)))
    assert {"interface eth0 down"} == interface_faults(ROUTER, table(("eth0", False)))


def test_dont_track_primary_ignores_a_dead_interface_but_not_a_missing_one() -> None:
    careless = replace(ROUTER, track_interface=False)

    assert set() == interface_faults(careless, table(("eth0", False)))
    assert {"interface eth0 does not exist"} == interface_faults(careless, table(("eth1", True)))


def test_interfaces_of_addresses_count_unless_no_track() -> None:
    elsewhere = replace(ROUTER, excluded_addresses=(virtual("203.0.113.1", "eth1"),))
    careless = replace(ROUTER, excluded_addresses=(virtual("203.0.113.1", "eth1", no_track=True),))
    links = table(("eth0", True), ("eth1", False))

    assert ("eth0", "eth1") == interfaces_of(elsewhere)
    assert {"interface eth1 down"} == interface_faults(elsewhere, links)
    assert set() == interface_faults(careless, links)


STACKED = replace(
    ROUTER,
    addresses=(virtual("198.51.100.1", "vrrp.51"),),
    links=(VirtualLink("vrrp.51", "eth0", 4, mac=virtual_mac(4, 51)),),
    advert_interface="vrrp.51",
)


def test_a_macvlan_is_as_its_interface_is() -> None:
    assert ("eth0", "vrrp.51") == interfaces_of(STACKED)
    assert set() == interface_faults(STACKED, table(("eth0", True), ("vrrp.51", False)))
    assert {"interface eth0 down"} == interface_faults(STACKED, table(("eth0", False), ("vrrp.51", False)))
    assert {"interface vrrp.51 does not exist"} == interface_faults(STACKED, table(("eth0", True)))
    careless = replace(STACKED, track_interface=False)
    assert set() == interface_faults(careless, table(("eth0", False), ("vrrp.51", False)))


def test_a_macvlan_that_somebody_switched_off_is_a_fault() -> None:
    links = table(("eth0", True), ("vrrp.51", True))
    index = links._index_of["vrrp.51"]
    links.links[index] = replace(links.links[index], flags=0)
    assert {"interface vrrp.51 down"} == interface_faults(STACKED, links)


def test_a_macvlan_of_an_address_elsewhere_needs_the_interface_there() -> None:
    elsewhere = replace(
        ROUTER,
        addresses=(virtual("198.51.100.1", "vrrp.51"),),
        links=(VirtualLink("vrrp.51", "eth1", 4, mac=virtual_mac(4, 51)),),
    )
    links = table(("eth0", True), ("eth1", False), ("vrrp.51", False))
    assert {"interface eth1 down"} == interface_faults(elsewhere, links)


def test_by_way_of_a_macvlan_it_speaks_from_the_address_of_the_interface_below() -> None:
    """[TX-4]"""
    links = table(
        ("eth0", True),
        ("vrrp.51", True),
        addresses=(("vrrp.51", "198.51.100.1/24", 0), ("eth0", "192.0.2.1/24", 0)),
    )
    assert IPv4Address("192.0.2.1") == speaking_address(STACKED, links, [IPv4Address("198.51.100.1")])


def test_ipv6_by_way_of_a_macvlan_needs_no_address_below() -> None:
    six = replace(
        STACKED,
        family=6,
        addresses=(virtual("2001:db8::1/64", "vrrp.51"),),
        links=(VirtualLink("vrrp.51", "eth0", 6, mac=virtual_mac(6, 51)),),
    )
    bare = table(("eth0", True), ("vrrp.51", True))
    assert IPv6Address("fe80::ff:fe00:1") == speaking_address(six, bare, [])
    held = table(("eth0", True), ("vrrp.51", True), addresses=(("eth0", "fe80::7/64", 0),))
    assert IPv6Address("fe80::7") == speaking_address(six, held, [])


def test_an_ipvlan_without_an_address_speaks_from_its_own_link_local_one() -> None:
    six = replace(
        ROUTER,
        family=6,
        links=(VirtualLink("ipv", "eth0", 6, LinkKind.IPVLAN),),
        advert_interface="ipv",
    )
    links = table(
        ("eth0", True),
        ("ipv", True),
        addresses=(("eth0", "fe80::7/64", 0), ("ipv", "fe80::8/64", 0)),
    )
    assert IPv6Address("fe80::8") == speaking_address(six, links, [])
    assert speaking_address(six, table(("eth0", True)), []) is None


def test_whatever_lies_on_a_macvlan_of_ours_is_ours() -> None:
    links = table(("eth0", True), ("vrrp.51", True), addresses=(("vrrp.51", "198.51.100.1/32", 0),))
    assert (list(STACKED.addresses), []) == left_over(STACKED, links)


def test_it_speaks_from_its_own_address_and_never_from_a_virtual_one() -> None:
    links = table(("eth0", True), addresses=(("eth0", "198.51.100.1/24", 0), ("eth0", "192.0.2.1/24", 0)))

    assert IPv4Address("192.0.2.1") == speaking_address(ROUTER, links, [IPv4Address("198.51.100.1")])
    assert speaking_address(ROUTER, table(("eth0", True)), []) is None
    assert speaking_address(ROUTER, table(("eth1", True)), []) is None


def test_a_configured_address_is_used_and_followed_only_when_asked() -> None:
    configured = replace(ROUTER, source_address=IPv4Address("192.0.2.7"))
    followed = replace(configured, track_source_address=True)
    without = table(("eth0", True))
    with_it = table(("eth0", True), addresses=(("eth0", "192.0.2.7/24", 0),))

    assert IPv4Address("192.0.2.7") == speaking_address(configured, without, [])
    assert speaking_address(followed, without, []) is None
    assert IPv4Address("192.0.2.7") == speaking_address(followed, with_it, [])


def test_an_ipv6_router_speaks_from_a_link_local_address() -> None:
    links = table(("eth0", True), addresses=(("eth0", "2001:db8::1/64", 0), ("eth0", "fe80::1/64", 0)))

    assert IPv6Address("fe80::1") == speaking_address(replace(ROUTER, family=6), links, [])


HOST = ("eth0", "192.0.2.1/24", 0)


def test_what_a_killed_daemon_left_is_found() -> None:
    links = table(("eth0", True), addresses=(HOST, ("eth0", "198.51.100.1/32", 0)))

    assert ([*ROUTER.addresses], []) == left_over(ROUTER, links)


def test_the_same_address_with_another_prefix_length_is_not_ours() -> None:
    links = table(("eth0", True), addresses=(HOST, ("eth0", "198.51.100.1/24", 0)))

    assert ([], []) == left_over(ROUTER, links)


def test_the_hosts_only_address_is_left_alone_unless_it_bears_our_mark() -> None:
    unmarked = table(("eth0", True), addresses=(("eth0", "198.51.100.1/32", 0),))
    marked = table(("eth0", True), addresses=(("eth0", "198.51.100.1/32", RTPROT_KEEPALIVED),))

    assert ([], [*ROUTER.addresses]) == left_over(ROUTER, unmarked)
    assert ([*ROUTER.addresses], []) == left_over(ROUTER, marked)


def test_an_owners_own_addresses_are_left_alone_unless_they_bear_our_mark() -> None:
    owner = replace(ROUTER, priority=255)
    unmarked = table(("eth0", True), addresses=(HOST, ("eth0", "198.51.100.1/32", 0)))
    marked = table(("eth0", True), addresses=(HOST, ("eth0", "198.51.100.1/32", RTPROT_KEEPALIVED)))

    assert ([], [*owner.addresses]) == left_over(owner, unmarked)
    assert ([*owner.addresses], []) == left_over(owner, marked)
