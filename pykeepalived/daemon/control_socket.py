"""The control socket: one line of JSON in, one line of JSON out, and the end of the stream.

It stands beside the pid file, whose lock says that a socket found there is a left-over of ours; several
daemons on a host have pid files, and so sockets, of their own.  Only root, or the user the daemon runs as,
may ask.  A client can hold nobody: what it sends is bounded, it has a few seconds from connecting to having
taken its answer, and there are never more than a few of them.  The socket's folder is opened once and the
socket named relative to it, so that long paths work (an address holds 108 bytes) and nobody can exchange a
folder of the path meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import stat
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.base.units import NANOSECONDS_PER_SECOND

MODE = 0o600
MOST_CLIENTS = 16
MOST_REQUEST_BYTES = 4096
PATIENCE_NS = 8 * NANOSECONDS_PER_SECOND
"""From connecting to having taken everything."""
_PAUSE_NS = NANOSECONDS_PER_SECOND
"""How long nobody is let in when there is no descriptor left."""


def path_beside(pid_file: Path) -> Path:
    """Where the socket of the daemon with this pid file stands."""
    return pid_file.with_name(f"{pid_file.name}.sock")


@contextlib.contextmanager
def short_address(path: Path) -> Iterator[str]:
    """An address for ``bind`` and ``connect`` that leads to this path however long it is."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def who_is_at_the_other_end(connection: socket.socket) -> tuple[int, int]:
    """Process and user that connected, or that listened when we connected; the kernel vouches for them."""
    layout = struct.Struct("iII")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, layout.size)
    pid, user, _ = layout.unpack(credentials)
    return pid, user


@dataclass(slots=True, eq=False)
class Client:
    """Someone who asks.  ``unsent`` is None until its answer is there."""

    connection: socket.socket
    ends_at: int
    request: bytearray = field(default_factory=bytearray)
    unsent: memoryview | None = None


class ControlSocket:
    """``on_request`` gets a client and its line; ``answer`` is called for that client, then or later."""

    def __init__(
        self, path: Path, selector: selectors.BaseSelector, on_request: Callable[[Client, bytes], None]
    ) -> None:
        self._path = path
        self._selector = selector
        self._on_request = on_request
        self._listener: socket.socket | None = None
        self._paused_until: int | None = None
        self._clients: list[Client] = []

    # ------------------------------------------------------------ life

    def open(self) -> str:
        """Listen; empty, or why not."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        before = os.umask(0o777 & ~MODE)
        try:
            if os.path.lexists(self._path):
                if not stat.S_ISSOCK(self._path.lstat().st_mode):
                    listener.close()
                    return f"{self._path} is there and is no socket"
                self._path.unlink()
            with short_address(self._path) as address:
                listener.bind(address)
            listener.listen(MOST_CLIENTS)
        except OSError as problem:
            listener.close()
            return f"{self._path}: {problem.strerror or problem}"
        finally:
            os.umask(before)
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        return ""

    def close(self) -> None:
        """End: nobody can ask any more."""
        for client in list(self._clients):
            self._drop(client)
        if self._listener is not None:
            self._forget(self._listener)
            self._listener.close()
            self._listener = None
            with contextlib.suppress(OSError):
                self._path.unlink()

    def close_in_child(self) -> None:
        """A child holds none of it; the selector is closed separately."""
        for client in self._clients:
            client.connection.close()
        self._clients.clear()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    # ------------------------------------------------------------ time

    @property
    def deadline(self) -> int | None:
        """When ``expire`` has something to do."""
        times = [client.ends_at for client in self._clients]
        return min(times if self._paused_until is None else [*times, self._paused_until], default=None)

    def expire(self, now: int) -> None:
        """Cut off who is too slow; let people in again."""
        for client in [client for client in self._clients if client.ends_at <= now]:
            self._drop(client)
        if self._paused_until is not None and self._paused_until <= now and self._listener is not None:
            self._paused_until = None
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    # ------------------------------------------------------------ clients

    def answer(self, client: Client, answer: bytes) -> None:
        """Send this; a client that has gone meanwhile does not matter."""
        if client not in self._clients or client.unsent is not None:
            return
        client.unsent = memoryview(answer)
        self._forget(client.connection)
        self._selector.register(client.connection, selectors.EVENT_WRITE, lambda: self._write(client))
        self._write(client)

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return  # it has gone again
        except OSError:
            # No descriptor is left: the listener stays readable, and must not keep us awake.
            self._forget(self._listener)
            self._paused_until = time.monotonic_ns() + _PAUSE_NS
            return
        now = time.monotonic_ns()
        self.expire(now)
        _, user = who_is_at_the_other_end(connection)
        if len(self._clients) >= MOST_CLIENTS or user not in (0, os.geteuid()):
            connection.close()
            return
        connection.setblocking(False)
        client = Client(connection, now + PATIENCE_NS)
        self._clients.append(client)
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._read(client))
        self._read(client)  # nearly always there already

    def _read(self, client: Client) -> None:
        try:
            data = client.connection.recv(MOST_REQUEST_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        client.request += data
        line, end, _ = bytes(client.request).partition(b"\n")
        if not data or len(client.request) > MOST_REQUEST_BYTES:
            self._drop(client)
        elif end:
            self._forget(client.connection)  # what else it says is not read
            self._on_request(client, line)

    def _write(self, client: Client) -> None:
        if client.unsent is None:
            return
        try:
            sent = client.connection.send(client.unsent, socket.MSG_NOSIGNAL)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._drop(client)
            return
        client.unsent = client.unsent[sent:]
        if not client.unsent:
            self._drop(client)

    def _drop(self, client: Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
        self._forget(client.connection)
        client.connection.close()

    def _forget(self, connection: socket.socket) -> None:
        if connection.fileno() >= 0 and connection in self._selector.get_map():
            self._selector.unregister(connection)
