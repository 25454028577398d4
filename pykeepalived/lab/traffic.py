"""The two ends of the lab's traffic, each run as a small process on its machine.

    python -m pykeepalived.lab.traffic serve NAME [PROTOCOL/PORT/SPEAKS …] [PATH=STATUS …]
    python -m pykeepalived.lab.traffic ask RATE TIMEOUT PROTOCOL/PORT/ADDRESS …

``serve`` answers every request with its name and the address that it saw (:mod:`.answering`). ``ask`` starts
requests at a fixed rate, each on a new connection and whether or not earlier ones were answered, the targets
in turn, and prints a line for each when its fate is known (see :class:`Asked`).

Only the standard library and no asyncio: these start many times, in a guest where imports are slow.
"""

from __future__ import annotations

import collections
import contextlib
import errno
import itertools
import os
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from pykeepalived.lab.answering import answer_for_ever

QUESTION = b"WHO\n"
REQUEST = b"GET / HTTP/1.0\r\nHost: service\r\n\r\n"
# Left to itself the kernel may choose a port again soon. To IPVS that is the old connection for two minutes,
# sent to the old server (DR and TUN, where it does not see the end), and no scheduler is asked.
PORTS = range(1100, 65500)
PROMPT_NICE = -10
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
    target: int = 0
    """Which of the layout's targets was asked."""

    def line(self) -> str:
        seen_from = self.seen_from.replace(" ", "_")
        return f"{self.begun_at} {self.ended_at} {self.server or '-'} {seen_from} {self.target}"

    @classmethod
    def from_line(cls, line: str) -> Asked:
        begun_at, ended_at, server, seen_from, target = line.split()
        named = None if server == "-" else server
        return cls(int(begun_at), int(ended_at), named, seen_from.replace("_", " "), int(target))


@dataclass(slots=True)
class _Request:
    target: int
    begun_at: int
    deadline: int
    """When it counts as lost."""
    stream: bool
    answer: bytearray = field(default_factory=bytearray)


class Asker:
    """The steady client. ``step`` does what is due; it never blocks longer than to the next start."""

    def __init__(self, targets: Sequence[tuple[str, int, str]], rate: float, timeout_s: float) -> None:
        self._targets = list(targets)
        self._interval = int(1e9 / rate)
        self._timeout = int(timeout_s * 1e9)
        self._selector = selectors.DefaultSelector()
        self._open: collections.OrderedDict[socket.socket, _Request] = collections.OrderedDict()
        self._next_at = self._seen_at = time.monotonic_ns()
        self._turn = 0
        self._ports = itertools.cycle(PORTS)

    def step(self) -> list[Asked]:
        done: list[Asked] = []
        now = time.monotonic_ns()
        self._forgive(now - self._seen_at - self._interval)
        self._seen_at = now
        if now >= self._next_at:
            # After a stall of this process go on from now: a burst would not be a steady stream.
            self._next_at = max(self._next_at + self._interval, now - self._interval)
            done += self._begin(now)
        for connection, request in list(self._open.items()):
            if now < request.deadline:
                break
            done.append(self._end(connection, None, TIMED_OUT))
        wait = max(0, self._next_at - time.monotonic_ns()) / 1e9
        for key, events in self._selector.select(wait):
            if outcome := self._advance(key.fileobj, events):  # type: ignore[arg-type]
                done.append(outcome)
        return done

    def _forgive(self, late: int) -> None:
        """While this process itself stood still nobody could answer it: that time does not count."""
        if late > self._interval:
            for request in self._open.values():
                request.deadline += late

    def _begin(self, now: int) -> list[Asked]:
        index = self._turn
        self._turn = (index + 1) % len(self._targets)
        address, port, protocol = self._targets[index]
        family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
        stream = protocol != "udp"
        connection = socket.socket(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        connection.setblocking(False)
        self._bind(connection, family, port)
        code = connection.connect_ex((address, port))
        if not code and not stream:
            try:
                connection.send(QUESTION)
            except OSError as error:
                code = error.errno or errno.EIO
        if code not in (0, errno.EINPROGRESS):
            connection.close()
            return [Asked(now, time.monotonic_ns(), None, ERRORS.get(code, BROKEN), index)]
        self._open[connection] = _Request(index, now, now + self._timeout, stream)
        self._selector.register(connection, selectors.EVENT_WRITE if stream else selectors.EVENT_READ)
        return []

    def _bind(self, connection: socket.socket, family: int, asked: int) -> None:
        """A source port that was not used for as long as possible; which one is free, the kernel says."""
        anywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"
        for own in itertools.islice(self._ports, len(PORTS)):
            if own != asked:
                with contextlib.suppress(OSError):
                    connection.bind((anywhere, own))
                    return

    def _advance(self, connection: socket.socket, events: int) -> Asked | None:
        request = self._open[connection]
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
        request.answer += part
        body = bytes(request.answer)
        if request.stream:
            _, _, body = body.partition(b"\r\n\r\n")
        if body.endswith(b"\n"):
            server, _, seen_from = body.decode(errors="replace").strip().partition(" ")
            return self._end(connection, server, seen_from)
        return None if part else self._end(connection, None, BROKEN)

    def _end(self, connection: socket.socket, server: str | None, seen_from: str) -> Asked:
        request = self._open.pop(connection)
        self._selector.unregister(connection)
        connection.close()
        return Asked(request.begun_at, time.monotonic_ns(), server, seen_from, request.target)


def target_of(word: str) -> tuple[str, int, str]:
    """``tcp/80/192.0.2.1`` as (address, port, protocol)."""
    protocol, port, address = word.split("/", 2)
    return address, int(port), protocol


def be_prompt() -> None:
    """Client and servers measure the directors: a machine that is busy starting one must not delay them."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PROMPT_NICE)


def main(argv: list[str]) -> None:
    be_prompt()
    match argv:
        case ["serve", name, *words]:
            answer_for_ever(name, words)
        case ["ask", rate, timeout_s, *words]:
            asker = Asker([target_of(word) for word in words], float(rate), float(timeout_s))
            while True:
                if done := asker.step():
                    print("\n".join(asked.line() for asked in done), flush=True)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(sys.argv[1:])
