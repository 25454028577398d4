"""PING_CHECK: an ICMP echo request is answered.

Uses the kernel's ping sockets (``net.ipv4.ping_group_range`` must include our group), and a raw socket where
they are not allowed.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
from typing import ClassVar

from pykeepalived.checkers.port import Check
from pykeepalived.checkers.sockets import SERVER_FAULTS, prepare, socket_address, wait_ready, wait_ready_again
from pykeepalived.health.settings import CheckKind, PingTarget
from pykeepalived.health.verdict import ProbeNotRunError, Verdict

ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}
_ICMP = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
_ECHO = struct.Struct("!BBHHH")
"""type, code, checksum, identifier, sequence number (RFC 792, RFC 4443)."""
PAYLOAD = (b"keepalived check - " * 7)[:128]
"""keepalived's bytes: a path or a filter that treats sizes differently does so with both."""
_sequence = itertools.count(1)


class PingCheck(Check[PingTarget]):
    """One echo request."""

    kind: ClassVar[CheckKind] = CheckKind.PING
    log_name: ClassVar[str] = "ICMP CHECK"

    async def probe(self, target: PingTarget, deadline_ns: int) -> Verdict:
        connection = target.connection
        version = connection.address.version
        number = next(_sequence) & 0xFFFF
        sock, raw = _open(version)
        with sock:
            try:
                prepare(sock, connection, socket.SOCK_DGRAM)
            except OSError as problem:
                raise ProbeNotRunError(f"cannot bind: {problem.strerror}") from problem
            try:
                sock.connect(socket_address(connection.address, 0, connection.bind_interface))
                sock.send(echo_request(version, number))
                await wait_ready(sock, deadline_ns)
                while not is_reply(sock.recv(2048), version, number, raw=raw):
                    await wait_ready_again(sock, deadline_ns)
                return Verdict(True)
            except TimeoutError:
                line = "ICMP connection to address {server} timeout."
                return Verdict(False, "no answer in time", line=line)
            except OSError as problem:
                if problem.errno not in SERVER_FAULTS:
                    raise ProbeNotRunError(f"cannot send: {problem.strerror}") from problem
                line = "ICMP connection to address {server} failed."
                return Verdict(False, problem.strerror or str(problem), line=line)

    def up_line(self, target: PingTarget, server: str, service: str) -> str:
        return f"ICMP connection to {server} success."


def _open(version: int) -> tuple[socket.socket, bool]:
    """A socket for echo requests, and whether it is a raw one."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    for kind, raw in ((socket.SOCK_DGRAM, False), (socket.SOCK_RAW, True)):
        try:
            return socket.socket(
                family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, _ICMP[version]
            ), raw
        except PermissionError:
            continue
        except OSError as problem:
            raise ProbeNotRunError(f"cannot create a socket: {problem.strerror}") from problem
    raise ProbeNotRunError("not permitted to send ICMP: net.ipv4.ping_group_range excludes this group")


def echo_request(version: int, number: int) -> bytes:
    """An echo request.  The kernel writes a ping socket's identifier, and every ICMPv6 checksum."""
    identifier = os.getpid() & 0xFFFF
    draft = _ECHO.pack(ECHO_REQUEST[version], 0, 0, identifier, number) + PAYLOAD
    checksum = _checksum(draft) if version == 4 else 0
    return _ECHO.pack(ECHO_REQUEST[version], 0, checksum, identifier, number) + PAYLOAD


def is_reply(packet: bytes, version: int, number: int, *, raw: bool = False) -> bool:
    """Whether this is the answer to echo request ``number``; a raw IPv4 socket gives the IP header, too."""
    start = (packet[0] & 0x0F) * 4 if raw and version == 4 and packet else 0
    if len(packet) < start + _ECHO.size:
        return False
    kind, _, _, identifier, sequence = _ECHO.unpack_from(packet, start)
    # A ping socket's identifier is the kernel's choice, and only our answers arrive there.
    ours = not raw or identifier == os.getpid() & 0xFFFF
    return bool(kind == ECHO_REPLY[version] and sequence == number and ours)


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
