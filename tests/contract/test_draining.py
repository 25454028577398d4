"""The checker process drains servers: nothing but an operator gives them connections again.

The table is that of the fake kernel everywhere, and the real one inside the guest (tests/vm/README.md).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from ipaddress import ip_address

import pytest

from pykeepalived.daemon.memory import Memory
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.ipc.draining import DrainAct, DrainAnswer, DrainRequest, LoadReport, ServerDrained
from pykeepalived.ipc.messages import InstanceState, Message, Process, Reload, ReloadDone, ServicesApplied
from pykeepalived.kernel.ipvs_fake import FakeIpvsKernel, fake_ipvs
from pykeepalived.lvs.events import ServerVerdict, WeightChanged
from pykeepalived.lvs.service import (
    Destination,
    DestinationKey,
    Protocol,
    ServiceFlag,
    ServiceKey,
    VirtualService,
)
from pykeepalived.lvs.settings import PoolSettings, ServerSettings
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.ports import Connections
from tests.support.checker_stage import OpenIpvs, Stage, kernel, run, running, until

assert kernel  # a fixture: every test here has it

VIP = ServiceKey(2, Protocol.TCP, ip_address("192.0.2.1"), 80)
LABEL = "[192.0.2.1]:tcp:80"
KEYS = tuple(DestinationKey(ip_address(f"127.0.0.{n}"), 80) for n in (1, 2))
NAMES = tuple((LABEL, f"[127.0.0.{n}]:tcp:80") for n in (1, 2))
NS = 1_000_000_000


def plan(*servers: int, weight: int = 100, flags: ServiceFlag = ServiceFlag.NONE, **more: int) -> CheckerPlan:
    settings = tuple(
        ServerSettings(NAMES[n][1], Destination(KEYS[n], weight=weight)) for n in servers or (0, 1)
    )
    service = VirtualService(VIP, flags=flags, persistence_timeout=60 if flags else 0)
    return CheckerPlan(pools=(PoolSettings(LABEL, (service,), settings, **more),))


async def ask(
    stage: Stage,
    act: DrainAct,
    *names: tuple[str, str],
    force: bool = False,
    slow_start_ns: int | None = None,
) -> DrainAnswer:
    number = 100 + sum(isinstance(one, DrainAnswer) for one in stage.heard[Process.SUPERVISOR])
    stage.say(Process.SUPERVISOR, DrainRequest(number, act, names, slow_start_ns, force))

    def answers() -> list[Message]:
        heard = stage.messages(Process.SUPERVISOR)
        return [one for one in heard if isinstance(one, DrainAnswer) and one.request_id == number]

    await until(lambda: bool(answers()))
    (answer,) = answers()
    assert isinstance(answer, DrainAnswer)
    return answer


def drained_as_told(stage: Stage) -> list[tuple[str, bool]]:
    return [
        (one.server, one.drained)
        for one in stage.messages(Process.SUPERVISOR)
        if isinstance(one, ServerDrained)
    ]


def test_a_drained_server_stays_so_over_reloads_and_repairs(kernel: OpenIpvs) -> None:
    async def story() -> None:
        async with running(plan(), kernel) as stage:
            answer = await ask(stage, DrainAct.DRAIN, NAMES[0])
            assert LoadReport(*NAMES[0], True, True, 0, 100, True, 0, 0, 0) == answer.servers[0]
            assert {KEYS[0]: 0, KEYS[1]: 100} == stage.weights()
            assert [(NAMES[0][1], True)] == drained_as_told(stage)

            stage.say(Process.SUPERVISOR, Reload(5, plan(weight=7)))
            await stage.answer(Process.SUPERVISOR, ReloadDone(5))
            assert {KEYS[0]: 0, KEYS[1]: 7} == stage.weights()

            answer = await ask(stage, DrainAct.UNDRAIN, NAMES[0])
            assert (False, 7) == (answer.servers[0].drained, answer.servers[0].weight)
            assert {KEYS[0]: 7, KEYS[1]: 7} == stage.weights()
            assert (NAMES[0][1], False) == drained_as_told(stage)[-1]

    run(story())


def test_what_is_drained_on_a_backup_counts_when_it_becomes_master_and_again(kernel: OpenIpvs) -> None:
    async def story() -> None:
        pools = tuple(replace(one, owners=("VI_1",)) for one in plan().pools)
        async with running(CheckerPlan(pools=pools), kernel) as stage:
            (server,) = (await ask(stage, DrainAct.DRAIN, NAMES[0])).servers
            assert (True, False) == (server.drained, server.present)
            for request in (7, 8):
                assert stage.weights() is None
                stage.say(Process.VRRP, InstanceState("VI_1", master=True, request_id=request))
                await stage.answer(Process.VRRP, ServicesApplied(request))
                assert {KEYS[0]: 0, KEYS[1]: 100} == stage.weights()
                stage.say(Process.VRRP, InstanceState("VI_1", master=False))
                await until(lambda: stage.weights() is None)

    run(story())


def test_a_successor_of_a_killed_process_goes_on_draining(kernel: OpenIpvs) -> None:
    async def story() -> None:
        memory = Memory()
        async with running(plan(), kernel) as stage:
            await ask(stage, DrainAct.DRAIN, NAMES[0])
            for message in stage.messages(Process.SUPERVISOR):
                memory.note(message)
        async with running(plan(), kernel, options=ProcessOptions(restored=memory.restored(0))) as stage:
            assert {KEYS[0]: 0, KEYS[1]: 100} == stage.weights()
            assert [] == drained_as_told(stage)

            stage.say(Process.SUPERVISOR, Reload(5, plan(1)))
            await stage.answer(Process.SUPERVISOR, ReloadDone(5))
            assert [(NAMES[0][1], False)] == drained_as_told(stage)  # it has left the configuration
            for message in stage.messages(Process.SUPERVISOR):
                memory.note(message)
        assert () == memory.restored(0).drained

    run(story())


def test_what_a_service_cannot_do_without_needs_force(kernel: OpenIpvs) -> None:
    async def story() -> None:
        async with running(plan(quorum=150), kernel) as stage:
            answer = await ask(stage, DrainAct.DRAIN, NAMES[0])
            assert (
                f"virtual server {LABEL} would lose its quorum: a weight of 100 would be left"
                " and it needs 150; nothing was drained"
            ) == answer.problem
            answer = await ask(stage, DrainAct.DRAIN, *NAMES)
            assert answer.problem.startswith(f"nothing else of virtual server {LABEL} would take")
            assert {KEYS[0]: 100, KEYS[1]: 100} == stage.weights()

            answer = await ask(stage, DrainAct.DRAIN, *NAMES, force=True)
            assert ("", 2) == (answer.problem, len(answer.servers))
            assert {KEYS[0]: 0, KEYS[1]: 0} == stage.weights()

    run(story())


def test_a_slow_start_rises_to_the_full_weight(kernel: OpenIpvs) -> None:
    async def story() -> None:
        async with running(plan(), kernel) as stage:
            await ask(stage, DrainAct.DRAIN, NAMES[0])
            seen: list[int] = []

            def full() -> bool:
                weights = stage.weights()
                assert weights is not None
                seen.append(weights[KEYS[0]])
                return seen[-1] == 100

            answer = await ask(stage, DrainAct.UNDRAIN, NAMES[0], slow_start_ns=NS // 2)
            assert (False, 100) == (answer.servers[0].drained, answer.servers[0].full_weight)
            await until(full)

            assert sorted(seen) == seen
            assert 1 <= seen[0] < 100

    run(story())


def test_a_server_that_comes_back_starts_slowly_when_its_service_says_so(kernel: OpenIpvs) -> None:
    async def story() -> None:
        async with running(plan(slow_start_ns=NS // 2), kernel) as stage:
            assert {KEYS[0]: 100, KEYS[1]: 100} == stage.weights()  # not at the start
            stage.process._on_server((LABEL, 0), ServerVerdict(KEYS[0], False), "")
            await until(lambda: stage.weights() == {KEYS[1]: 100})
            stage.process._on_server((LABEL, 0), ServerVerdict(KEYS[0], True), "")
            await until(lambda: len(stage.weights() or {}) == 2)
            assert 1 <= (stage.weights() or {})[KEYS[0]] < 100
            await until(lambda: stage.weights() == {KEYS[0]: 100, KEYS[1]: 100})

            await ask(stage, DrainAct.DRAIN, NAMES[0])
            stage.process._on_server((LABEL, 0), ServerVerdict(KEYS[0], False), "")
            stage.process._on_server((LABEL, 0), ServerVerdict(KEYS[0], True), "")
            await asyncio.sleep(0.1)
            assert {KEYS[0]: 0, KEYS[1]: 100} == stage.weights()
            answer = await ask(stage, DrainAct.UNDRAIN, NAMES[0])
            assert (answer.servers[0].weight or 0) < 100
            await ask(stage, DrainAct.UNDRAIN, NAMES[0], slow_start_ns=0)
            assert {KEYS[0]: 100, KEYS[1]: 100} == stage.weights()

    run(story())


def test_draining_ends_a_slow_start(kernel: OpenIpvs) -> None:
    async def story() -> None:
        async with running(plan(), kernel) as stage:
            await ask(stage, DrainAct.UNDRAIN, NAMES[0], slow_start_ns=NS // 5)
            await ask(stage, DrainAct.DRAIN, NAMES[0])
            await asyncio.sleep(0.3)
            assert {KEYS[0]: 0, KEYS[1]: 100} == stage.weights()

    run(story())


def test_a_weight_chosen_meanwhile_holds_afterwards(kernel: OpenIpvs) -> None:
    async def story() -> None:
        async with running(plan(), kernel) as stage:
            await ask(stage, DrainAct.DRAIN, NAMES[0])
            stage.process._on_server((LABEL, 0), WeightChanged(KEYS[0], 30), "")
            answer = await ask(stage, DrainAct.LOOK, NAMES[0])
            assert (0, 30) == (answer.servers[0].weight, answer.servers[0].full_weight)
            await ask(stage, DrainAct.UNDRAIN, NAMES[0])
            assert {KEYS[0]: 30, KEYS[1]: 100} == stage.weights()

    run(story())


def test_connections_are_those_that_the_kernel_counts() -> None:
    """Only the fake kernel has connections without traffic; tests/vm has the real ones."""

    async def story() -> None:
        fake = FakeIpvsKernel()
        fake.connections[VIP, KEYS[0]] = Connections(3, 2, 1)
        async with running(plan(flags=ServiceFlag.PERSISTENT), lambda: fake_ipvs(fake)) as stage:
            answer = await ask(stage, DrainAct.LOOK, *NAMES)
            first, second = answer.servers
            assert (3, 2, 1) == (first.active, first.inactive, first.persistent)
            assert (0, 0, 0) == (second.active, second.inactive, second.persistent)
            assert first.sticks

            del fake.connections[VIP, KEYS[0]]
            again = await ask(stage, DrainAct.LOOK, NAMES[0])
            assert (replace(first, active=0, inactive=0, persistent=0),) == again.servers

    run(story())


def test_a_server_that_a_reload_removes_stays_while_it_has_connections() -> None:
    """Only the fake kernel has connections without traffic."""

    async def story() -> None:
        fake = FakeIpvsKernel()
        fake.connections[VIP, KEYS[0]] = Connections(active=1)
        lasting = 3600 * NS
        async with running(plan(drain_removed_ns=lasting), lambda: fake_ipvs(fake)) as stage:
            stage.say(Process.SUPERVISOR, Reload(5, plan(1, drain_removed_ns=lasting)))
            await stage.answer(Process.SUPERVISOR, ReloadDone(5))
            await asyncio.sleep(1.2)
            assert {KEYS[0]: 0, KEYS[1]: 100} == stage.weights()

            fake.connections.clear()
            await until(lambda: stage.weights() == {KEYS[1]: 100})

            fake.connections[VIP, KEYS[0]] = Connections(active=1)
            stage.say(Process.SUPERVISOR, Reload(6, plan(drain_removed_ns=NS)))
            await stage.answer(Process.SUPERVISOR, ReloadDone(6))
            stage.say(Process.SUPERVISOR, Reload(7, plan(1, drain_removed_ns=NS)))
            await stage.answer(Process.SUPERVISOR, ReloadDone(7))
            assert {KEYS[0]: 0, KEYS[1]: 100} == stage.weights()
            await until(lambda: stage.weights() == {KEYS[1]: 100})  # its time is over

    run(story())


@pytest.mark.parametrize("act", list(DrainAct))
def test_a_server_that_a_reload_removed_meanwhile_is_left_out(act: DrainAct, kernel: OpenIpvs) -> None:
    async def story() -> None:
        async with running(plan(1), kernel) as stage:
            assert DrainAnswer(100) == await ask(stage, act, NAMES[0])

    run(story())
