"""nf_tables messages, byte for byte, against what ``nft --debug=mnl`` (1.0.6) prints for the same command.

nft names the first register 1 (NFT_REG_1), we name the same place 8 (NFT_REG32_00), which is what its parts
are called; the kernel takes either.
"""

from __future__ import annotations

import ipaddress

from pykeepalived.kernel.nft_expressions import counter, drop, goto, ipv4_destination, lookup
from pykeepalived.kernel.nft_messages import (
    ELEMENTS_PER_MESSAGE,
    INTERFACE_INDEX,
    INTERFACE_NAME,
    IPV4_ADDRESS,
    IPV6_ADDRESS,
    BaseChain,
    Family,
    Hook,
    Table,
    add_chain,
    add_elements,
    add_rule,
    add_set,
    add_table,
    concatenated,
    delete_elements,
    delete_table,
    interface_name,
)

TABLE = Table(Family.IPV4, "t")
NAME_T = "06000100 74000000"


def hexadecimal(text: str) -> bytes:
    return bytes.fromhex(text)


def body(message: bytes) -> bytes:
    """What follows the netlink header: struct nfgenmsg and the attributes."""
    assert len(message) == int.from_bytes(message[:4], "little")
    return message[16:]


def kind_and_flags(message: bytes) -> tuple[int, int]:
    return int.from_bytes(message[4:6], "little"), int.from_bytes(message[6:8], "little")


def test_a_table_is_created_when_it_is_missing() -> None:
    message = add_table(TABLE)
    assert (0x0A00, 0x401) == kind_and_flags(message)
    assert hexadecimal(f"02000000 {NAME_T} 08000200 00000000") == body(message)


def test_an_owned_table_must_be_new_and_carries_the_owner_flag() -> None:
    message = add_table(TABLE, owned=True)
    assert (0x0A00, 0x601) == kind_and_flags(message)
    assert hexadecimal(f"02000000 {NAME_T} 08000200 00000002") == body(message)


def test_deleting_a_table_names_it() -> None:
    assert (0x0A02, 0x001) == kind_and_flags(delete_table(TABLE))
    assert hexadecimal(f"02000000 {NAME_T}") == body(delete_table(TABLE))


def test_a_base_chain_carries_hook_priority_policy_and_kind() -> None:
    expected = (
        f"02000000 {NAME_T} 07000300 696e0000"
        "14000480 08000100 00000001 08000200 ffffffff"  # hook input, priority -1
        "08000500 00000001"  # policy accept
        "0b000700 66696c74 65720000"  # filter
    )
    assert hexadecimal(expected) == body(add_chain(TABLE, "in", BaseChain(Hook.INPUT, -1)))


def test_a_set_carries_its_key_type_and_length() -> None:
    expected = (
        f"02000000 {NAME_T} 09000200 76697073 00000000 08000400 00000007 08000500 00000004"
        "08000a00 00000001 0a000d00 00040200 00000000"
    )
    assert hexadecimal(expected) == body(add_set(TABLE, "vips", IPV4_ADDRESS))


def test_an_element_is_a_key_in_a_list() -> None:
    expected = f"02000000 {NAME_T} 09000200 76697073 0000000014000380 10000180 0c000180 08000100 0a000001"
    key = ipaddress.ip_address("10.0.0.1").packed
    assert [hexadecimal(expected)] == [body(message) for message in add_elements(TABLE, "vips", [key])]


def test_a_rule_is_a_list_of_expressions() -> None:
    rule = add_rule(TABLE, "in", ipv4_destination(), lookup("vips"), counter(), drop())
    assert (0x0A06, 0xC01) == kind_and_flags(rule)
    expected = (
        f"02000000 {NAME_T} 07000200 696e0000 a4000480"
        # payload load 4b @ network header + 16 => reg
        "34000180 0c000100 7061796c 6f616400 24000280"
        "08000100 00000008 08000200 00000001 08000300 00000010 08000400 00000004"
        # lookup reg set vips (nft adds the set's id, which names the same set)
        "28000180 0b000100 6c6f6f6b 75700000 18000280 09000100 76697073 00000000 08000200 00000008"
        # counter
        "14000180 0c000100 636f756e 74657200 04000280"
        # immediate reg 0 drop
        "30000180 0e000100 696d6d65 64696174 65000000 1c000280"
        "08000100 00000000 10000280 0c000280 08000100 00000000"
    )
    assert hexadecimal(expected) == body(rule)


def test_goto_names_its_chain() -> None:
    verdict = hexadecimal("08000100 fffffffc 0a000200 6f746865 72000000")
    assert verdict == goto("other")[-len(verdict) :]


def test_a_concatenation_pads_each_part_to_four_bytes() -> None:
    both = IPV6_ADDRESS + INTERFACE_NAME
    assert (8 << 6 | 41, 32) == (both.number, both.length)
    assert 20 == (IPV6_ADDRESS + INTERFACE_INDEX).length
    assert b"\x01\0\0\0\0\x50\0\0" == concatenated(b"\x01", b"\0\x50")
    assert b"eth0" + bytes(12) == interface_name("eth0")


def test_a_map_element_is_key_and_data() -> None:
    (message,) = add_elements(TABLE, "m", [(b"\1\0\0\0", b"\2\0\0\0")])
    assert hexadecimal("0c000180 08000100 01000000 0c000280 08000100 02000000") in message


def test_many_elements_are_spread_over_messages_that_an_attribute_can_hold() -> None:
    keys = [number.to_bytes(4, "big") for number in range(2 * ELEMENTS_PER_MESSAGE + 1)]
    messages = add_elements(TABLE, "vips", keys)
    assert 3 == len(messages)
    assert all(len(message) < 65_536 for message in messages)
    assert 3 == len(delete_elements(TABLE, "vips", keys))
    long = [concatenated(bytes(16), interface_name("x" * 15)) for _ in range(ELEMENTS_PER_MESSAGE)]
    (message,) = add_elements(TABLE, "vips", long)
    assert len(message) < 65_536
