"""Servers on loopback that behave well or badly, one function per behaviour."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

TLS = pathlib.Path(__file__).with_name("tls")

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def first_words(reader: asyncio.StreamReader) -> None:
    """Let a client speak first that does so."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.1)


def answering(answer: bytes, *, until: bytes = b"\r\n\r\n") -> Behaviour:
    """Reads a request, sends ``answer``, closes."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(until)
        writer.write(answer)

    return behave


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts and never says anything."""
    await asyncio.sleep(3600)


async def hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts and closes at once."""


def stopping_after(data: bytes) -> Behaviour:
    """Sends ``data`` and then nothing, with the connection left open."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await asyncio.sleep(3600)

    return behave


def resetting_after(data: bytes) -> Behaviour:
    """Sends ``data`` and then a TCP reset."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await first_words(reader)
        writer.write(data)
        await writer.drain()
        # Let the data arrive as data before the reset overtakes it.
        await asyncio.sleep(0.05)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return behave


def dripping(data: bytes, every: float = 0.02) -> Behaviour:
    """Slow loris: one byte at a time, for ever."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(every)

    return behave


def endless(start: bytes) -> Behaviour:
    """As much data as the other side takes, for ever."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await first_words(reader)
        writer.write(start)
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    return behave


def tls_context() -> ssl.SSLContext:
    """The server's side of TLS with the throw-away certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    return context


@contextlib.asynccontextmanager
async def tcp_server(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on 127.0.0.1; gives its port."""

    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await behaviour(reader, writer)
                await writer.drain()
        finally:
            tasks.discard(task)
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses: bound and never listened on, so that nobody else gets it."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose accept queue is full: the handshake gets no answer."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port
