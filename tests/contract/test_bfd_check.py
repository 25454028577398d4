"""BFD_CHECK in the whole checker process: a server leaves and returns with its session."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pykeepalived.health.settings import BfdTarget, CheckerSettings, CheckKind
from pykeepalived.ipc.messages import BfdStateChanged, Process
from pykeepalived.plan.health import CheckerPlan
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
