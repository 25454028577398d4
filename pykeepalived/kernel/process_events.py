"""Processes that start, fork, rename themselves and end: /proc once, then the kernel's process connector.

The connector (``linux/cn_proc.h``) exists only in the first network namespace of the host, so its socket is
opened there, wherever this process lives.  A socket filter keeps away what does not matter (threads, changes
of users), so that a busy host wakes us only for processes.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from pykeepalived.kernel.namespaces import network_namespace
from pykeepalived.tracking.processes import (
    Executed,
    Exited,
    Forked,
    ProcessEvent,
    ProcessFacts,
    Renamed,
    Scanned,
)

_NETLINK_CONNECTOR = 11
_CN_IDX_PROC, _CN_VAL_PROC = 1, 1
_PROC_CN_MCAST_LISTEN = 1
_NLMSG_DONE = 3
_NLMSGHDR = struct.Struct("=IHHII")
_CN_MSG = struct.Struct("=IIIIHH")
_EVENT_AT = _NLMSGHDR.size + _CN_MSG.size
_DATA_AT = _EVENT_AT + 16
_WORD = struct.Struct("=I")
_TWO, _FOUR = struct.Struct("=ii"), struct.Struct("=iiii")

NONE, FORK, EXEC, COMM, EXIT = 0, 1, 2, 0x200, 0x80000000

_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_LD_W_ABS, _TAX, _JEQ_K, _JEQ_X, _RET = 0x20, 0x07, 0x15, 0x1D, 0x06
_CLONE_NEWNET = 0x40000000
_READS_IN_A_ROW = 512

_libc = ctypes.CDLL(None, use_errno=True)


class ProcessEvents:
    """The kernel's news about processes.

    ``buffer_bytes`` 0 leaves the kernel's receive buffer; ``force`` may exceed the host's limit.  Raises
    OSError when the kernel has no process connector or we may not use it (root of the host only).
    """

    def __init__(self, buffer_bytes: int = 0, *, force: bool = False) -> None:
        with _first_network_namespace():
            self._socket = socket.socket(
                socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, _NETLINK_CONNECTOR
            )
        try:
            if buffer_bytes:
                option = _SO_RCVBUFFORCE if force else socket.SO_RCVBUF
                self._socket.setsockopt(socket.SOL_SOCKET, option, buffer_bytes)
            _attach(self._socket)
            self._socket.bind((0, _CN_IDX_PROC))
            wanted = _WORD.pack(_PROC_CN_MCAST_LISTEN)
            body = _CN_MSG.pack(_CN_IDX_PROC, _CN_VAL_PROC, 0, 0, len(wanted), 0) + wanted
            head = _NLMSGHDR.pack(_NLMSGHDR.size + len(body), _NLMSG_DONE, 0, 0, os.getpid())
            self._socket.send(head + body)
        except OSError:
            self._socket.close()
            raise
        self.confirmed = False
        """Whether the kernel has answered: one that was built without process events never does."""

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def grow(self) -> int:
        """Double the receive buffer after events were lost; its size now, in bytes."""
        size = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)  # the kernel doubles it itself
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def read(self, *, comm: bool, cmdline: bool) -> tuple[list[ProcessEvent], bool]:
        """What happened since the last call (a bounded number of events), and whether some were lost.

        ``comm`` and ``cmdline``: what to look up of a process that executes something.
        """
        events: list[ProcessEvent] = []
        for _ in range(_READS_IN_A_ROW):
            try:
                data, sender = self._socket.recvfrom(4096)
            except BlockingIOError:
                return events, False
            except OSError as problem:
                if problem.errno == errno.ENOBUFS:
                    return events, True
                raise
            if sender[0] != 0 or len(data) < _DATA_AT:
                continue  # not from the kernel
            what = _WORD.unpack_from(data, _EVENT_AT)[0]
            if what == NONE:
                self.confirmed = True
                continue
            event = self._event(what, data, comm=comm, cmdline=cmdline)
            if event is not None:
                events.append(event)
        return events, False

    @staticmethod
    def _event(what: int, data: bytes, *, comm: bool, cmdline: bool) -> ProcessEvent | None:
        """One that concerns a process; threads are left out."""
        if what == FORK:
            _, parent, thread, child = _FOUR.unpack_from(data, _DATA_AT)
            return Forked(parent, child) if thread == child else None
        thread, pid = _TWO.unpack_from(data, _DATA_AT)
        if thread != pid:
            return None
        if what == EXIT:
            return Exited(pid)
        if what == COMM:
            name = data[_DATA_AT + _TWO.size :][:16].split(b"\0", 1)[0]
            return Renamed(pid, name.decode(errors="surrogateescape"))
        if what == EXEC:
            facts = look_up(pid, comm=comm, cmdline=cmdline)
            return None if facts is None else Executed(facts)
        return None


def scan(*, comm: bool, cmdline: bool) -> Scanned:
    """Every process that runs now, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            facts = look_up(int(entry.name), comm=comm, cmdline=cmdline)
            if facts is not None:
                found.append(facts)
    return Scanned(tuple(found))


