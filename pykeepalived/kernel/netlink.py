"""rtnetlink in bytes: encode ahead, send a batch in one call, name the message that failed.

pyroute2 needs 0.4 ms to encode one address and as long to decode one link event; during a takeover or a
link flap storm that is the difference between one advert interval and several.  The few fixed messages a
VRRP process needs are therefore encoded here with :mod:`struct`.  Formats: rtnetlink(7), netlink(7),
``linux/netlink.h``, ``linux/rtnetlink.h``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

NETLINK_ROUTE = 0

NLMSG_ERROR = 2
NLMSG_DONE = 3
NLM_F_REQUEST = 0x001
NLM_F_MULTI = 0x002
NLM_F_ACK = 0x004
NLM_F_DUMP_INTR = 0x010
NLM_F_CAPPED = 0x100
NLM_F_ACK_TLVS = 0x200
NLM_F_REPLACE = 0x100
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400
NLM_F_DUMP = 0x300

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22

RTMGRP_LINK = 0x1
RTMGRP_IPV4_IFADDR = 0x10
RTMGRP_IPV6_IFADDR = 0x100

_SOL_NETLINK = 270
_NETLINK_CAP_ACK = 10
_NETLINK_EXT_ACK = 11
_NETLINK_GET_STRICT_CHK = 12
_SO_RCVBUFFORCE = 33
_NLMSGERR_ATTR_MSG = 1

HEADER = struct.Struct("=IHHII")
"""length, type, flags, sequence number, port of the sender (struct nlmsghdr)."""
_ATTRIBUTE = struct.Struct("=HH")
_ERRNO = struct.Struct("=i")
_U16 = struct.Struct("=H")
_U32 = struct.Struct("=I")
_SEQUENCE_OFFSET = 8
_FLAGS_OFFSET = 6
_TYPE_MASK = 0x3FFF  # NLA_F_NESTED and NLA_F_NET_BYTEORDER are the two top bits

RECEIVE_BYTES = 65536
_ANSWER_BYTES = 1024
"""What the kernel charges to the buffer for an answer: 832 with its explanation on Linux 6.18."""


def set_receive_buffer(netlink: socket.socket, size: int, forced: bool) -> None:
    """``size`` bytes of room, with ``forced`` even beyond net.core.rmem_max; OSError when that is refused."""
    netlink.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE if forced else socket.SO_RCVBUF, size)


def attribute(kind: int, data: bytes) -> bytes:
    """One attribute, padded to the next multiple of four bytes."""
    length = 4 + len(data)
    return _ATTRIBUTE.pack(length, kind) + data + bytes(-length % 4)


def message(kind: int, flags: int, payload: bytes) -> bytes:
    """One request.  The sequence number is filled in when it is sent."""
    return HEADER.pack(HEADER.size + len(payload), kind, NLM_F_REQUEST | flags, 0, 0) + payload


def attributes(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The attributes between two offsets of a message; a malformed rest ends the list."""
    at = start
    while at + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < 4 or at + length > end:
            return
        yield kind & _TYPE_MASK, data[at + 4 : at + length]
        at += (length + 3) & ~3


@dataclass(frozen=True, slots=True)
class Reply:
    """One message from the kernel: where it lies in ``data``, without its header."""

    kind: int
    flags: int
    sequence: int
    data: bytes
    start: int
    end: int


def replies(data: bytes) -> Iterator[Reply]:
    """Split what one receive call returned."""
    at = 0
    while at + HEADER.size <= len(data):
        length, kind, flags, sequence, _ = HEADER.unpack_from(data, at)
        if length < HEADER.size or at + length > len(data):
            return
        yield Reply(kind, flags, sequence, data, at + HEADER.size, at + length)
        at += (length + 3) & ~3


@dataclass(frozen=True, slots=True)
class Refusal:
    """The kernel's answer to one message of a batch: ``index`` counts in the order of sending."""

    index: int
    errno: int
    text: str

    def __str__(self) -> str:
        return self.text


class DumpIncompleteError(OSError):
    """A dump was interrupted by changes more often than we wanted to start anew."""


