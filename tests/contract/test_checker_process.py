"""The checker process with real servers on loopback: what the IPVS table holds, and when.

The table is that of the fake kernel everywhere, and the real one inside the guest (tests/vm/README.md).

Checks run every 50 ms here; every expectation is polled for with a generous deadline, so a slow machine makes
these tests slow and not red.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any

import pytest

from pykeepalived.base.errors import KernelFeatureMissingError, KernelRefusedError
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
    DumpKind,
    DumpRequest,
    InstanceState,
    Message,
    Process,
    Ready,
    Reload,
    ReloadDone,
    Restored,
    RouterState,
    RouterStateChanged,
    ServicesApplied,
    ServiceStateChanged,
    Stop,
    SubjectKind,
    VerdictChanged,
    VerdictSnapshots,
)
from pykeepalived.kernel.ipvs import open_ipvs
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.lvs.service import Destination, DestinationKey, Protocol, ServiceKey, VirtualService
from pykeepalived.lvs.settings import PoolSettings, ServerSettings, SorryServer
from pykeepalived.plan.health import CheckerPlan
from pykeepalived.plan.lvs_steps import AddDestination, RemoveDestination, SetDestination, Step, diff
from pykeepalived.plan.plan_change import plan_change
from pykeepalived.plan.ports import IpvsPort
from pykeepalived.plan.vrrp import VrrpPlan
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


class TestServers:
    def test_a_dying_server_leaves_and_a_returning_one_comes_back(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            one, two = await Server().start(), await Server().start()
            async with running(plan(one, two), kernel) as stage:
                assert {one.key: 1, two.key: 1} == stage.weights()
                await until(lambda: one.hits > 1)

                one.die()
                await until(lambda: stage.weights() == {two.key: 1})
                await until(
                    lambda: any(
                        isinstance(m, VerdictChanged) and not m.up and "refused" in m.reason
                        for m in stage.messages(Process.NOTIFIER)
                    )
                )

                await one.start()
                await until(lambda: stage.weights() == {one.key: 1, two.key: 1})
                await stage.answer(Process.SUPERVISOR, VerdictChanged(LABEL, one.label, True))

        run(story())

    def test_with_inhibit_a_failed_server_gets_weight_0(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            one, two = await Server().start(), await Server().start()
            async with running(plan(one, two, inhibit_on_failure=True), kernel) as stage:
                one.die()
                await until(lambda: stage.weights() == {one.key: 0, two.key: 1})
                await one.start()
                await until(lambda: stage.weights() == {one.key: 1, two.key: 1})

        run(story())

    def test_with_alpha_a_server_joins_after_its_first_success(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            good, dead = await Server().start(), await Server().start()
            dead.die()
            alpha = replace(SCHEDULE, alpha=True, warmup_ns=0)
            async with running(plan(good, dead, schedule=alpha), kernel) as stage:
                assert {} == stage.weights()
                await until(lambda: stage.weights() == {good.key: 1})
                await settle()
                assert {good.key: 1} == stage.weights()

        run(story())

    def test_a_server_with_two_checks_needs_both(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server, helper = await Server().start(), await Server().start()
            the_plan = CheckerPlan((pool(server),), (checks(server, tcp_check(server), tcp_check(helper)),))
            async with running(the_plan, kernel) as stage:
                await until(lambda: server.hits > 0)
                helper.die()
                await until(lambda: stage.weights() == {})
                server.die()
                await settle()
                await helper.start()
                await settle()
                assert {} == stage.weights()
                await server.start()
                await until(lambda: stage.weights() == {server.key: 1})

        run(story())


class TestManyAtOnce:
    def test_servers_that_die_together_leave_the_table_together(self, kernel: OpenIpvs) -> None:
        recorder = Recorder(kernel)

        async def story() -> None:
            target = await Server().start()
            target.die()
            dying = []
            for n in range(100):
                server = Server()
                server.port = 1000 + n
                dying.append(server)
            the_plan = CheckerPlan(
                (pool(*dying),), tuple(checks(server, tcp_check(target)) for server in dying)
            )
            async with running(the_plan, kernel, open_table=recorder.open) as stage:
                assert 100 == len(stage.weights() or {})
                await until(lambda: stage.weights() == {})
                await until(
                    lambda: (
                        {server.label for server in dying}
                        == {
                            m.server
                            for m in stage.messages(Process.NOTIFIER)
                            if isinstance(m, VerdictChanged)
                        }
                    )
                )
            # one at the start, one at the end, and far fewer than one per server between
            assert len(recorder.visits) < 30

        run(story())


class TestQuorum:
    def test_the_sorry_server_replaces_the_pool_without_quorum(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            one, two = await Server().start(), await Server().start()
            async with running(plan(one, two, quorum=2, sorry_server=SORRY), kernel) as stage:
                one.die()
                await until(lambda: stage.weights() == {SORRY.destination.key: 1})
                await stage.answer(Process.NOTIFIER, ServiceStateChanged(LABEL, False))
                await one.start()
                await until(lambda: stage.weights() == {one.key: 1, two.key: 1})
                await stage.answer(Process.NOTIFIER, ServiceStateChanged(LABEL, True))

        run(story())

    def test_hysteresis_keeps_the_quorum_from_flapping(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            servers = [await Server().start() for _ in range(3)]
            one, two, three = servers
            async with running(plan(*servers, quorum=2, hysteresis=1, sorry_server=SORRY), kernel) as stage:
                assert {server.key: 1 for server in servers} == stage.weights()
                one.die()
                two.die()
                # 1 >= quorum - hysteresis: still enough
                await until(lambda: stage.weights() == {three.key: 1})
                three.die()
                await until(lambda: stage.weights() == {SORRY.destination.key: 1})
                await one.start()
                await two.start()
                await settle()
                # 2 < quorum + hysteresis: not enough yet
                assert stage.weights() == {SORRY.destination.key: 1}
                await three.start()
                await until(lambda: stage.weights() == {server.key: 1 for server in servers})

        run(story())


class TestVrrp:
    def test_services_come_with_mastership_and_the_answer_says_so(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            async with running(plan(server, owners=("VI_1",)), kernel) as stage:
                assert stage.weights() is None
                stage.say(Process.VRRP, InstanceState("VI_1", master=True, request_id=7))
                await stage.answer(Process.VRRP, ServicesApplied(7))
                assert {server.key: 1} == stage.weights()
                stage.say(Process.VRRP, InstanceState("VI_1", master=False))
                await until(lambda: stage.weights() is None)
                assert [ServicesApplied(7)] == stage.messages(Process.VRRP)

        run(story())

    def test_verdicts_count_while_the_service_is_not_in_the_table(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            one, two = await Server().start(), await Server().start()
            async with running(plan(one, two, owners=("VI_1",)), kernel) as stage:
                one.die()
                await until(lambda: bool(stage.messages(Process.NOTIFIER)))
                await settle()
                stage.say(Process.VRRP, InstanceState("VI_1", master=True, request_id=8))
                await stage.answer(Process.VRRP, ServicesApplied(8))
                assert {two.key: 1} == stage.weights()

        run(story())

    def test_ha_suspend_rests_the_checks_of_an_absent_service(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            async with running(plan(server, owners=("VI_1",), ha_suspend=True), kernel) as stage:
                await settle()
                assert 0 == server.hits
                stage.say(Process.VRRP, InstanceState("VI_1", master=True))
                await until(lambda: server.hits > 1)
                stage.say(Process.VRRP, InstanceState("VI_1", master=False))
                await until(lambda: stage.weights() is None)
                await settle()
                hits = server.hits
                await settle()
                assert hits == server.hits

        run(story())


class TestWithoutIpvs:
    def test_checks_go_on_and_vrrp_gets_its_answer(self, kernel: OpenIpvs) -> None:
        def refuse() -> IpvsPort:
            raise KernelFeatureMissingError("load ip_vs")

        async def story() -> None:
            server = await Server().start()
            async with running(plan(server, owners=("VI_1",)), kernel, open_table=refuse) as stage:
                await stage.answer(Process.SUPERVISOR, Ready())
                stage.say(Process.VRRP, InstanceState("VI_1", master=True, request_id=9))
                await stage.answer(Process.VRRP, ServicesApplied(9))
                server.die()
                await until(
                    lambda: any(isinstance(m, VerdictChanged) for m in stage.messages(Process.NOTIFIER))
                )

        run(story())

    def test_a_refused_step_is_no_reason_to_stop(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            unknown = replace(pool(server), services=(VirtualService(VIP, scheduler="nosuch"),))
            async with running(CheckerPlan((unknown,), (checks(server),)), kernel) as stage:
                await stage.answer(Process.SUPERVISOR, Ready())
                assert stage.weights() is None
                stage.say(Process.SUPERVISOR, Reload(4, plan(server)))
                await stage.answer(Process.SUPERVISOR, ReloadDone(4))
                assert {server.key: 1} == stage.weights()

        run(story())


class TestStopping:
    @pytest.mark.parametrize(("keep", "left"), [(False, {OTHER_VIP}), (True, {VIP, OTHER_VIP})])
    def test_what_we_added_goes_unless_it_is_to_be_kept(
        self, kernel: OpenIpvs, keep: bool, left: set[ServiceKey]
    ) -> None:
        async def story() -> None:
            server = await Server().start()
            foreign = kernel()
            foreign.apply(diff({OTHER_VIP: (VirtualService(OTHER_VIP), {})}, {}))
            async with running(plan(server), kernel, options=ProcessOptions(keep_services=keep)) as stage:
                assert {VIP, OTHER_VIP} == set(foreign.read_table())
                stage.say(Process.SUPERVISOR, Stop())
                await asyncio.wait_for(stage.process.stopped.wait(), PATIENCE_S)
                assert left == set(foreign.read_table())
            foreign.close()

        run(story())

    @pytest.mark.parametrize("omega", [False, True])
    def test_omega_tells_the_end(self, kernel: OpenIpvs, omega: bool) -> None:
        async def story() -> None:
            server = await Server().start()
            async with running(plan(server, omega=omega), kernel) as stage:
                stage.say(Process.SUPERVISOR, Stop())
                await asyncio.wait_for(stage.process.stopped.wait(), PATIENCE_S)
                told = [m for m in stage.messages(Process.NOTIFIER) if isinstance(m, VerdictChanged)]
                assert ([VerdictChanged(LABEL, server.label, False)] if omega else []) == told

        run(story())


class TestReload:
    def test_a_server_that_stays_keeps_its_state_and_others_come_and_go(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            dead, stays, goes, comes = [await Server().start() for _ in range(4)]
            async with running(plan(dead, stays, goes), kernel) as stage:
                dead.die()
                await until(lambda: stage.weights() == {stays.key: 1, goes.key: 1})
                stage.messages(Process.NOTIFIER)
                stage.say(Process.SUPERVISOR, Reload(5, plan(dead, stays, comes)))
                await stage.answer(Process.SUPERVISOR, ReloadDone(5))
                assert {stays.key: 1, comes.key: 1} == stage.weights()
                await settle()
                assert {stays.key: 1, comes.key: 1} == stage.weights()

        run(story())

    def test_another_delay_keeps_what_the_check_learned(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            async with running(plan(server), kernel) as stage:
                server.die()
                await until(lambda: stage.weights() == {})
                slower = replace(SCHEDULE, delay_loop_ns=60_000 * MS, warmup_ns=60_000 * MS)
                stage.say(Process.SUPERVISOR, Reload(6, plan(server, schedule=slower)))
                await stage.answer(Process.SUPERVISOR, ReloadDone(6))
                assert {} == stage.weights()

        run(story())

    def test_a_removed_check_no_longer_holds_its_server_down(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            async with running(plan(server), kernel) as stage:
                server.die()
                await until(lambda: stage.weights() == {})
                unchecked = CheckerPlan((pool(server),), (replace(checks(server), checkers=()),))
                stage.say(Process.SUPERVISOR, Reload(7, unchecked))
                await stage.answer(Process.SUPERVISOR, ReloadDone(7))
                assert {server.key: 1} == stage.weights()

        run(story())

    def test_a_new_alpha_check_does_not_take_out_a_server_that_is_up(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            slow = replace(SCHEDULE, warmup_ns=60_000 * MS)
            async with running(plan(server), kernel) as stage:
                await until(lambda: server.hits > 0)
                alpha = checks(server, tcp_check(server), tcp_check(server, replace(slow, alpha=True)))
                stage.say(Process.SUPERVISOR, Reload(8, CheckerPlan((pool(server),), (alpha,))))
                await stage.answer(Process.SUPERVISOR, ReloadDone(8))
                assert {server.key: 1} == stage.weights()

        run(story())

    def test_a_new_alpha_check_does_not_take_out_a_server_that_had_none(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            slow = replace(SCHEDULE, warmup_ns=60_000 * MS, alpha=True)
            unchecked = CheckerPlan((pool(server),), (replace(checks(server), checkers=()),))
            async with running(unchecked, kernel) as stage:
                stage.say(Process.SUPERVISOR, Reload(8, plan(server, schedule=slow)))
                await stage.answer(Process.SUPERVISOR, ReloadDone(8))
                assert {server.key: 1} == stage.weights()

        run(story())

    def test_of_a_told_change_only_what_it_names_is_touched(self, kernel: OpenIpvs) -> None:
        recorder = Recorder(kernel)

        async def story() -> None:
            dead, stays, goes, comes = [await Server().start() for _ in range(4)]
            old, new = plan(dead, stays, goes), plan(dead, stays, comes)
            async with running(old, kernel, open_table=recorder.open) as stage:
                dead.die()
                await until(lambda: stage.weights() == {stays.key: 1, goes.key: 1})
                before = len(recorder.visits)
                stage.say(Process.SUPERVISOR, Reload(10, plan_change(old, new)))
                await stage.answer(Process.SUPERVISOR, ReloadDone(10))
                assert {stays.key: 1, comes.key: 1} == stage.weights()
                steps = [step for visit in recorder.visits[before:] for step in visit]
                assert {comes.key, goes.key} == {touched(step) for step in steps}

                back = plan_change(new, replace(old, notes=("twice in a row",)))
                stage.say(Process.SUPERVISOR, Reload(11, back))
                await stage.answer(Process.SUPERVISOR, ReloadDone(11))
                assert {stays.key: 1, goes.key: 1} == stage.weights()
                await dead.start()
                await until(lambda: stage.weights() == {dead.key: 1, stays.key: 1, goes.key: 1})

        run(story())

    def test_what_is_no_plan_is_refused_and_changes_nothing(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            async with running(plan(server), kernel) as stage:
                stage.say(Process.SUPERVISOR, Reload(12, VrrpPlan((), ())))
                await stage.answer(Process.SUPERVISOR, ReloadDone(12, "not a plan for the checker process"))
                assert {server.key: 1} == stage.weights()

        run(story())

    def test_a_foreign_change_is_repaired(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            async with running(plan(server), kernel) as stage:
                stage.table.flush()
                stage.say(Process.SUPERVISOR, Reload(9, plan(server)))
                await stage.answer(Process.SUPERVISOR, ReloadDone(9))
                assert {server.key: 1} == stage.weights()

        run(story())


class TestRestart:
    def restored(self, server: Server, *, up: bool) -> ProcessOptions:
        return ProcessOptions(
            restored=Restored(
                died_at=0,
                states=(RouterStateChanged("VI_1", SubjectKind.INSTANCE, RouterState.MASTER, 100, 0),),
                verdicts=(VerdictChanged(LABEL, server.label, up),),
                services=(ServiceStateChanged(LABEL, True),),
            )
        )

    def test_a_server_that_was_down_stays_out_and_the_service_stays_in(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            dead, good = await Server().start(), await Server().start()
            dead.die()
            # As a crash would: what was in the kernel stays there.
            crash = ProcessOptions(keep_services=True)
            async with running(plan(good, owners=("VI_1",)), kernel, options=crash) as first:
                first.say(Process.VRRP, InstanceState("VI_1", master=True, request_id=1))
                await first.answer(Process.VRRP, ServicesApplied(1))
            late = replace(SCHEDULE, warmup_ns=3_600_000 * MS)
            recorder = Recorder(kernel)
            async with running(
                plan(dead, good, owners=("VI_1",), schedule=late),
                kernel,
                options=self.restored(dead, up=False),
                open_table=recorder.open,
            ) as stage:
                assert {good.key: 1} == stage.weights()
                assert [] == [step for steps in recorder.visits for step in steps]
                assert [] == stage.messages(Process.NOTIFIER)

        run(story())

    def test_a_server_that_was_up_has_its_retries_and_is_not_announced_again(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            server = await Server().start()
            server.die()
            patient = replace(SCHEDULE, retry=2, delay_before_retry_ns=3_600_000 * MS)
            async with running(
                plan(server, schedule=replace(patient, alpha=True)),
                kernel,
                options=self.restored(server, up=True),
            ) as stage:
                await settle()
                assert {server.key: 1} == stage.weights()
                assert [] == stage.messages(Process.NOTIFIER)

        run(story())


class TestDump:
    def test_a_dump_tells_every_server_and_service(self, kernel: OpenIpvs) -> None:
        async def story() -> None:
            one, two = await Server().start(), await Server().start()
            async with running(plan(one, two), kernel) as stage:
                one.die()
                await until(lambda: stage.weights() == {two.key: 1})
                stage.say(Process.SUPERVISOR, DumpRequest(3, DumpKind.JSON))
                await stage.answer(
                    Process.SUPERVISOR,
                    VerdictSnapshots(
                        3,
                        (VerdictChanged(LABEL, one.label, False), VerdictChanged(LABEL, two.label, True)),
                        (ServiceStateChanged(LABEL, True),),
                    ),
                )

        run(story())


def test_a_table_that_someone_emptied_is_filled_again(
    kernel: OpenIpvs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pykeepalived.daemon.foreign_changes.INTERVAL_S", 0.05)

    async def story() -> None:
        one = await Server().start()
        async with running(plan(one), kernel) as stage:
            stage.table.flush()
            assert stage.weights() is None
            await until(lambda: stage.weights() == {one.key: 1})

    run(story())
