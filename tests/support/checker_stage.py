"""The checker process between channels that a test holds, a table of IPVS, and servers on loopback.

The table is that of the fake kernel everywhere, and the real one inside the guest (tests/vm/README.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import pytest

from pykeepalived.base.errors import KernelRefusedError
from pykeepalived.daemon.checker_process import CheckerProcess
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.health.settings import (
    CheckerSettings,
    CheckKind,
    CheckSchedule,
    Connection,
    ServerChecks,
    TcpTarget,
)
from pykeepalived.ipc.channels import Channel, Channels
from pykeepalived.ipc.framing import socket_pair
from pykeepalived.ipc.messages import (
    Message,
    Process,
    Stop,
)
from pykeepalived.kernel.ipvs import open_ipvs
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, VirtualService
from pykeepalived.lvs.settings import PoolSettings, ServerSettings, SorryServer
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.lvs_steps import AddDestination, RemoveDestination, SetDestination, Step
from pykeepalived.plan.ports import IpvsPort
from tests.support.in_guest import IN_GUEST

MS = 1_000_000
PATIENCE_S = 20
NO_OPTIONS = ProcessOptions()
VIP = ServiceKey(2, Protocol.TCP, ip_address("192.0.2.1"), 80)
OTHER_VIP = ServiceKey(2, Protocol.TCP, ip_address("192.0.2.2"), 80)
LABEL = "[192.0.2.1]:tcp:80"
SCHEDULE = CheckSchedule(
    delay_loop_ns=50 * MS, retry=0, delay_before_retry_ns=10 * MS, warmup_ns=0, budget_ns=10_000 * MS
)
SORRY = SorryServer("[127.0.0.99]:tcp:80", Destination(DestinationKey(ip_address("127.0.0.99"), 80)))


def run(main: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(3 * PATIENCE_S):
            await main

    asyncio.run(limited())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for ``condition``; fail when it does not come."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.005)


async def settle() -> None:
    """Long enough for several checks: for things that must not happen."""
    await asyncio.sleep(0.3)


class Server:
    """A real server on loopback that can die and return on the same port."""

    def __init__(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self.port = 0
        self.hits = 0

    async def start(self) -> Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.hits += 1
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._server = server
        return self

    def die(self) -> None:
        self._server.close()

    @property
    def key(self) -> DestinationKey:
        return DestinationKey(ip_address("127.0.0.1"), self.port)

    @property
    def label(self) -> str:
        return f"[127.0.0.1]:tcp:{self.port}"


def pool(
    *servers: Server, label: str = LABEL, vip: ServiceKey = VIP, weight: int = 1, **more: Any
) -> PoolSettings:
    inhibit, starts_down = more.pop("inhibit_on_failure", False), more.pop("starts_down", False)
    settings = tuple(
        ServerSettings(server.label, Destination(server.key, weight=weight), inhibit, starts_down)
        for server in servers
    )
    return PoolSettings(label=label, services=(VirtualService(vip),), servers=settings, **more)


def tcp_check(server: Server, schedule: CheckSchedule = SCHEDULE) -> CheckerSettings:
    return CheckerSettings(CheckKind.TCP, (TcpTarget(Connection(server.key.address, server.port)),), schedule)


def checks(server: Server, *checkers: CheckerSettings, label: str = LABEL) -> ServerChecks:
    return ServerChecks(
        label, server.label, server.key.address, server.port, 1, checkers or (tcp_check(server),)
    )


def plan(*servers: Server, schedule: CheckSchedule = SCHEDULE, **more: Any) -> CheckerPlan:
    return CheckerPlan(
        pools=(pool(*servers, starts_down=schedule.alpha, **more),),
        checks=tuple(checks(server, tcp_check(server, schedule)) for server in servers),
    )


def touched(step: Step) -> DestinationKey | None:
    """The server that a step is about."""
    match step:
        case AddDestination(_, destination) | SetDestination(_, destination):
            return destination.key
        case RemoveDestination(_, key):
            return key
        case _:
            return None


OpenIpvs = Callable[[], IpvsPort]


@pytest.fixture(
    params=["fake", *([pytest.param("kernel", marks=pytest.mark.vm)] if IN_GUEST else [])], autouse=True
)
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIpvs]:
    """Opens the table that a test runs on; empty at its start."""
    if request.param == "fake":
        fake = FakeIpvsKernel()
        yield lambda: fake_ipvs(fake)
        return
    table = open_ipvs()
    table.flush()
    yield open_ipvs
    table.flush()
    table.close()


class Recorder:
    """Keeps what is sent to a table: one entry per visit."""

    def __init__(self, kernel: OpenIpvs) -> None:
        self.kernel = kernel
        self.visits: list[tuple[Step, ...]] = []

    def open(self) -> IpvsPort:
        port = self.kernel()
        apply = port.apply

        def recorded(steps: Sequence[Step]) -> tuple[KernelRefusedError, ...]:
            self.visits.append(tuple(steps))
            return apply(steps)

        port.apply = recorded  # type: ignore[method-assign]
        return port


@dataclass
class Stage:
    """A running checker process and everything around it."""

    process: CheckerProcess
    table: IpvsPort
    links: dict[Process, Channel]
    heard: dict[Process, list[Message]] = field(default_factory=lambda: {partner: [] for partner in Process})

    def weights(self, vip: ServiceKey = VIP) -> dict[DestinationKey, int] | None:
        """What the kernel holds of a service; None when it does not have the service."""
        table = self.table.read_table()
        if vip not in table:
            return None
        return {key: destination.weight for key, destination in table[vip][1].items()}

    def messages(self, partner: Process) -> list[Message]:
        self.heard[partner] += self.links[partner].receive()
        return self.heard[partner]

    def say(self, partner: Process, message: Message) -> None:
        self.links[partner].send(message)

    async def answer(self, partner: Process, message: Message) -> None:
        await until(lambda: message in self.messages(partner))


@contextlib.asynccontextmanager
async def running(
    the_plan: CheckerPlan,
    kernel: OpenIpvs,
    *,
    options: ProcessOptions = NO_OPTIONS,
    open_table: OpenIpvs | None = None,
) -> AsyncIterator[Stage]:
    """``open_table``: what the process gets instead of ``kernel``."""
    ends = {partner: socket_pair() for partner in (Process.SUPERVISOR, Process.VRRP, Process.NOTIFIER)}
    channels = Channels(
        Channel(Process.SUPERVISOR, ends[Process.SUPERVISOR][0]),
        {partner: Channel(partner, ends[partner][0]) for partner in (Process.VRRP, Process.NOTIFIER)},
    )
    loop = asyncio.get_running_loop()
    process = CheckerProcess(loop, the_plan, channels, options, open_table or kernel)
    channels.attach(loop, process.on_message)
    process.start()
    stage = Stage(process, kernel(), {partner: Channel(partner, end[1]) for partner, end in ends.items()})
    try:
        yield stage
    finally:
        if not process.stopped.is_set():
            process.on_message(Process.SUPERVISOR, Stop())
        channels.detach()
        for channel in (*channels.all(), *stage.links.values()):
            channel.close()
        stage.table.close()