class RequestSocket:
    """Requests to rtnetlink: batches and dumps.  Synchronous, because the kernel is: a send returns when
    the kernel has done what it was asked, and the answers are then already in the receive queue.

    The receive timeout is a guard against a kernel that answers nothing; it is never waited for in
    ordinary operation.
    """

    def __init__(self, *, protocol: int = NETLINK_ROUTE, timeout_seconds: float = 1.0) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_EXT_ACK, 1)
        # Not for containers without the capability; a batch asks for one answer per chunk only.
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 1 << 20)
        self._socket.bind((0, 0))
        # The kernel's own timeout: with Python's every call would be two, a poll before it.
        self._socket.setblocking(True)
        timeout = struct.pack("@ll", *divmod(round(timeout_seconds * 1e6), 1_000_000))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        self._sequence = 0
        self._unread: list[Pending] = []
        self._room = self._measured_room()

    def set_buffer(self, size: int, forced: bool) -> None:
        """Room for answers; OSError when the kernel refuses it."""
        set_receive_buffer(self._socket, size, forced)
        self._room = self._measured_room()

    def _measured_room(self) -> int:
        """How many answers the buffer holds: what does not find room in it is lost."""
        return max(1, self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // _ANSWER_BYTES)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, messages: Sequence[bytes]) -> Pending:
        """Send ``messages`` as one batch; the kernel has worked through it when this returns.

        Only the last one asks for an acknowledgement: the kernel reports an *error* for each message
        in any case.  Answers stay queued until :meth:`Pending.collect`, as far as there is room for them:
        each message may be refused.
        """
        if len(messages) > self._room:
            pending = Pending(self, self._sequence + 1, self._sequence + len(messages))
            for start in range(0, len(messages), self._room):
                part = self.send(messages[start : start + self._room]).collect()
                pending.refused += [replace(one, index=start + one.index) for one in part]
            pending.complete = True
            return pending
        if len(messages) + sum(map(len, self._unread)) > self._room:
            self.read_all()
        first = sequence = self._sequence + 1
        batch = bytearray().join(messages)
        at = _SEQUENCE_OFFSET
        put = _U32.pack_into
        for one in messages:
            put(batch, at, sequence)
            sequence += 1
            at += len(one)
        self._sequence = sequence - 1
        flags_of_last = at - len(messages[-1]) - _SEQUENCE_OFFSET + _FLAGS_OFFSET
        (flags,) = _U16.unpack_from(batch, flags_of_last)
        _U16.pack_into(batch, flags_of_last, flags | NLM_F_ACK)
        pending = Pending(self, first, self._sequence)
        self._socket.send(batch)
        self._unread.append(pending)
        return pending

    def read_all(self) -> None:
        """Read the answers to all batches that were sent, each into its :class:`Pending`."""
        while self._unread:
            self.read(self._unread[0])

    def read(self, pending: Pending) -> None:
        """Read the answers to one batch, and before them those to all that were sent before it."""
        while self._unread and not pending.complete:
            self._read(self._unread.pop(0))
        self._read(pending)

    def _read(self, pending: Pending) -> None:
        while not pending.complete:
            for reply in replies(_answer(self._socket)):
                pending.take(reply)

    def run(self, messages: Sequence[bytes]) -> list[Refusal]:
        """Send a batch and read the answers."""
        return self.send(messages).collect() if messages else []

    def dump(self, kind: int, payload: bytes, *, attempts: int = 5) -> list[Reply]:
        """Everything the kernel has of a kind.

        A dump that the kernel marks as interrupted by a change is started anew.
        """
        self.read_all()
        for _ in range(attempts):
            self._sequence += 1
            request = bytearray(message(kind, NLM_F_DUMP, payload))
            struct.pack_into("=I", request, _SEQUENCE_OFFSET, self._sequence)
            self._socket.send(request)
            found, consistent = self._read_dump()
            if consistent:
                return found
        raise DumpIncompleteError(errno.EAGAIN, f"dump of message type {kind} kept changing")

    def _read_dump(self) -> tuple[list[Reply], bool]:
        found: list[Reply] = []
        consistent = True
        while True:
            for reply in replies(_answer(self._socket)):
                if reply.sequence != self._sequence:
                    continue
                consistent = consistent and not reply.flags & NLM_F_DUMP_INTR
                if reply.kind == NLMSG_DONE:
                    return found, consistent
                if reply.kind == NLMSG_ERROR:
                    number = -_ERRNO.unpack_from(reply.data, reply.start)[0]
                    raise OSError(number, os.strerror(number))
                found.append(reply)


class Pending:
    """Answers to one batch that are still to be read."""

    __slots__ = ("_first", "_last", "_requests", "complete", "refused")

    def __init__(self, requests: RequestSocket, first: int, last: int) -> None:
        self._requests = requests
        self._first = first
        self._last = last
        self.refused: list[Refusal] = []
        self.complete = False

    def __len__(self) -> int:
        """How many messages the batch has."""
        return self._last - self._first + 1

    def take(self, reply: Reply) -> None:
        """Look at what the kernel says, which may be about something else."""
        if reply.kind != NLMSG_ERROR or not self._first <= reply.sequence <= self._last:
            return
        number = -_ERRNO.unpack_from(reply.data, reply.start)[0]
        if number:
            refusal = Refusal(reply.sequence - self._first, number, explanation(reply, number))
            self.refused.append(refusal)
        self.complete = reply.sequence == self._last

    def collect(self) -> list[Refusal]:
        """Read up to the acknowledgement of the last message; what was refused, in order."""
        self._requests.read(self)
        return self.refused


def _answer(requests: socket.socket) -> bytes:
    try:
        return requests.recv(RECEIVE_BYTES)
    except BlockingIOError:
        raise TimeoutError(errno.ETIMEDOUT, "the kernel does not answer a netlink request") from None


def explanation(reply: Reply, number: int) -> str:
    """The errno in words, and what the kernel adds to it (extended acknowledgement) when it does."""
    text = os.strerror(number)
    if not reply.flags & NLM_F_ACK_TLVS:
        return text
    # struct nlmsgerr: errno, then the header of the refused message; with CAP_ACK not its payload.
    start = reply.start + 4 + HEADER.size
    if not reply.flags & NLM_F_CAPPED:
        start = reply.start + 4 + HEADER.unpack_from(reply.data, reply.start + 4)[0]
    for kind, data in attributes(reply.data, start, reply.end):
        if kind == _NLMSGERR_ATTR_MSG:
            return f"{text}: {data.rstrip(bytes(1)).decode(errors='replace')}"
    return text


class EventSocket:
    """Multicast notifications of rtnetlink."""

    def __init__(self, groups: int) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, NETLINK_ROUTE
        )
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 4 << 20)
        self._socket.bind((0, groups))

    def set_buffer(self, size: int, forced: bool) -> None:
        """Room for events; OSError when the kernel refuses it."""
        set_receive_buffer(self._socket, size, forced)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def read(self, limit: int = 64) -> tuple[list[Reply], bool]:
        """Up to ``limit`` datagrams of events; True when the kernel had to drop some (dump again)."""
        events: list[Reply] = []
        for _ in range(limit):
            try:
                data = self._socket.recv(RECEIVE_BYTES)
            except BlockingIOError:
                break
            except OSError as failure:
                if failure.errno == errno.ENOBUFS:
                    return events, True
                raise
            events.extend(replies(data))
        return events, False
