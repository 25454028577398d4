"""Looking for foreign changes: in slices, with rests, without filling the log."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import cast

import pytest
import structlog.testing

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.daemon.foreign_changes import INTERVAL_S, REST, ForeignChanges
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.kernel.ipvs_messages import Command
from pykeepalived.kernel.ipvs_table import IpvsTable
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, Table, VirtualService

SERVICES = 6
TICK_NS = 3_000_000


class Loop:
    """Timers that the test lets expire."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.callback: Callable[[], None] = lambda: None

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> None:
        self.delay_s, self.callback = delay_s, callback

    def turn(self) -> float:
        """The pending timer expires; the delay of the next one."""
        self.callback()
        return self.delay_s

    def look(self) -> list[float]:
        """A whole look; the rests within it."""
        rests = []
        while (rest := self.turn()) != INTERVAL_S:
            rests.append(rest)
        return rests


class Ticking:
    """A clock that goes on by TICK_NS whenever it is asked."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += TICK_NS
        return self.now


def wanted() -> Table:
    keys = [ServiceKey(2, Protocol.TCP, IPv4Address(f"203.0.113.{n}"), 80) for n in range(SERVICES)]
    one = Destination(DestinationKey(IPv4Address("192.0.2.11"), 80))
    return {key: (VirtualService(key, "rr"), {one.key: one}) for key in keys}


@pytest.fixture
def kernel() -> FakeIpvsKernel:
    return FakeIpvsKernel()


@pytest.fixture
def loop(kernel: FakeIpvsKernel) -> Loop:
    loop = Loop()
    table = IpvsTable(fake_ipvs(kernel))
    table.reconcile(wanted())
    kernel.log.clear()
    ForeignChanges(cast(asyncio.AbstractEventLoop, loop), lambda: table, Ticking()).start()
    assert INTERVAL_S == loop.delay_s
    return loop


def test_a_large_table_is_read_in_slices_with_nine_times_as_much_rest(loop: Loop) -> None:
    rests = loop.look()

    assert len(rests) >= 2
    assert all(rest >= REST * TICK_NS / 1e9 for rest in rests)


def test_what_is_missing_is_put_back_without_rests_and_told_once(loop: Loop, kernel: FakeIpvsKernel) -> None:
    kernel.table.clear()

    with structlog.testing.capture_logs() as lines:
        rests = loop.look()
        loop.look()

    assert {0.0} == set(rests)
    assert wanted() == kernel.table
    assert ["12 added"] == [
        line["event"].partition("put back: ")[2].partition(", first")[0] for line in lines
    ]


def test_a_table_that_cannot_be_read_is_told_once_until_it_can(
    loop: Loop, kernel: FakeIpvsKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(command: int, body: bytes = b"") -> None:
        raise KernelRefusedError("IPVS request 8", errno.EPERM, "Operation not permitted")

    with structlog.testing.capture_logs() as lines:
        with monkeypatch.context() as broken:
            broken.setattr(FakeIpvsKernel, "dump", lambda self, command, body=b"": refuse(command))
            for _ in range(3):
                loop.look()
        assert 1 == len(lines)
        assert "cannot be read back" in lines[0]["event"]
        loop.look()
        with monkeypatch.context() as broken:
            broken.setattr(FakeIpvsKernel, "dump", lambda self, command, body=b"": refuse(command))
            loop.look()

    assert 2 == len(lines)


def test_a_refusal_is_told_once(loop: Loop, kernel: FakeIpvsKernel) -> None:
    kernel.table.clear()
    kernel.schedulers = ()

    with structlog.testing.capture_logs() as lines:
        loop.look()
        kernel.log.clear()
        loop.look()

    assert [] == [command for command in kernel.log if command is Command.NEW_SERVICE]
    assert 5 == sum("virtual server" in line["event"] for line in lines if line["log_level"] == "error")


def test_without_a_table_it_only_waits() -> None:
    loop = Loop()
    ForeignChanges(cast(asyncio.AbstractEventLoop, loop), lambda: None, Ticking()).start()

    assert [] == loop.look()
