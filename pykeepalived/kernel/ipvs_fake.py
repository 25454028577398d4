"""IPVS without a kernel: takes our encoded commands, keeps a table, answers with the kernel's errnos.

For tests and for dry runs.  It stands behind the same transport interface as the real socket, so everything
above, encoding included, is the production code; one contract suite runs against it and the real kernel.
Facts: ``ip_vs_ctl.c`` as far as it shows in its answers.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.kernel import ipvs_messages as messages
from pykeepalived.kernel.genl import attribute, attributes, nested
from pykeepalived.kernel.ipvs import Ipvs
from pykeepalived.kernel.ipvs_connections import encode_connections
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.kernel.ipvs_statistics import encode_statistics
from pykeepalived.lvs.service import (
    KNOWN_SCHEDULERS,
    Destination,
    DestinationKey,
    ForwardingMethod,
    ServiceFlag,
    ServiceKey,
    Table,
)
from pykeepalived.lvs.statistics import Statistics
from pykeepalived.plan.ports import Connections, IpvsTimeouts, SyncDaemon, SyncRole

Attributes = dict[int, memoryview]

FULL_SERVICE = (messages.SVC_SCHED_NAME, messages.SVC_FLAGS, messages.SVC_TIMEOUT, messages.SVC_NETMASK)
FULL_DESTINATION = (
    messages.DEST_FWD_METHOD,
    messages.DEST_WEIGHT,
    messages.DEST_U_THRESH,
    messages.DEST_L_THRESH,
)

DEFAULT_TIMEOUTS = IpvsTimeouts(900, 120, 300)
HANDSHAKE = Statistics(connections=1, packets_in=2, packets_out=1, bytes_in=112, bytes_out=60)
"""What opening a TCP connection counts: SYN and ACK in, SYN-ACK out."""


class _RefusedError(Exception):
    """An errno on its way out of the fake kernel."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number))
        self.number = number


