"""FILE_CHECK in the whole checker process: a change of the file counts at once, not at the next turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pykeepalived.health.settings import CheckerSettings, CheckKind, FileTarget, ServerChecks
from pykeepalived.ipc.messages import Process, Reload, ReloadDone
from pykeepalived.plan.checker_plan import CheckerPlan
from tests.support.checker_stage import (
    LABEL,
    MS,
    SCHEDULE,
    OpenIpvs,
    Server,
    kernel,
    pool,
    run,
    running,
    settle,
    until,
)

assert kernel  # a fixture: every test here has it

HOURLY = replace(SCHEDULE, delay_loop_ns=3_600_000 * MS)


def plan(server: Server, path: Path, weight: int = 1) -> CheckerPlan:
    target = FileTarget(str(path), base=1, weight=weight)
    check = CheckerSettings(CheckKind.FILE, (target,), HOURLY)
    checks = ServerChecks(LABEL, server.label, server.key.address, server.key.port, 1, (check,))
    return CheckerPlan((pool(server),), (checks,))


@pytest.mark.parametrize("how", ["write", "rename"])
def test_a_change_counts_at_once(kernel: OpenIpvs, tmp_path: Path, how: str) -> None:
    path = tmp_path / "number"
    path.write_text("4\n")

    async def story() -> None:
        server = await Server().start()
        async with running(plan(server, path), kernel) as stage:
            await until(lambda: stage.weights() == {server.key: 5})
            if how == "write":
                path.write_text("7\n")
            else:
                other = tmp_path / "new"
                other.write_text("7\n")
                other.rename(path)
            await until(lambda: stage.weights() == {server.key: 8})
            path.unlink()
            await until(lambda: stage.weights() == {server.key: 1})

    run(story())


def test_a_reload_watches_the_new_file_and_not_the_old_one(kernel: OpenIpvs, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("1")

    async def story() -> None:
        server = await Server().start()
        async with running(plan(server, old), kernel) as stage:
            await until(lambda: stage.weights() == {server.key: 2})
            stage.say(Process.SUPERVISOR, Reload(3, plan(server, new)))
            await stage.answer(Process.SUPERVISOR, ReloadDone(3))
            new.write_text("8")
            await until(lambda: stage.weights() == {server.key: 9})
            old.write_text("5")
            await settle()
            assert {server.key: 9} == stage.weights()

    run(story())


def test_a_server_that_a_number_takes_out_and_brings_back(kernel: OpenIpvs, tmp_path: Path) -> None:
    path = tmp_path / "number"
    path.write_text("0")

    async def story() -> None:
        server = await Server().start()
        async with running(plan(server, path, weight=0), kernel) as stage:
            assert {server.key: 1} == stage.weights()
            path.write_text("1")
            await until(lambda: stage.weights() == {})
            path.write_text("0")
            await until(lambda: stage.weights() == {server.key: 1})

    run(story())