def look_up(pid: int, *, comm: bool, cmdline: bool) -> ProcessFacts | None:
    """What /proc says of a process; None when it is gone or only waits to be reaped."""
    name: str | None = None
    words: bytes | None = None
    try:
        if comm:
            text = _read(f"/proc/{pid}/stat")
            begin, end = text.index(b"(") + 1, text.rindex(b")")
            if text[end + 2 : end + 3] == b"Z":
                return None
            name = text[begin:end].decode(errors="surrogateescape")
        if cmdline:
            words = _read(f"/proc/{pid}/cmdline")
    except (OSError, ValueError):
        return None
    return ProcessFacts(pid, name, words)


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 64 * 1024)
    finally:
        os.close(fd)


def _attach(sock: socket.socket) -> None:
    """Let through the answer to our subscription and events of whole processes."""

    def step(code: int, value: int = 0, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    fork, other, accept, refuse = 7, 11, 15, 16  # positions in the program; a jump counts from the next one
    program = [
        step(_LD_W_ABS, _EVENT_AT),
        step(_JEQ_K, socket.htonl(FORK), if_true=fork - 2),
        step(_JEQ_K, socket.htonl(EXEC), if_true=other - 3),
        step(_JEQ_K, socket.htonl(COMM), if_true=other - 4),
        step(_JEQ_K, socket.htonl(EXIT), if_true=other - 5),
        step(_JEQ_K, socket.htonl(NONE), if_true=accept - 6),
        step(_RET, 0),
        step(_LD_W_ABS, _DATA_AT + 8),  # fork: thread and process of the child are the same
        step(_TAX),
        step(_LD_W_ABS, _DATA_AT + 12),
        step(_JEQ_X, 0, if_true=accept - 11, if_false=refuse - 11),
        step(_LD_W_ABS, _DATA_AT),  # all others: its own thread and process
        step(_TAX),
        step(_LD_W_ABS, _DATA_AT + 4),
        step(_JEQ_X, 0, if_true=accept - 15, if_false=refuse - 15),
        step(_RET, 0xFFFFFFFF),
        step(_RET, 0),
    ]
    array = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HL", len(program), ctypes.addressof(array))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, header)


@contextlib.contextmanager
def _first_network_namespace() -> Iterator[None]:
    """Where the connector is: the namespace of process 1, or the one that this program was started in.

    Without the right to go there we stay where we are and try.
    """
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open("/proc/1/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        os.close(here)
        with network_namespace(""):
            yield
        return
    try:
        moved = not os.path.sameopenfile(here, there) and _libc.setns(there, _CLONE_NEWNET) == 0
        try:
            yield
        finally:
            if moved and _libc.setns(here, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "cannot return to our network namespace")
    finally:
        os.close(there)
        os.close(here)
