"""How much the checks cost: ``python bench/checkers.py [tcp|http|ssl|many] …``.

``many``   10,000 TCP_CHECKs at a delay_loop of 6 s through the real runner: processor, memory, lateness.
``tcp``, ``http``, ``ssl``  probes a second and core, 200 at a time, through the check alone.

The servers run in a process of their own; all figures are those of the checking process only (kernel time of
its sockets included).  On a shared machine compare runs with each other, not with the clock on the wall.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import hashlib
import json
import os
import pathlib
import resource
import selectors
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from pykeepalived.checkers.port import registry
from pykeepalived.daemon.check_runner import CheckRunner
from pykeepalived.health.settings import (
    CheckerSettings,
    CheckKind,
    CheckSchedule,
    Connection,
    HttpTarget,
    SslTarget,
    Target,
    TcpTarget,
)

TLS = pathlib.Path(__file__).resolve().parents[1] / "tests/support/tls"
S = 1_000_000_000
BODY = b"x" * 1000
PAGE = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n" + BODY
MANY = 10_000
LOOP_S = 6.0
LISTENERS = 20


def serve(listeners: list[socket.socket], tls: bool) -> None:
    """Accept, answer one request if there is one, close.  Plain sockets: the server must not be the limit."""
    if tls:
        asyncio.run(serve_tls(listeners[0]))
    ready = selectors.DefaultSelector()
    for listener in listeners:
        listener.setblocking(False)
        ready.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, _ in ready.select():
            if key.data is None:
                assert isinstance(key.fileobj, socket.socket)
                while True:
                    try:
                        client, _ = key.fileobj.accept()
                    except BlockingIOError:
                        break
                    client.setblocking(False)
                    ready.register(client, selectors.EVENT_READ, client)
            else:
                ready.unregister(key.data)
                with key.data as client, contextlib.suppress(OSError):
                    if client.recv(4096):
                        client.send(PAGE)


async def serve_tls(listener: socket.socket) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PAGE)
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    server = await asyncio.start_server(answer, sock=listener, ssl=context)
    await server.serve_forever()


@contextlib.contextmanager
def servers(count: int, *, tls: bool = False) -> Iterator[list[int]]:
    """Listening ports, served by a child process."""
    listeners = []
    for _ in range(count):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        listeners.append(listener)
    pid = os.fork()
    if pid == 0:
        serve(listeners, tls)
    try:
        yield [listener.getsockname()[1] for listener in listeners]
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def rss_mib() -> float:
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


async def measure_rate(
    kind: CheckKind, target: Target, seconds: float, at_once: int = 200
) -> dict[str, object]:
    check = registry()[kind]
    done = bad = 0
    end = time.monotonic() + seconds

    async def one_after_the_other() -> None:
        nonlocal done, bad
        while time.monotonic() < end:
            verdict = await check.probe(target, time.monotonic_ns() + 20 * S)
            done += 1
            bad += not verdict.ok

    begun = cpu_seconds()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    used = cpu_seconds() - begun
    return {
        "kind": kind.value,
        "probes": done,
        "bad": bad,
        "cpu_us_per_probe": round(used / done * 1e6, 1),
        "probes_per_cpu_second": round(done / used),
    }


async def measure_many(ports: list[int], seconds: float) -> dict[str, object]:
    schedule = CheckSchedule(
        delay_loop_ns=int(LOOP_S * S),
        retry=1,
        delay_before_retry_ns=S,
        warmup_ns=int(LOOP_S * S),
        budget_ns=5 * S,
    )
    before_mib = rss_mib()
    failures = 0

    def observe(key: object, action: object) -> None:
        nonlocal failures
        failures += type(action).__name__ in ("ReportDown", "TryFailed")

    late_ns: list[int] = []
    runner = CheckRunner(asyncio.get_running_loop(), observe)
    begin = runner._begin  # type: ignore[attr-defined]

    def timed(entry: object, now: int) -> None:
        late_ns.append(time.monotonic_ns() - entry.core.deadline)  # type: ignore[attr-defined]
        begin(entry, now)

    runner._begin = timed  # type: ignore[attr-defined,method-assign]
    for number in range(MANY):
        connection = Connection(ip_address("127.0.0.1"), ports[number % len(ports)])
        runner.add(number, CheckerSettings(CheckKind.TCP, (TcpTarget(connection),), schedule))
    gc.collect()
    gc.freeze()
    await asyncio.sleep(LOOP_S)  # everyone has begun
    late_ns.clear()
    begun, begun_at = cpu_seconds(), time.monotonic()
    await asyncio.sleep(seconds)
    used, lasted = cpu_seconds() - begun, time.monotonic() - begun_at
    late_ns.sort()
    probes = len(late_ns)
    rss = rss_mib()
    runner.close()
    return {
        "checks": MANY,
        "loop_s": LOOP_S,
        "probes_per_s": round(probes / lasted),
        "failures": failures,
        "cpu_percent_of_core": round(used / lasted * 100, 1),
        "cpu_us_per_probe": round(used / probes * 1e6, 1),
        "rss_mib": round(rss, 1),
        "rss_before_mib": round(before_mib, 1),
        "late_ms_p50_p99_max": [round(late_ns[int(probes * q)] / 1e6, 2) for q in (0.5, 0.99)]
        + [round(late_ns[-1] / 1e6, 1)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["tcp", "http", "ssl", "many"])
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="of each measurement (many: three times that)"
    )
    options = parser.parse_args()
    for what in options.what:
        with servers(LISTENERS, tls=what == "ssl") as ports:
            connection = Connection(ip_address("127.0.0.1"), ports[0])
            digest = hashlib.md5(BODY).hexdigest()
            page = HttpTarget(connection, "/", "www.example.net", 5 * S, digest=digest)
            match what:
                case "tcp":
                    job = measure_rate(CheckKind.TCP, TcpTarget(connection), options.seconds)
                case "http":
                    job = measure_rate(CheckKind.HTTP, page, options.seconds)
                case "ssl":
                    job = measure_rate(CheckKind.SSL, SslTarget(page), options.seconds)
                case "many":
                    job = measure_many(ports, 3 * options.seconds)
                case _:
                    parser.error(f"unknown measurement {what}")
            print(json.dumps(asyncio.run(job)))


if __name__ == "__main__":
    main()
