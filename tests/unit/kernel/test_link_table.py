"""What kernel messages change in the table of interfaces and addresses."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

from pykeepalived.kernel import netlink
from pykeepalived.kernel.links import (
    IFA_ADDRESS,
    IFA_F_SECONDARY,
    IFA_F_TENTATIVE,
    IFA_FLAGS,
    IFA_LOCAL,
    IFF_RUNNING,
    IFF_UP,
    IFLA_ADDRESS,
    IFLA_IFNAME,
    IFLA_OPERSTATE,
    RT_SCOPE_LINK,
    AddressAdded,
    AddressRemoved,
    LinkChanged,
    LinkRemoved,
    LinkTable,
)

MAC = bytes.fromhex("020000000001")


def reply(data: bytes) -> netlink.Reply:
    (only,) = netlink.replies(data)
    return only


def link_message(
    index: int = 2,
    name: str = "eth0",
    flags: int = IFF_UP | IFF_RUNNING,
    *,
    kind: int = netlink.RTM_NEWLINK,
    family: int = 0,
    mac: bytes = MAC,
) -> netlink.Reply:
    fixed = struct.pack("=BxHiII", family, 1, index, flags, 0)
    parts = [
        netlink.attribute(IFLA_IFNAME, name.encode() + b"\0"),
        netlink.attribute(IFLA_ADDRESS, mac),
        netlink.attribute(IFLA_OPERSTATE, b"\x06"),
    ]
    return reply(netlink.message(kind, 0, fixed + b"".join(parts)))


def address_message(
    address: str,
    prefix_length: int,
    *,
    index: int = 2,
    kind: int = netlink.RTM_NEWADDR,
    flags: int = 0,
    scope: int = 0,
) -> netlink.Reply:
    packed = (IPv6Address(address) if ":" in address else IPv4Address(address)).packed
    family = 10 if ":" in address else 2
    fixed = struct.pack("=BBBBI", family, prefix_length, flags & 0xFF, scope, index)
    parts = [netlink.attribute(IFA_ADDRESS, packed), netlink.attribute(IFA_FLAGS, struct.pack("=I", flags))]
    if family == 2:
        parts.append(netlink.attribute(IFA_LOCAL, packed))
    return reply(netlink.message(kind, 0, fixed + b"".join(parts)))


def test_a_new_interface_is_a_change_and_the_same_again_is_none() -> None:
    table = LinkTable()

    (change,) = table.feed([link_message()])
    assert isinstance(change, LinkChanged)
    assert change.before is None
    assert ("eth0", MAC, True) == (change.link.name, change.link.mac, change.link.usable)
    assert [] == table.feed([link_message()])


def test_losing_carrier_makes_it_unusable() -> None:
    table = LinkTable()
    table.feed([link_message()])

    (change,) = table.feed([link_message(flags=IFF_UP)])
    assert isinstance(change, LinkChanged)
    assert not change.link.usable


def test_a_renamed_interface_is_found_under_its_new_name_only() -> None:
    table = LinkTable()
    table.feed([link_message(), link_message(name="lan0")])

    assert table.link("eth0") is None
    assert table.link("lan0") is not None


def test_a_bridge_port_leaving_its_bridge_is_not_a_removed_interface() -> None:
    table = LinkTable()
    table.feed([link_message()])

    assert [] == table.feed([link_message(kind=netlink.RTM_DELLINK, family=7)])
    assert table.link("eth0") is not None


def test_a_removed_interface_takes_its_addresses_along() -> None:
    table = LinkTable()
    table.feed([link_message(), address_message("192.0.2.1", 24)])

    first, second = table.feed([link_message(kind=netlink.RTM_DELLINK)])
    assert isinstance(first, AddressRemoved)
    assert isinstance(second, LinkRemoved)
    assert [] == table.all_addresses()


def test_addresses_come_and_go_by_prefix_length() -> None:
    table = LinkTable()
    table.feed([link_message()])

    (added,) = table.feed([address_message("192.0.2.1", 24)])
    assert isinstance(added, AddressAdded)
    assert [] == table.feed([address_message("192.0.2.1", 32, kind=netlink.RTM_DELADDR)])
    assert table.held(2, IPv4Address("192.0.2.1"), 24) is not None
    (removed,) = table.feed([address_message("192.0.2.1", 24, kind=netlink.RTM_DELADDR)])
    assert isinstance(removed, AddressRemoved)
    assert table.held(2, IPv4Address("192.0.2.1"), 24) is None


def test_adverts_come_from_the_first_primary_address_that_is_not_virtual() -> None:
    table = LinkTable()
    table.feed(
        [
            link_message(),
            address_message("192.0.2.9", 24),
            address_message("192.0.2.1", 24, flags=IFA_F_SECONDARY),
            address_message("198.51.100.1", 24),
            address_message("198.51.100.2", 24),
        ]
    )

    assert IPv4Address("192.0.2.9") == table.primary_address(2, 4)
    assert IPv4Address("198.51.100.1") == table.primary_address(2, 4, besides=[IPv4Address("192.0.2.9")])


def test_an_ipv4_link_scope_address_serves_when_there_is_no_other() -> None:
    table = LinkTable()
    table.feed([link_message(), address_message("169.254.1.1", 16, scope=RT_SCOPE_LINK)])
    assert IPv4Address("169.254.1.1") == table.primary_address(2, 4)

    table.feed([address_message("192.0.2.1", 24)])
    assert IPv4Address("192.0.2.1") == table.primary_address(2, 4)


def test_ipv6_adverts_come_from_a_link_local_address_that_is_not_tentative() -> None:
    table = LinkTable()
    table.feed(
        [
            link_message(),
            address_message("2001:db8::1", 64),
            address_message("fe80::1", 64, flags=IFA_F_TENTATIVE, scope=RT_SCOPE_LINK),
        ]
    )
    assert table.primary_address(2, 6) is None

    table.feed([address_message("fe80::1", 64, scope=RT_SCOPE_LINK)])
    assert IPv6Address("fe80::1") == table.primary_address(2, 6)


def test_a_dump_after_lost_events_tells_the_difference() -> None:
    table = LinkTable()
    table.feed(
        [
            link_message(2, "eth0"),
            link_message(3, "eth1"),
            address_message("192.0.2.1", 24),
            address_message("192.0.2.2", 24),
        ]
    )

    changes = table.replace_by(
        [link_message(2, "eth0", flags=IFF_UP), link_message(4, "eth2")],
        [address_message("192.0.2.2", 24), address_message("192.0.2.3", 24)],
    )

    assert {
        ("AddressRemoved", "192.0.2.1"),
        ("LinkRemoved", "eth1"),
        ("LinkChanged", "eth0"),
        ("LinkChanged", "eth2"),
        ("AddressAdded", "192.0.2.3"),
    } == {
        (
            type(change).__name__,
            str(change.address.address)
            if isinstance(change, AddressAdded | AddressRemoved)
            else change.link.name,
        )
        for change in changes
    }
    assert [] == table.replace_by(
        [link_message(2, "eth0", flags=IFF_UP), link_message(4, "eth2")],
        [address_message("192.0.2.2", 24), address_message("192.0.2.3", 24)],
    )
