"""Servers that are read again: the same object while nothing changed, never a stale one."""

from __future__ import annotations

import struct
from dataclasses import replace
from ipaddress import ip_address

import pytest

from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import attribute, nested
from pykeepalived.kernel.ipvs_connections import encode_connections
from pykeepalived.kernel.ipvs_reading import DestinationReader
from pykeepalived.lvs.service import Destination, DestinationKey, ForwardingMethod, TunnelType
from pykeepalived.plan.ports import Connections

NOBODY = Connections()
SERVER = Destination(DestinationKey(ip_address("192.0.2.11"), 80), weight=3, upper_threshold=9)
CHANGES = [
    {"key": DestinationKey(ip_address("192.0.2.12"), 80)},
    {"key": DestinationKey(ip_address("192.0.2.11"), 81)},
    {"weight": 0},
    {"forwarding": ForwardingMethod.DIRECT_ROUTING},
    {"upper_threshold": 8},
    {"lower_threshold": 1},
    {"tunnel_type": TunnelType.GUE, "tunnel_port": 6080},
    # The same 16 bytes as 32.1.13.184 has: only the family behind the counters tells them apart.
    {"key": DestinationKey(ip_address("2001:db8::"), 80)},
]


def message(server: Destination, counts: Connections = NOBODY, *, tunnel: bool = True) -> memoryview:
    """As Linux builds it: the family stands behind the counters, statistics last."""
    tunnel_part = (
        attribute(messages.DEST_TUN_TYPE, bytes([server.tunnel_type]))
        + attribute(messages.DEST_TUN_PORT, struct.pack(">H", server.tunnel_port))
        + attribute(messages.DEST_TUN_FLAGS, struct.pack("=H", server.tunnel_flags))
    )
    body = b"".join(
        (
            attribute(messages.DEST_ADDR, server.key.address.packed.ljust(16, b"\0")),
            attribute(messages.DEST_PORT, struct.pack(">H", server.key.port)),
            attribute(messages.DEST_FWD_METHOD, struct.pack("=I", server.forwarding)),
            attribute(messages.DEST_WEIGHT, struct.pack("=I", server.weight)),
            tunnel_part if tunnel else b"",
            attribute(messages.DEST_U_THRESH, struct.pack("=I", server.upper_threshold)),
            attribute(messages.DEST_L_THRESH, struct.pack("=I", server.lower_threshold)),
            encode_connections(counts),
            attribute(
                messages.DEST_ADDR_FAMILY, struct.pack("=H", 2 if server.key.address.version == 4 else 10)
            ),
            attribute(10, bytes(40)),
        )
    )
    return memoryview(nested(messages.ATTR_DEST, body))


def test_a_server_that_stayed_is_the_same_object_whatever_it_counts() -> None:
    reader = DestinationReader()
    reader.begin()
    first = reader.decode(message(SERVER), 2)
    reader.begin()
    again = reader.decode(message(SERVER, Connections(5, 6, 7)), 2)

    assert SERVER == first
    assert first is again


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: ",".join(change))
def test_a_change_is_seen(change: dict[str, object]) -> None:
    base = replace(SERVER, key=DestinationKey(ip_address("32.1.13.184"), 80)) if "key" in change else SERVER
    changed = replace(base, **change)  # type: ignore[arg-type]
    reader = DestinationReader()
    reader.begin()
    assert base == reader.decode(message(base), 2)

    reader.begin()
    assert changed == reader.decode(message(changed), 2)


def test_what_left_the_table_is_forgotten() -> None:
    reader = DestinationReader()
    reader.begin()
    first = reader.decode(message(SERVER), 2)
    reader.begin()
    reader.begin()

    assert first is not reader.decode(message(SERVER), 2)


def test_messages_of_another_form_are_decoded_as_they_are() -> None:
    reader = DestinationReader()
    other = replace(SERVER, weight=8)
    for _ in range(2):
        reader.begin()
        assert SERVER == reader.decode(message(SERVER), 2)
        assert other == reader.decode(message(other, tunnel=False), 2)
