"""How many connections the kernel's IPVS has to each server of a service."""

from __future__ import annotations

import struct

from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import GenlTransport, attribute, attributes
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.lvs.service import DestinationKey, ServiceKey
from pykeepalived.plan.ports import Connections

ACTIVE, INACTIVE, PERSISTENT = 7, 8, 9
"""IPVS_DEST_ATTR_ACTIVE_CONNS, _INACT_CONNS, _PERSIST_CONNS."""


def read_connections(transport: GenlTransport, service: ServiceKey) -> dict[DestinationKey, Connections]:
    """Of every server of a service; empty when the kernel does not have the service."""
    found: dict[DestinationKey, Connections] = {}
    for message in transport.dump(Command.GET_DEST, messages.of_service(service)):
        key = messages.decode_destination(message, service.family).key
        inside = attributes(attributes(message)[messages.ATTR_DEST])
        found[key] = Connections(*(_count(inside, kind) for kind in (ACTIVE, INACTIVE, PERSISTENT)))
    return found


def encode_connections(value: Connections) -> bytes:
    """The three attributes, for the kernel that is made up."""
    pairs = ((ACTIVE, value.active), (INACTIVE, value.inactive), (PERSISTENT, value.persistent))
    return b"".join(attribute(kind, struct.pack("=I", count)) for kind, count in pairs)


def _count(inside: dict[int, memoryview], kind: int) -> int:
    return int(struct.unpack_from("=I", inside[kind])[0]) if kind in inside else 0
