"""Running commands: their end is noticed, a failure to start is said."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from pykeepalived.ipc.messages import ScriptUser
from pykeepalived.notify.plan import Command
from pykeepalived.notify.scripts import MOST_AT_ONCE, ScriptRunner

ME = ScriptUser(os.getuid(), os.getgid(), (os.getgid(),))
PATIENCE_SECONDS = 20


def command(*argv: str) -> Command:
    return Command(argv, ME)


def run(scenario: Callable[[ScriptRunner], Coroutine[object, object, None]]) -> list[tuple[str, str]]:
    """A scenario with a runner; what it logged."""
    said: list[tuple[str, str]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await scenario(ScriptRunner(loop, lambda level, text: said.append((level, text)), 0o177))

    asyncio.run(main())
    return said


async def idle(runner: ScriptRunner, most: int = 0) -> None:
    """Wait until no more than this are running."""
    ended = asyncio.Event()
    runner.changed = lambda: None if runner.running > most else ended.set()
    if runner.running > most:
        await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)


def test_a_good_end_is_silent() -> None:
    async def scenario(runner: ScriptRunner) -> None:
        assert runner.start(command("/bin/true"), "(A) notify") is not None
        assert 1 == runner.running
        await idle(runner)

    assert ["debug"] == [level for level, _ in run(scenario)]


def test_a_bad_status_and_a_signal_are_said() -> None:
    async def scenario(runner: ScriptRunner) -> None:
        runner.start(command("/bin/sh", "-c", "exit 3"), "one")
        await idle(runner)
        runner.start(command("/bin/sh", "-c", "kill -9 $$"), "two")
        await idle(runner)

    warnings = [text for level, text in run(scenario) if level == "warning"]
    assert ["one: script exited with status 3", "two: script ended by SIGKILL"] == warnings


def test_a_script_that_is_not_there_is_said_and_nothing_else_happens() -> None:
    async def scenario(runner: ScriptRunner) -> None:
        assert runner.start(command("/no/such/script"), "(A) notify_master") is None
        assert 0 == runner.running

    [(level, text)] = run(scenario)
    assert "warning" == level
    assert text.startswith("(A) notify_master: cannot run /no/such/script: ")


def test_scripts_run_side_by_side() -> None:
    async def scenario(runner: ScriptRunner) -> None:
        for _ in range(3):
            runner.start(command("/bin/sleep", "60"), "s")
        assert 3 == runner.running
        runner.signal_all(signal.SIGKILL)
        await idle(runner)

    run(scenario)


def test_runs_that_never_end_do_not_pile_up() -> None:
    started: list[int] = []
    left: list[int] = []

    async def scenario(runner: ScriptRunner) -> None:
        for name in ("other", *["(A) notify_master"] * (MOST_AT_ONCE + 2)):
            pid = runner.start(command("/bin/sleep", "60"), name)
            assert pid is not None
            started.append(pid)
        await idle(runner, 1 + MOST_AT_ONCE)
        left.extend(runner.pids())
        runner.signal_all(signal.SIGKILL)
        await idle(runner)

    warnings = [text for level, text in run(scenario) if level == "warning" and "not ended" in text]
    assert [started[0], *started[3:]] == left
    assert [
        f"(A) notify_master: 8 runs of this script have not ended; ending the oldest, pid={pid}"
        for pid in started[1:3]
    ] == warnings


def test_a_deaf_script_is_killed_with_its_children() -> None:
    async def scenario(runner: ScriptRunner) -> None:
        reader, writer = os.pipe()
        os.set_inheritable(writer, True)
        script = f"trap '' TERM; sleep 60 & echo x > /proc/{os.getpid()}/fd/{writer}; wait; sleep 60"
        pid = runner.start(command("/bin/sh", "-c", script), "deaf")
        assert pid is not None
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(loop.run_in_executor(None, os.read, reader, 1), PATIENCE_SECONDS)
        runner.stop(pid)
        await idle(runner)

    assert ("warning", "deaf: script ended by SIGKILL") in run(scenario)


@pytest.mark.parametrize("by_symlink", [False, True])
def test_a_script_behind_a_symlink_is_run_by_its_own_path_or_by_the_written_one(
    tmp_path: Path, by_symlink: bool
) -> None:
    script, link, told = tmp_path / "script", tmp_path / "link", tmp_path / "told"
    script.write_text(f'#!/bin/sh\necho "$0" > {told}\n')
    script.chmod(0o755)
    link.symlink_to(script)

    async def scenario(runner: ScriptRunner) -> None:
        runner.start(Command((str(link),), ME, by_symlink), "(A) notify")
        await idle(runner)

    run(scenario)
    assert f"{link if by_symlink else script}\n" == told.read_text()
