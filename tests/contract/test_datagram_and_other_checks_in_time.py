"""Checks without a TCP connection: late, endless and cancelled, the cells that the other files leave open.

TCP, HTTP, SSL and SMTP: test_checkers_contract.py.  Good, wrong and refused answers of the others:
test_other_checks_contract.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any

import pytest

from pykeepalived.checkers.bfd import verdict_of
from pykeepalived.checkers.port import registry
from pykeepalived.health.settings import (
    BfdTarget,
    CheckKind,
    Connection,
    DnsTarget,
    FileTarget,
    PingTarget,
    Target,
    UdpTarget,
)
from pykeepalived.health.verdict import ProbeNotRunError, Verdict
from tests.contract.test_other_checks_contract import (
    LOCALHOST,
    LONG_NS,
    SHORT_NS,
    dns_answer,
    probe,
    run,
    udp_server,
)

FULL_NS = 10**9


@contextlib.asynccontextmanager
async def slow_server(answer: Any, after_s: float) -> AsyncIterator[Connection]:
    """A UDP server that takes its time."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            loop = asyncio.get_running_loop()
            loop.call_later(after_s, lambda: self.transport.sendto(answer(data), addr))

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Server, local_addr=("127.0.0.1", 0)
    )
    try:
        yield Connection(LOCALHOST, transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


@contextlib.asynccontextmanager
async def flooding_server(datagram: bytes) -> AsyncIterator[Connection]:
    """A UDP server that never stops answering once it was asked."""
    async with contextlib.AsyncExitStack() as held:

        class Server(asyncio.DatagramProtocol):
            def connection_made(self, transport: Any) -> None:
                self.transport = transport

            def datagram_received(self, data: bytes, addr: Any) -> None:
                self.pour(addr)

            def pour(self, addr: Any) -> None:
                if not self.transport.is_closing():
                    for _ in range(50):
                        self.transport.sendto(datagram, addr)
                    asyncio.get_running_loop().call_soon(self.pour, addr)

            def error_received(self, exc: Exception) -> None:
                self.transport.close()  # the probe is over

        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Server, local_addr=("127.0.0.1", 0)
        )
        held.callback(transport.close)
        yield Connection(LOCALHOST, transport.get_extra_info("sockname")[1])


def dns(to: Connection) -> DnsTarget:
    return DnsTarget(to)


def udp(to: Connection) -> UdpTarget:
    return UdpTarget(to, require_reply=True, payload=b"ping")


DATAGRAM = [
    pytest.param(CheckKind.DNS, dns, dns_answer, id="DNS"),
    pytest.param(CheckKind.UDP, udp, lambda data: b"pong", id="UDP"),
]


@pytest.fixture(autouse=True)
def no_descriptor_is_left_open():
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize(("kind", "target", "answer"), DATAGRAM)
class TestDatagrams:
    def test_a_slow_answer_within_the_time_passes(self, kind: CheckKind, target: Any, answer: Any) -> None:
        async def story() -> Verdict:
            async with slow_server(answer, 0.05) as to:
                return await probe(kind, target(to), LONG_NS)

        assert Verdict(True) == run(story())

    def test_an_answer_that_comes_too_late_fails(self, kind: CheckKind, target: Any, answer: Any) -> None:
        async def story() -> Verdict:
            async with slow_server(answer, 20.0) as to:
                return await probe(kind, target(to), SHORT_NS)

        verdict = run(story())
        assert not verdict.ok
        assert "in time" in verdict.reason

    def test_a_cancelled_probe_ends_and_gives_its_socket_back(
        self, kind: CheckKind, target: Any, answer: Any
    ) -> None:
        async def story() -> None:
            async with udp_server(lambda data: []) as to:
                await cancel(kind, target(to))

        run(story())


async def cancel(kind: CheckKind, target: Target) -> None:
    task = asyncio.create_task(probe(kind, target))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()


def test_endless_strange_datagrams_do_not_keep_a_dns_check_busy_for_ever() -> None:
    async def story() -> Verdict:
        async with flooding_server(b"\0" * 40) as to:
            return await probe(CheckKind.DNS, DnsTarget(to), FULL_NS)

    verdict = run(story())

    assert not verdict.ok
    assert "no answer in time" == verdict.reason


@pytest.mark.root  # or ping sockets, which few systems allow everybody
class TestPing:
    @pytest.fixture
    def deaf(self, monkeypatch: pytest.MonkeyPatch) -> PingTarget:
        """Answers come and are those of nobody."""
        monkeypatch.setattr("pykeepalived.checkers.ping.is_reply", lambda *_, **__: False)
        return PingTarget(Connection(ip_address("127.0.0.1"), 0))

    def test_no_answer_times_out(self, deaf: PingTarget) -> None:
        verdict = run(probe(CheckKind.PING, deaf, SHORT_NS))

        assert (False, "no answer in time") == (verdict.ok, verdict.reason)

    def test_a_cancelled_probe_ends_and_gives_its_socket_back(self, deaf: PingTarget) -> None:
        run(cancel(CheckKind.PING, deaf))


class TestFile:
    def test_a_missing_file_counts_as_0(self, tmp_path: pathlib.Path) -> None:
        target = FileTarget(str(tmp_path / "none"), base=10)

        assert Verdict(True, weight=10) == run(probe(CheckKind.FILE, target))

    def test_a_fifo_without_a_writer_does_not_stop_the_other_checks(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "fifo"
        os.mkfifo(path)
        target = FileTarget(str(path), base=10)

        assert Verdict(True, weight=10) == run(probe(CheckKind.FILE, target))

    def test_a_folder_counts_as_0(self, tmp_path: pathlib.Path) -> None:
        assert Verdict(True, weight=10) == run(probe(CheckKind.FILE, FileTarget(str(tmp_path), base=10)))

    def test_of_an_endless_file_only_the_beginning_is_read(self) -> None:
        assert Verdict(True, weight=10) == run(probe(CheckKind.FILE, FileTarget("/dev/zero", base=10)))

    def test_the_lowest_number_takes_the_server_out(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "number"
        path.write_text("-99999999999")

        assert not run(probe(CheckKind.FILE, FileTarget(str(path), base=10))).ok


class TestBfd:
    def test_nothing_is_probed(self) -> None:
        with pytest.raises(ProbeNotRunError, match="tells"):
            run(probe(CheckKind.BFD, BfdTarget("one")))
        assert CheckKind.BFD in registry()

    def test_the_session_is_the_verdict(self) -> None:
        assert Verdict(True) == verdict_of("one", True)
        assert "BFD session one is down" == verdict_of("one", False).reason