@dataclass
class FakeIpvsKernel:
    """The kernel's side.  ``schedulers`` and ``engines``: the modules; ``interfaces``: the links it has."""

    table: Table = field(default_factory=dict)
    schedulers: Sequence[str] = KNOWN_SCHEDULERS
    engines: Sequence[str] = ("sip",)
    interfaces: Sequence[str] = ("eth0", "eth1", "lo")
    times: IpvsTimeouts = DEFAULT_TIMEOUTS
    sync: dict[SyncRole, SyncDaemon] = field(default_factory=dict)
    connections: dict[tuple[ServiceKey, DestinationKey], Connections] = field(default_factory=dict)
    """Nobody connects here: tests set what is to be counted, or call :meth:`connect`."""
    statistics: dict[tuple[ServiceKey, DestinationKey | None], Statistics] = field(default_factory=dict)
    """Of servers, and of services under None."""
    log: list[Command] = field(default_factory=list)
    """Every command that arrived."""

    def connect(self, service: ServiceKey, server: DestinationKey) -> None:
        """A client opens a TCP connection, and this server gets it."""
        one = Connections(active=1, persistent=int(ServiceFlag.PERSISTENT in self.table[service][0].flags))
        self.connections[service, server] = self.connections.get((service, server), Connections()) + one
        for who in (None, server):
            self.statistics[service, who] = self.statistics.get((service, who), Statistics()) + HANDSHAKE

    # -------------------------------------------------------------- GenlTransport

    def execute(self, commands: Sequence[tuple[int, bytes]]) -> dict[int, int]:
        """Carry out all commands; what was refused, as index -> errno."""
        refused: dict[int, int] = {}
        for index, (command, body) in enumerate(commands):
            self.log.append(Command(command))
            try:
                self._execute(Command(command), body)
            except _RefusedError as error:
                refused[index] = error.number
        return refused

    def request(self, command: int, body: bytes = b"") -> memoryview:
        """GET_CONFIG, GET_INFO and GET_SERVICE of one."""
        match Command(command):
            case Command.GET_SERVICE:
                key = messages.decode_service_key(attributes(attributes(body)[messages.ATTR_SERVICE]))
                if key is None or key not in self.table:
                    raise KernelRefusedError("GET_SERVICE", errno.ESRCH, os.strerror(errno.ESRCH))
                return memoryview(nested(messages.ATTR_SERVICE, messages.service(self.table[key][0])))
            case Command.GET_CONFIG:
                return memoryview(messages.timeouts(self.times))
            case Command.GET_INFO:
                version = attribute(messages.INFO_VERSION, struct.pack("=I", 0x010201))
                return memoryview(version + attribute(messages.INFO_CONN_TAB_SIZE, struct.pack("=I", 4096)))
            case other:
                raise KernelRefusedError(other.name, errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def dump(self, command: int, body: bytes = b"") -> Iterator[memoryview]:
        """GET_SERVICE, GET_DEST and GET_DAEMON."""
        match Command(command):
            case Command.GET_SERVICE:
                for service, _ in list(self.table.values()):
                    counted = encode_statistics(self.statistics.get((service.key, None), Statistics()))
                    yield memoryview(nested(messages.ATTR_SERVICE, messages.service(service) + counted))
            case Command.GET_DEST:
                key = messages.decode_service_key(attributes(attributes(body)[messages.ATTR_SERVICE]))
                # As the kernel: an unknown service is an empty dump, not an error.
                if key is None or key not in self.table:
                    return
                for destination in list(self.table[key][1].values()):
                    counts = self.connections.get((key, destination.key), Connections())
                    totals = self.statistics.get((key, destination.key), Statistics())
                    encoded = messages.destination(destination) + encode_connections(counts)
                    encoded += encode_statistics(totals)
                    yield memoryview(nested(messages.ATTR_DEST, encoded))
            case Command.GET_DAEMON:
                for daemon in self.sync.values():
                    yield memoryview(messages.daemon(daemon))
            case other:
                raise KernelRefusedError(other.name, errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def close(self) -> None:
        """Nothing to give back."""

    # -------------------------------------------------------------- commands

    def _execute(self, command: Command, body: bytes) -> None:
        top = attributes(body)
        match command:
            case Command.NEW_SERVICE | Command.SET_SERVICE | Command.DEL_SERVICE:
                self._service(command, self._nested(top, messages.ATTR_SERVICE))
            case Command.NEW_DEST | Command.SET_DEST | Command.DEL_DEST:
                service = self._nested(top, messages.ATTR_SERVICE)
                key = self._key(service)
                if key not in self.table:
                    raise _RefusedError(errno.ESRCH)
                self._destination(
                    command, key.family, self.table[key][1], self._nested(top, messages.ATTR_DEST)
                )
            case Command.NEW_DAEMON | Command.DEL_DAEMON:
                self._daemon(command, self._nested(top, messages.ATTR_DAEMON), body)
            case Command.SET_CONFIG:
                new = messages.decode_timeouts(memoryview(body))
                self.times = IpvsTimeouts(
                    new.tcp or self.times.tcp, new.tcp_fin or self.times.tcp_fin, new.udp or self.times.udp
                )
            case Command.GET_INFO | Command.GET_CONFIG:
                pass
            case Command.FLUSH:
                self.table.clear()
                self.connections.clear()
                self.statistics.clear()
            case _:
                raise _RefusedError(errno.EOPNOTSUPP)

    @staticmethod
    def _nested(top: Attributes, kind: int) -> Attributes:
        if kind not in top:
            raise _RefusedError(errno.EINVAL)
        return attributes(top[kind])

    @staticmethod
    def _key(found: Attributes) -> ServiceKey:
        by_address = {messages.SVC_PROTOCOL, messages.SVC_ADDR, messages.SVC_PORT} <= found.keys()
        if messages.SVC_AF not in found or not (messages.SVC_FWMARK in found or by_address):
            raise _RefusedError(errno.EINVAL)
        if int.from_bytes(found[messages.SVC_AF], sys.byteorder) not in (socket.AF_INET, socket.AF_INET6):
            raise _RefusedError(errno.EAFNOSUPPORT)
        key = messages.decode_service_key(found)
        if key is None:
            raise _RefusedError(errno.EPROTONOSUPPORT)
        return key

    def _service(self, command: Command, found: Attributes) -> None:
        key = self._key(found)
        if command is not Command.DEL_SERVICE and any(kind not in found for kind in FULL_SERVICE):
            raise _RefusedError(errno.EINVAL)
        if command is not Command.NEW_SERVICE and key not in self.table:
            raise _RefusedError(errno.ESRCH)
        if command is Command.DEL_SERVICE:
            del self.table[key]
            self._forget_counts(key)
            return
        if command is Command.NEW_SERVICE and key in self.table:
            raise _RefusedError(errno.EEXIST)
        service = messages.decode_service(memoryview(attribute(messages.ATTR_SERVICE, _join(found))))
        if service is None or service.scheduler not in self.schedulers:
            raise _RefusedError(errno.ENOENT)
        if service.persistence_engine is not None and service.persistence_engine not in self.engines:
            raise _RefusedError(errno.ENOENT)
        if key.family == socket.AF_INET6 and service.netmask is not None and not 1 <= service.netmask <= 128:
            raise _RefusedError(errno.EINVAL)
        self.table[key] = (service, self.table[key][1] if key in self.table else {})

    def _destination(
        self,
        command: Command,
        service_family: int,
        destinations: dict[DestinationKey, Destination],
        found: Attributes,
    ) -> None:
        if messages.DEST_ADDR not in found or messages.DEST_PORT not in found:
            raise _RefusedError(errno.EINVAL)
        if command is Command.DEL_DEST:
            zeros = {kind: memoryview(bytes(4)) for kind in FULL_DESTINATION}
            self._remove_destination(destinations, _destination(zeros | found, service_family).key)
            return
        if any(kind not in found for kind in FULL_DESTINATION):
            raise _RefusedError(errno.EINVAL)
        destination = _destination(found, service_family)
        family = socket.AF_INET if destination.key.address.version == 4 else socket.AF_INET6
        if family != service_family and (self.sync or destination.forwarding is not ForwardingMethod.TUNNEL):
            raise _RefusedError(errno.EINVAL)
        if destination.weight >= 1 << 31 or destination.lower_threshold > destination.upper_threshold:
            raise _RefusedError(errno.ERANGE)
        if command is Command.NEW_DEST and destination.key in destinations:
            raise _RefusedError(errno.EEXIST)
        if command is Command.SET_DEST and destination.key not in destinations:
            raise _RefusedError(errno.ENOENT)
        destinations[destination.key] = destination

    def _forget_counts(self, service: ServiceKey) -> None:
        for key in [key for key in self.statistics if key[0] == service]:
            del self.statistics[key]
        for there in [there for there in self.connections if there[0] == service]:
            del self.connections[there]

    @staticmethod
    def _remove_destination(destinations: dict[DestinationKey, Destination], key: DestinationKey) -> None:
        if key not in destinations:
            raise _RefusedError(errno.ENOENT)
        del destinations[key]

    def _daemon(self, command: Command, found: Attributes, body: bytes) -> None:
        role = SyncRole(int.from_bytes(found[messages.DAEMON_STATE], sys.byteorder))
        if command is Command.DEL_DAEMON:
            if role not in self.sync:
                raise _RefusedError(errno.ESRCH)
            del self.sync[role]
            return
        daemon = messages.decode_daemon(memoryview(body))
        if role in self.sync:
            raise _RefusedError(errno.EEXIST)
        if self._has_mixed_families():
            raise _RefusedError(errno.EINVAL)
        if daemon.interface not in self.interfaces:
            raise _RefusedError(errno.ENODEV)
        self.sync[role] = replace(daemon, port=daemon.port or 8848, ttl=daemon.ttl or 1)

    def _has_mixed_families(self) -> bool:
        return any(
            destination.key.address.version != (4 if key.family == socket.AF_INET else 6)
            for key, (_, destinations) in self.table.items()
            for destination in destinations.values()
        )


def _join(found: Attributes) -> bytes:
    return b"".join(attribute(kind, bytes(data)) for kind, data in found.items())


def _destination(found: Attributes, family: int) -> Destination:
    return messages.decode_destination(memoryview(attribute(messages.ATTR_DEST, _join(found))), family)


def fake_ipvs(kernel: FakeIpvsKernel | None = None) -> Ipvs:
    """The production adapter over a fake kernel."""
    return Ipvs(kernel or FakeIpvsKernel())
