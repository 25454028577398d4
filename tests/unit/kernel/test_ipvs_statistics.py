"""Counters of IPVS out of netlink messages."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address

from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import attribute, nested
from pykeepalived.kernel.ipvs_connections import encode_connections
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.kernel.ipvs_statistics import STATS, STATS64, read_servers, read_services
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, VirtualService
from pykeepalived.lvs.statistics import ServerStatistics, Statistics
from pykeepalived.plan.ports import Connections

KEY = ServiceKey(2, Protocol.TCP, IPv4Address("203.0.113.1"), 80)
SERVER = Destination(DestinationKey(IPv4Address("192.0.2.11"), 80))
NUMBERS = range(1, 11)
BIG = [(1 << 33) + number for number in NUMBERS]


def stats64() -> bytes:
    return nested(STATS64, *(attribute(kind, struct.pack("=Q", BIG[kind - 1])) for kind in NUMBERS))


def stats() -> bytes:
    """Bytes have 64 bits in the old attribute, too."""
    return nested(
        STATS,
        *(attribute(kind, struct.pack("=Q" if kind in (4, 5) else "=I", kind)) for kind in NUMBERS),
    )


class Counting(FakeIpvsKernel):
    """A kernel that sends these attributes with every service and server."""

    counted = b""

    def dump(self, command: int, body: bytes = b"") -> Iterator[memoryview]:
        if command == Command.GET_SERVICE:
            service = messages.service(VirtualService(KEY)) + self.counted
            yield memoryview(nested(messages.ATTR_SERVICE, service))
        else:
            server = messages.destination(SERVER) + encode_connections(Connections(4, 5, 6)) + self.counted
            yield memoryview(nested(messages.ATTR_DEST, server))


def test_wide_numbers_are_preferred() -> None:
    kernel = Counting()
    kernel.counted = stats() + stats64()
    assert {KEY: Statistics(*BIG)} == read_services(kernel)
    assert {SERVER.key: ServerStatistics(Statistics(*BIG), 4, 5, 6)} == read_servers(kernel, KEY)


def test_an_older_kernel_sends_narrow_ones() -> None:
    kernel = Counting()
    kernel.counted = stats()
    assert {KEY: Statistics(*NUMBERS)} == read_services(kernel)


def test_no_numbers_are_zero() -> None:
    assert {KEY: Statistics()} == read_services(Counting())


def test_statistics_add_up() -> None:
    one = ServerStatistics(Statistics(*NUMBERS), 1, 2, 3)
    assert ServerStatistics(Statistics(*(2 * number for number in NUMBERS)), 2, 4, 6) == one + one
