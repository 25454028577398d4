"""Checks without a TCP connection: endless data, strange files, and the session that is not probed.

What each kind says to each way to fail: test_check_matrix.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pykeepalived.checkers.port import registry
from pykeepalived.health.settings import (
    BfdTarget,
    CheckKind,
    Connection,
    DnsTarget,
    FileTarget,
)
from pykeepalived.health.verdict import ProbeNotRunError, Verdict
from tests.contract.test_other_checks_contract import (
    LOCALHOST,
    probe,
    run,
)

FULL_NS = 10**9


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


@pytest.fixture(autouse=True)
def no_descriptor_is_left_open():
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) <= before


def test_endless_strange_datagrams_do_not_keep_a_dns_check_busy_for_ever() -> None:
    async def story() -> Verdict:
        async with flooding_server(b"\0" * 40) as to:
            return await probe(CheckKind.DNS, DnsTarget(to), FULL_NS)

    verdict = run(story())

    assert not verdict.ok
    assert "no answer in time" == verdict.reason


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
