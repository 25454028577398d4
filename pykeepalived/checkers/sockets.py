"""Non-blocking sockets with deadlines, straight on the event loop's descriptor callbacks.

asyncio's streams cost three times the processor time of this per check, which counts at 10,000 checks.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator

from pykeepalived.health.settings import Connection, IPAddress
from pykeepalived.health.verdict import ProbeNotRunError

_SO_MARK = 36
_SO_BINDTODEVICE = 25

SERVER_FAULTS = frozenset(
    {
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ECONNREFUSED,
        errno.EHOSTDOWN,
        errno.ENETDOWN,
        errno.ECONNRESET,
        errno.ECONNABORTED,
        errno.ETIMEDOUT,
    }
)
"""What a failing connect() says about the server, as keepalived sorts it; any other error is our own trouble
and no reason to take a server out."""


def family_of(address: IPAddress) -> socket.AddressFamily:
    return socket.AF_INET if address.version == 4 else socket.AF_INET6


def socket_address(
    address: IPAddress, port: int, interface: str = ""
) -> tuple[str, int] | tuple[str, int, int, int]:
    """The form that connect() and bind() take.  A link-local address needs its interface as scope."""
    if address.version == 4:
        return (str(address), port)
    scope = 0
    if interface and address.is_link_local:
        with contextlib.suppress(OSError):
            scope = socket.if_nametoindex(interface)
    return (str(address), port, 0, scope)


@contextlib.contextmanager
def open_socket(connection: Connection, kind: socket.SocketKind) -> Iterator[socket.socket]:
    """A non-blocking socket set up as ``connection`` says: mark, interface, source address and port.

    Raises ProbeNotRunError when this host does not let us.  Closed at the end with FIN as keepalived does,
    or with RST when a source port is prescribed: else TIME_WAIT would keep the port from the next probe.
    """
    try:
        sock = socket.socket(family_of(connection.address), kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    except OSError as problem:
        raise ProbeNotRunError(f"cannot create a socket: {problem.strerror}") from problem
    with sock:
        try:
            prepare(sock, connection, kind)
        except OSError as problem:
            raise ProbeNotRunError(f"cannot bind: {problem.strerror}") from problem
        yield sock


def prepare(sock: socket.socket, connection: Connection, kind: socket.SocketKind) -> None:
    """Apply mark, interface and source; OSError when refused."""
    if connection.fwmark:
        sock.setsockopt(socket.SOL_SOCKET, _SO_MARK, connection.fwmark)
    if connection.bind_interface:
        name = os.fsencode(connection.bind_interface) + b"\0"
        sock.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, name)
    if connection.bind_port and kind == socket.SOCK_STREAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    source = connection.bind_address
    if source is not None:
        sock.bind(socket_address(source, connection.bind_port, connection.bind_interface))
    elif connection.bind_port:
        sock.bind(("" if connection.address.version == 4 else "::", connection.bind_port))


async def wait_ready(source: socket.socket | int, deadline_ns: int, *, writable: bool = False) -> None:
    """Until a socket or descriptor is readable (or writable); TimeoutError at the deadline."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    descriptor = source if isinstance(source, int) else source.fileno()
    if writable:
        loop.add_writer(descriptor, _settle, ready)
    else:
        loop.add_reader(descriptor, _settle, ready)
    timer = loop.call_at(deadline_ns / 1e9, _expire, ready)
    try:
        await ready
    finally:
        timer.cancel()
        if writable:
            loop.remove_writer(descriptor)
        else:
            loop.remove_reader(descriptor)


async def wait_ready_again(source: socket.socket, deadline_ns: int) -> None:
    """As :func:`wait_ready`, behind data that was not what is waited for.

    Then what is readable comes second to the deadline: a flood of rubbish holds no probe for ever.
    """
    if time.monotonic_ns() >= deadline_ns:
        raise TimeoutError
    await wait_ready(source, deadline_ns)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _expire(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_exception(TimeoutError())


async def connect(sock: socket.socket, connection: Connection, deadline_ns: int) -> None:
    """Connect; OSError for what the server did, TimeoutError, ProbeNotRunError for our own trouble."""
    address = socket_address(connection.address, connection.port, connection.bind_interface)
    error = sock.connect_ex(address)
    if error == errno.EINPROGRESS:
        await wait_ready(sock, deadline_ns, writable=True)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error == errno.ETIMEDOUT:
            raise TimeoutError
        if error:
            raise OSError(error, os.strerror(error))
    elif error in SERVER_FAULTS:
        raise OSError(error, os.strerror(error))
    elif error:
        raise ProbeNotRunError(f"cannot connect: {os.strerror(error)}")


class Stream:
    """A connected socket, plain or TLS, with deadlines."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def send(self, data: bytes, deadline_ns: int) -> None:
        """Send all of ``data``."""
        while data:
            try:
                data = data[self._sock.send(data) :]
            except BlockingIOError:
                await wait_ready(self._sock, deadline_ns, writable=True)

    async def receive(self, limit: int, deadline_ns: int) -> bytes:
        """Some bytes; empty when the other side has ended."""
        while True:
            try:
                return self._sock.recv(limit)
            except BlockingIOError:
                await wait_ready(self._sock, deadline_ns)


class TlsStream(Stream):
    """The same over TLS.

    ``sock`` is connected; its descriptor belongs to the stream from here on.  ``ragged_end_is_end``: a
    connection that ends without close-notify is an end like any other, as most servers do it.
    """

    def __init__(
        self, sock: socket.socket, context: ssl.SSLContext, server_name: str, *, ragged_end_is_end: bool
    ) -> None:
        super().__init__(sock)
        self._tls = context.wrap_socket(
            sock,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=ragged_end_is_end,
            server_hostname=server_name or None,
        )

    def close(self) -> None:
        """Close without waiting for the other side's close-notify."""
        self._tls.close()

    async def handshake(self, deadline_ns: int) -> None:
        """Negotiate; ssl.SSLError, OSError or TimeoutError."""
        while True:
            try:
                self._tls.do_handshake()
                return
            except ssl.SSLWantReadError:
                await wait_ready(self._tls, deadline_ns)
            except ssl.SSLWantWriteError:
                await wait_ready(self._tls, deadline_ns, writable=True)

    async def send(self, data: bytes, deadline_ns: int) -> None:
        while data:
            try:
                data = data[self._tls.send(data) :]
            except ssl.SSLWantReadError:
                await wait_ready(self._tls, deadline_ns)
            except ssl.SSLWantWriteError:
                await wait_ready(self._tls, deadline_ns, writable=True)

    async def receive(self, limit: int, deadline_ns: int) -> bytes:
        while True:
            try:
                return self._tls.recv(limit)
            except ssl.SSLWantReadError:
                await wait_ready(self._tls, deadline_ns)
            except ssl.SSLWantWriteError:
                await wait_ready(self._tls, deadline_ns, writable=True)
