"""The two ends of the demo's traffic, each run as a small process on its machine.

    python -m pykeepalived.lab.traffic serve NAME
    python -m pykeepalived.lab.traffic ask ADDRESS RATE TIMEOUT

``serve`` answers every request to port 80 with its name and the address that it saw. ``ask`` starts
requests at a fixed rate, each on a new connection and whether or not earlier ones were answered, and
prints a line for each when its fate is known (see :class:`Asked`).

Only the standard library and no asyncio: these start many times, in a guest where imports are slow.
"""

from __future__ import annotations

import collections
import contextlib
import errno
import selectors
import socket
import sys
import time
from dataclasses import dataclass
from ipaddress import ip_address

PORT = 80
REQUEST = b"GET / HTTP/1.0\r\nHost: service\r\n\r\n"
TIMED_OUT, REFUSED, RESET, UNREACHABLE, BROKEN = "timed out", "refused", "reset", "unreachable", "broken"
ERRORS = {
    errno.ECONNREFUSED: REFUSED,
    errno.ECONNRESET: RESET,
    errno.EHOSTUNREACH: UNREACHABLE,
    errno.ENETUNREACH: UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it began and ended (CLOCK_MONOTONIC), who answered, or why nobody did."""

    begun_at: int
    ended_at: int
    server: str | None
    seen_from: str
    """The client's address as the server saw it; for a failure the reason."""

    def line(self) -> str:
        return f"{self.begun_at} {self.ended_at} {self.server or '-'} {self.seen_from.replace(' ', '_')}"

    @classmethod
    def from_line(cls, line: str) -> Asked:
        begun_at, ended_at, server, seen_from = line.split()
        named = None if server == "-" else server
        return cls(int(begun_at), int(ended_at), named, seen_from.replace("_", " "))


def serve(name: str) -> None:
    """Answer until killed. Checks that only connect are served too: they just close."""
    selector = selectors.DefaultSelector()
    listening = socket.create_server(
        ("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=256, reuse_port=False
    )
    listening.setblocking(False)
    selector.register(listening, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listening:
                with contextlib.suppress(OSError):
                    connection, peer = listening.accept()
                    connection.setblocking(False)
                    selector.register(connection, selectors.EVENT_READ, peer[0].removeprefix("::ffff:"))
                continue
            connection = key.fileobj  # type: ignore[assignment]
            selector.unregister(connection)
            with connection, contextlib.suppress(OSError):
                if connection.recv(4096):
                    body = f"{name} {key.data}\n".encode()
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                    connection.sendall(head.encode() + body)


class Asker:
    """The steady client. ``step`` does what is due; it never blocks longer than to the next start."""

    def __init__(self, address: str, rate: float, timeout_s: float) -> None:
        self._family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
        self._target = (address, PORT)
        self._interval = int(1e9 / rate)
        self._timeout = int(timeout_s * 1e9)
        self._selector = selectors.DefaultSelector()
        self._open: collections.OrderedDict[socket.socket, tuple[int, bytearray]] = collections.OrderedDict()
        self._next_at = time.monotonic_ns()

    def step(self) -> list[Asked]:
        done: list[Asked] = []
        now = time.monotonic_ns()
        if now >= self._next_at:
            # After a stall of this process go on from now: a burst would not be a steady stream.
            self._next_at = max(self._next_at + self._interval, now - self._interval)
            done += self._begin(now)
        for connection, (begun_at, _) in list(self._open.items()):
            if now - begun_at < self._timeout:
                break
            done.append(self._end(connection, None, TIMED_OUT))
        wait = max(0, self._next_at - time.monotonic_ns()) / 1e9
        for key, events in self._selector.select(wait):
            if outcome := self._advance(key.fileobj, events):  # type: ignore[arg-type]
                done.append(outcome)
        return done

    def _begin(self, now: int) -> list[Asked]:
        connection = socket.socket(self._family, socket.SOCK_STREAM)
        connection.setblocking(False)
        code = connection.connect_ex(self._target)
        if code not in (0, errno.EINPROGRESS):
            connection.close()
            return [Asked(now, time.monotonic_ns(), None, ERRORS.get(code, BROKEN))]
        self._open[connection] = (now, bytearray())
        self._selector.register(connection, selectors.EVENT_WRITE)
        return []

    def _advance(self, connection: socket.socket, events: int) -> Asked | None:
        try:
            if events & selectors.EVENT_WRITE:
                if code := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    return self._end(connection, None, ERRORS.get(code, BROKEN))
                connection.send(REQUEST)
                self._selector.modify(connection, selectors.EVENT_READ)
                return None
            part = connection.recv(4096)
        except OSError as error:
            return self._end(connection, None, ERRORS.get(error.errno or 0, BROKEN))
        answer = self._open[connection][1]
        answer += part
        _, separator, body = bytes(answer).partition(b"\r\n\r\n")
        if separator and body.endswith(b"\n"):
            server, _, seen_from = body.decode(errors="replace").strip().partition(" ")
            return self._end(connection, server, seen_from)
        return None if part else self._end(connection, None, BROKEN)

    def _end(self, connection: socket.socket, server: str | None, seen_from: str) -> Asked:
        begun_at, _ = self._open.pop(connection)
        self._selector.unregister(connection)
        connection.close()
        return Asked(begun_at, time.monotonic_ns(), server, seen_from)


def main(argv: list[str]) -> None:
    match argv:
        case ["serve", name]:
            serve(name)
        case ["ask", address, rate, timeout_s]:
            asker = Asker(address, float(rate), float(timeout_s))
            while True:
                if done := asker.step():
                    print("\n".join(asked.line() for asked in done), flush=True)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(sys.argv[1:])
