"""BFD_CHECK in the whole checker process: a server leaves and returns with its session."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pykeepalived.health.settings import BfdTarget, CheckerSettings, CheckKind
from pykeepalived.ipc.messages import BfdStateChanged, Process, VerdictChanged
from pykeepalived.plan.checker_plan import CheckerPlan
from tests.support.checker_stage import (
    SCHEDULE,
    OpenIpvs,
    Server,
    checks,
    kernel,
    pool,
    run,
    running,
)

assert kernel  # a fixture: every test here has it


def test_a_server_leaves_and_returns_with_its_session(kernel: OpenIpvs) -> None:
    async def story() -> None:
        server = await Server().start()
        check = CheckerSettings(CheckKind.BFD, (BfdTarget("one"),), replace(SCHEDULE, listens=True))
        plan = CheckerPlan((pool(server),), (checks(server, check),))
        async with running(plan, kernel) as stage:
            seen = []
            for name, up in (("one", True), ("one", False), ("other", True), ("one", True), ("other", False)):
                stage.process.on_message(Process.BFD, BfdStateChanged(name, up))
                await asyncio.sleep(0)  # one turn of the loop: the visit to the kernel
                await asyncio.sleep(0)
                seen.append(stage.weights())

        assert [{server.key: 1}, {}, {}, {server.key: 1}, {server.key: 1}] == seen

    run(story())


def test_with_alpha_the_first_word_that_a_session_is_down_is_told_once(kernel: OpenIpvs) -> None:
    async def story() -> None:
        server = await Server().start()
        schedule = replace(SCHEDULE, listens=True, alpha=True)
        check = CheckerSettings(CheckKind.BFD, (BfdTarget("one"),), schedule)
        settings = pool(server)
        down = tuple(replace(one, starts_down=True) for one in settings.servers)
        plan = CheckerPlan((replace(settings, servers=down),), (checks(server, check),))
        async with running(plan, kernel) as stage:
            for up in (False, False, True, False):
                stage.process.on_message(Process.BFD, BfdStateChanged("one", up))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            told = [m for m in stage.messages(Process.NOTIFIER) if isinstance(m, VerdictChanged)]

        assert [(False, False), (True, True), (False, True)] == [(one.up, one.changed) for one in told]

    run(story())
