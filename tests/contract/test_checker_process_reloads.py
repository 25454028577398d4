"""The checker process with real servers on loopback: what a reload and a death leave alone."""

from __future__ import annotations

from dataclasses import replace

from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.ipc.messages import (
    InstanceState,
    Process,
    Reload,
    ReloadDone,
    Restored,
    RouterState,
    RouterStateChanged,
    ServicesApplied,
    ServiceStateChanged,
    SubjectKind,
    VerdictChanged,
)
from pykeepalived.plan.checker_plan import CheckerPlan
from pykeepalived.plan.plan_change import plan_change
from pykeepalived.plan.vrrp_plan import VrrpPlan
from tests.support.checker_stage import (
    LABEL,
    MS,
    SCHEDULE,
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
    touched,
    until,
)

assert kernel  # a fixture: every test here has it


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
