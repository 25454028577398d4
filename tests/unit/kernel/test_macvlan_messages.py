"""Messages that make and change macvlans and ipvlans, byte for byte (linux/if_link.h, linux/ip.h)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from pykeepalived.kernel import macvlan
from pykeepalived.kernel.links import Link
from pykeepalived.vrrp.virtual_link import IpvlanMode, LinkKind, VirtualLink, is_virtual_mac, virtual_mac

PARENT = Link(7, "eth0", 0x1003, 6, bytes.fromhex("0242c0000201"), 1500, 1)
VMAC = VirtualLink("vrrp.51", "eth0", 4, mac=virtual_mac(4, 51))
IPVLAN = VirtualLink("ipv.51", "eth0", 4, LinkKind.IPVLAN, mode=IpvlanMode.PRIVATE)
NO_INDEX = "00000000 00000000 00000000 00000000"
NAME = "0c000300 76727270 2e353100"


def body(message: bytes) -> bytes:
    """What follows the netlink header."""
    assert len(message) == int.from_bytes(message[:4], "little")
    return message[16:]


def test_a_macvlan_is_private_and_carries_parent_name_group_and_mac() -> None:
    message = macvlan.encode_create(VMAC, PARENT, group=0, master=0)
    assert (16, 0x601) == (int.from_bytes(message[4:6], "little"), int.from_bytes(message[6:8], "little"))
    expected = (
        f"{NO_INDEX} 08000500 07000000 {NAME} 08001b00 00000000"
        "1c001200 0b000100 6d616376 6c616e00 0c000200 08000100 01000000"
        "0a000100 00005e00 01330000"
    )
    assert bytes.fromhex(expected) == body(message)


def test_a_parent_in_a_vrf_puts_the_macvlan_there_too() -> None:
    plain = macvlan.encode_create(VMAC, PARENT, group=9, master=0)
    inside = macvlan.encode_create(VMAC, PARENT, group=9, master=12)
    assert body(plain) + bytes.fromhex("08000a00 0c000000") == body(inside)


def test_an_ipvlan_is_of_mode_l2_with_its_flags_and_has_no_mac_of_its_own() -> None:
    message = macvlan.encode_create(IPVLAN, PARENT, group=0, master=0)
    assert bytes.fromhex("0a000100 6970766c 616e0000 14000200 06000100 00000000 06000200 01000000") in message
    assert bytes.fromhex("0a000100 0000") not in message


def test_ipv4_settings_are_numbered_as_the_kernel_numbers_them() -> None:
    message = macvlan.encode_ipv4_settings("vrrp.51", macvlan.IPV4_CONF_OF_VMAC)
    expected = (
        f"{NO_INDEX} {NAME} 2c001a00 28000200 24000100"
        "08000800 00000000 08001300 01000000 08001400 01000000 08001700 01000000"
    )
    assert bytes.fromhex(expected) == body(message)


def test_an_automatic_link_local_address_is_switched_off() -> None:
    expected = f"{NO_INDEX} {NAME} 10001a00 0c000a00 05000800 01000000"
    assert bytes.fromhex(expected) == body(macvlan.encode_no_link_local("vrrp.51"))


@pytest.mark.parametrize(
    ("message", "tail"),
    [
        (macvlan.encode_mtu("vrrp.51", 9000), "08000400 28230000"),
        (macvlan.encode_master("vrrp.51", 3), "08000a00 03000000"),
        (macvlan.encode_group("vrrp.51", 5), "08001b00 05000000"),
        (macvlan.encode_alias("vrrp.51", "us"), "06001400 75730000"),
        (macvlan.encode_delete("vrrp.51"), ""),
    ],
)
def test_a_change_names_the_interface_and_one_thing(message: bytes, tail: str) -> None:
    assert bytes.fromhex(f"{NO_INDEX} {NAME} {tail}") == body(message)


def test_switching_on_changes_that_flag_only() -> None:
    expected = f"00000000 00000000 01000000 01000000 {NAME}"
    assert bytes.fromhex(expected) == body(macvlan.encode_up("vrrp.51"))


def test_the_address_of_an_ipvlan_bears_our_mark() -> None:
    link = replace(IPVLAN, address=ip_address("192.0.2.7"), prefix_length=24)
    expected = "02180000 09000000 08000200 c0000207 08000100 c0000207 05000b00 12000000"
    assert bytes.fromhex(expected) == body(macvlan.encode_address(link, 9))


def test_virtual_mac_addresses_are_those_of_the_rfc() -> None:
    """[TX-5]"""
    assert "00:00:5e:00:01:33" == virtual_mac(4, 51).hex(":")
    assert "00:00:5e:00:02:ff" == virtual_mac(6, 255).hex(":")
    assert is_virtual_mac(virtual_mac(4, 1))
    assert not is_virtual_mac(bytes.fromhex("00005e000301"))
