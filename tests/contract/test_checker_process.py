"""The checker process with real servers on loopback: what the IPVS table holds, and when.

Checks run every 50 ms here; every expectation is polled for with a generous deadline, so a slow machine makes
these tests slow and not red.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pykeepalived.base.errors import KernelFeatureMissingError
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.ipc.messages import (
    DumpKind,
    DumpRequest,
    InstanceState,
    Process,
    Ready,
    Reload,
    ReloadDone,
    ServicesApplied,
    ServiceStateChanged,
    Stop,
    VerdictChanged,
    VerdictSnapshots,
)
from pykeepalived.lvs.service import ServiceKey, VirtualService
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.lvs_steps import diff
from pykeepalived.plan.ports import IpvsPort
from tests.support.checker_stage import (
    LABEL,
    OTHER_VIP,
    PATIENCE_S,
    SCHEDULE,
    SORRY,
    VIP,
    OpenIpvs,
    Recorder,
    Server,
    checks,
    kernel,
    plan,
    pool,
    run,
    running,
    settle,
    tcp_check,
    until,
)

assert kernel  # a fixture: every test here has it


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
                await stage.answer(
                    Process.NOTIFIER, ServiceStateChanged(LABEL, False, "Lost quorum 2+0=2 <= 1")
                )
                await one.start()
                await until(lambda: stage.weights() == {one.key: 1, two.key: 1})
                await stage.answer(
                    Process.NOTIFIER, ServiceStateChanged(LABEL, True, "Gained quorum 2+0=2 <= 2")
                )

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

    @pytest.mark.parametrize("reloaded", [True, False])
    def test_a_module_that_is_loaded_later_is_noticed(
        self, reloaded: bool, kernel: OpenIpvs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pykeepalived.daemon.checker_process.OPEN_AGAIN_S", 60 if reloaded else 0.05)
        loaded: list[bool] = []

        def absent_at_first() -> IpvsPort:
            if not loaded:
                raise KernelFeatureMissingError("load ip_vs")
            return kernel()

        async def story() -> None:
            server = await Server().start()
            the_plan = plan(server, owners=("VI_1",))
            async with running(the_plan, kernel, open_table=absent_at_first) as stage:
                stage.say(Process.VRRP, InstanceState("VI_1", master=True, request_id=9))
                await stage.answer(Process.VRRP, ServicesApplied(9))
                await asyncio.sleep(0.2)  # three tries in vain, or none
                assert stage.weights() is None
                loaded.append(True)
                if reloaded:
                    stage.say(Process.SUPERVISOR, Reload(4, the_plan))
                    await stage.answer(Process.SUPERVISOR, ReloadDone(4))
                await until(lambda: stage.weights() == {server.key: 1})

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
