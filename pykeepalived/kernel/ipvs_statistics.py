"""What the kernel's IPVS counts, per service and per server.

Linux 4.1 and later send 64-bit numbers beside the old ones, which are 32 bits but for bytes.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import astuple

from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import GenlTransport, attribute, attributes, nested
from pykeepalived.kernel.ipvs_connections import ACTIVE, INACTIVE, PERSISTENT
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.lvs.service import DestinationKey, ServiceKey
from pykeepalived.lvs.statistics import ServerStatistics, Statistics

STATS, STATS64 = 10, 12
"""IPVS_SVC_ATTR_ and IPVS_DEST_ATTR_: STATS and STATS64, the same in both."""
NUMBERS = range(1, 11)
"""IPVS_STATS_ATTR_CONNS to _OUTBPS: the order of the fields of Statistics."""


def read_services(transport: GenlTransport) -> dict[ServiceKey, Statistics]:
    """Of every service of this namespace that has a protocol we know."""
    found: dict[ServiceKey, Statistics] = {}
    for message in transport.dump(Command.GET_SERVICE):
        inside = attributes(attributes(message)[messages.ATTR_SERVICE])
        key = messages.decode_service_key(inside)
        if key is not None:
            found[key] = _statistics(inside)
    return found


def read_servers(transport: GenlTransport, service: ServiceKey) -> dict[DestinationKey, ServerStatistics]:
    """Of every server of a service.  Raises KernelRefusedError when the kernel does not have it."""
    found: dict[DestinationKey, ServerStatistics] = {}
    for message in transport.dump(Command.GET_DEST, messages.of_service(service)):
        key = messages.decode_destination(message, service.family).key
        inside = attributes(attributes(message)[messages.ATTR_DEST])
        counts = (_number(inside, kind) for kind in (ACTIVE, INACTIVE, PERSISTENT))
        found[key] = ServerStatistics(_statistics(inside), *counts)
    return found


def encode_statistics(value: Statistics) -> bytes:
    """The attribute with 64-bit numbers, for the kernel that is made up."""
    numbers = zip(NUMBERS, astuple(value), strict=True)
    return nested(STATS64, *(attribute(kind, struct.pack("=Q", number)) for kind, number in numbers))


def _statistics(inside: dict[int, memoryview]) -> Statistics:
    sent = inside.get(STATS64, inside.get(STATS))
    if sent is None:
        return Statistics()
    numbers = attributes(sent)
    return Statistics(*(_number(numbers, kind) for kind in NUMBERS))


def _number(inside: dict[int, memoryview], kind: int) -> int:
    return int.from_bytes(inside[kind], sys.byteorder) if kind in inside else 0
