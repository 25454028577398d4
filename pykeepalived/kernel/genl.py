"""Generic netlink, as much of it as IPVS needs: attributes, batches of commands, dumps.

Facts: linux/netlink.h, linux/genetlink.h.  Encoding is ``struct`` because a start programs thousands of
objects.  Many commands go out in one send; only the last one asks for an acknowledgement, and the kernel
still answers each refused command with an error that carries its sequence number, while the rest of the
batch is carried out.  The receive buffer is small on purpose: a big one costs an mmap for every call.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Protocol

from pykeepalived.base.errors import KernelRefusedError

NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE = 1, 2, 3
NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x2, 0x4, 0x300
NLA_F_NESTED = 0x8000
NLA_TYPE_MASK = 0x3FFF
NETLINK_GENERIC = 16
SOL_NETLINK, NETLINK_CAP_ACK = 270, 10

GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2

_HEADER = struct.Struct("=IHHIIBBH")  # nlmsghdr (length, type, flags, sequence, port) + genlmsghdr
_NLMSG = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_ERRNO = struct.Struct("=i")

RECEIVE_BYTES = 65536
BATCH = 100
"""Commands in one send: measured in the guest, more than this gains nothing."""
REPLY_TIMEOUT_S = 5
"""The kernel answers inside the send; this only turns a kernel bug into an error instead of a hang."""


def attribute(kind: int, data: bytes) -> bytes:
    """One netlink attribute, padded to 4 bytes."""
    length = 4 + len(data)
    return _ATTRIBUTE.pack(length, kind) + data + b"\0" * (-length % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """An attribute that holds attributes."""
    return attribute(kind | NLA_F_NESTED, b"".join(attributes))


def attributes(data: bytes | memoryview) -> dict[int, memoryview]:
    """The attributes in ``data``, by number.  A truncated tail raises ValueError."""
    view = memoryview(data)
    return {kind: view[start:end] for kind, (start, end) in places(view).items()}


def places(view: memoryview) -> dict[int, tuple[int, int]]:
    """As :func:`attributes`, but only where each begins and ends: for the thousands of a dump."""
    unpack, start, end = _ATTRIBUTE.unpack_from, 0, len(view)
    found: dict[int, tuple[int, int]] = {}
    while start + 4 <= end:
        length, kind = unpack(view, start)
        if length < 4 or start + length > end:
            raise ValueError(f"netlink attribute of {length} bytes where {end - start} are left")
        found[kind & NLA_TYPE_MASK] = (start + 4, start + length)
        start += (length + 3) & ~3
    return found


class GenlTransport(Protocol):
    """A generic netlink family, real or made up.  A command is (number, encoded attributes)."""

    def execute(self, commands: Sequence[tuple[int, bytes]]) -> dict[int, int]:
        """Carry out all commands in order; what was refused, as index into ``commands`` -> errno."""
        ...

    def request(self, command: int, body: bytes = b"") -> memoryview:
        """The attributes of the one message that answers ``command``.  Raises KernelRefusedError."""
        ...

    def dump(self, command: int, body: bytes = b"") -> Iterator[memoryview]:
        """The attributes of each message of a dump.  Raises KernelRefusedError."""
        ...

    def close(self) -> None:
        """Give the socket back."""
        ...


class GenlSocket:
    """One generic netlink family over an own socket, of the network namespace it was opened in."""

    def __init__(self, family: str, version: int = 1) -> None:
        """Raises KeyError when the running kernel has no such family."""
        self._family_name = family
        self._version = version
        self._sequence = 0
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_GENERIC
        )
        try:
            self._socket.bind((0, 0))
            self._socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("=qq", REPLY_TIMEOUT_S, 0)
            )
            with contextlib.suppress(OSError):  # an older kernel only echoes more of the refused request
                self._socket.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
            self._family = self._resolve()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    # -------------------------------------------------------------- commands

    def execute(self, commands: Sequence[tuple[int, bytes]]) -> dict[int, int]:
        """Carry out all commands in order; what was refused, as index into ``commands`` -> errno."""
        refused: dict[int, int] = {}
        for start in range(0, len(commands), BATCH):
            self._execute_batch(commands[start : start + BATCH], start, refused)
        return refused

    def _execute_batch(
        self, commands: Sequence[tuple[int, bytes]], index: int, refused: dict[int, int]
    ) -> None:
        pack, family, version = _HEADER.pack, self._family, self._version
        first = self._sequence + 1
        last = self._sequence = self._sequence + len(commands)
        parts: list[bytes] = []
        for sequence, (command, body) in enumerate(commands, first):
            flags = NLM_F_REQUEST | NLM_F_ACK if sequence == last else NLM_F_REQUEST
            parts.append(pack(20 + len(body), family, flags, sequence, 0, command, version, 0))
            parts.append(body)
        self._socket.send(b"".join(parts))
        while True:
            for kind, sequence, payload in self._receive():
                if kind == NLMSG_ERROR and first <= sequence <= last:
                    number = -_ERRNO.unpack_from(payload)[0]
                    if number:
                        refused[index + sequence - first] = number
                    if sequence == last:
                        return

    def request(self, command: int, body: bytes = b"") -> memoryview:
        """The attributes of the one message that answers ``command``.  Raises KernelRefusedError."""
        for message in self._conversation(self._family, command, body, NLM_F_REQUEST | NLM_F_ACK):
            return message
        raise KernelRefusedError(f"{self._family_name} request {command}", errno.ENODATA, "no answer")

    def dump(self, command: int, body: bytes = b"") -> Iterator[memoryview]:
        """The attributes of each message of a dump.  Raises KernelRefusedError."""
        yield from self._conversation(self._family, command, body, NLM_F_REQUEST | NLM_F_DUMP)

    # -------------------------------------------------------------- plumbing

    def _resolve(self) -> int:
        body = attribute(CTRL_ATTR_FAMILY_NAME, self._family_name.encode() + b"\0")
        try:
            replies = self._conversation(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, body, NLM_F_REQUEST | NLM_F_ACK)
        except KernelRefusedError as refused:
            if refused.errno == errno.ENOENT:
                raise KeyError(self._family_name) from refused
            raise
        return int.from_bytes(attributes(replies[0])[CTRL_ATTR_FAMILY_ID], sys.byteorder)

    def _conversation(self, family: int, command: int, body: bytes, flags: int) -> list[memoryview]:
        """Send one request and read until it is finished; errors raise."""
        self._sequence += 1
        sent = self._sequence
        header = _HEADER.pack(20 + len(body), family, flags, sent, 0, command, self._version, 0)
        self._socket.send(header + body)
        messages: list[memoryview] = []
        while True:
            for kind, sequence, payload in self._receive():
                if sequence != sent:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    number = -_ERRNO.unpack_from(payload)[0] if len(payload) >= 4 else 0
                    if number:
                        what = f"{self._family_name} request {command}"
                        raise KernelRefusedError(what, number, os.strerror(number))
                    return messages
                if kind != NLMSG_NOOP:
                    messages.append(payload[4:])  # behind the genlmsghdr

    def _receive(self) -> Iterator[tuple[int, int, memoryview]]:
        """One datagram: (type, sequence, payload) of each message in it."""
        try:
            view = memoryview(self._socket.recv(RECEIVE_BYTES))
        except BlockingIOError:
            raise KernelRefusedError(
                f"{self._family_name} request", errno.ETIMEDOUT, "the kernel did not answer"
            ) from None
        start = 0
        while start + 16 <= len(view):
            length, kind, _flags, sequence, _port = _NLMSG.unpack_from(view, start)
            if length < 16 or start + length > len(view):
                raise ValueError(f"netlink message of {length} bytes where {len(view) - start} are left")
            yield kind, sequence, view[start + 16 : start + length]
            start += (length + 3) & ~3
