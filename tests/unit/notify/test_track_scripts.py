"""Tracked scripts as real programs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from pykeepalived.notify.track_scripts import TrackScripts
from pykeepalived.tracking.settings import ScriptSettings

PATIENCE_SECONDS = 20.0
MILLISECOND = 1_000_000

Heard = list[tuple[str, int | None, str]]


def scripts(
    settings: list[ScriptSettings],
    act: Callable[[TrackScripts, Heard], Coroutine[Any, Any, None]],
    known: dict[str, bool] | None = None,
) -> tuple[Heard, list[str]]:
    """Run ``act`` beside these scripts; what they answered and what the log got."""
    heard: Heard = []
    log: list[str] = []

    async def main() -> None:
        runner = TrackScripts(
            asyncio.get_running_loop(),
            lambda name, status, line: heard.append((name, status, line)),
            lambda level, text: log.append(f"{level}: {text}"),
        )
        runner.start(settings, known or {})
        try:
            await asyncio.wait_for(act(runner, heard), PATIENCE_SECONDS)
        finally:
            runner.close()

    asyncio.run(main())
    return heard, log


async def until(heard: Heard, name: str, status: int) -> None:
    while not any((one, what) == (name, status) for one, what, _ in heard):  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def script(name: str, *argv: str, **changed: int) -> ScriptSettings:
    return ScriptSettings(name, argv, interval_ns=20 * MILLISECOND, **changed)  # type: ignore[arg-type]


def test_exit_statuses_become_verdicts() -> None:
    async def act(_: TrackScripts, heard: Heard) -> None:
        await until(heard, "good", 1)
        await until(heard, "bad", 0)

    settings = [script("good", "/usr/bin/true"), script("bad", "/bin/sh", "-c", "exit 3")]
    heard, log = scripts(settings, act)
    assert ("good", 1, "VRRP_Script(good) succeeded") in heard
    assert ("bad", None, "Script `bad` now returning 3") in heard
    assert ("bad", 0, "VRRP_Script(bad) failed (exited with status 3)") in heard
    assert [] == log


def test_one_that_hangs_is_ended() -> None:
    async def act(_: TrackScripts, heard: Heard) -> None:
        await until(heard, "slow", 0)

    slow = script("slow", "/bin/sleep", "1000", timeout_ns=50 * MILLISECOND)
    heard, _ = scripts([slow], act)
    assert ("slow", 0, "VRRP_Script(slow) timed_out") in heard


def test_one_that_cannot_be_executed_is_said_once_and_counts_as_good(tmp_path: Path) -> None:
    async def act(_: TrackScripts, heard: Heard) -> None:
        await until(heard, "none", 1)
        await asyncio.sleep(0.1)

    heard, log = scripts([script("none", str(tmp_path / "none"))], act)
    assert [("none", 1, "VRRP_Script(none) succeeded")] == heard
    assert 1 == len(log)
    assert "cannot run" in log[0]


def test_what_was_known_is_said_at_once() -> None:
    async def act(_: TrackScripts, heard: Heard) -> None:
        assert [("slow", 1, "")] == heard

    scripts([script("slow", "/bin/sleep", "1000")], act, {"slow": True})


def test_the_end_of_a_replaced_script_is_no_answer_of_its_successor() -> None:
    async def act(runner: TrackScripts, heard: Heard) -> None:
        while not runner.running():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        runner.configure([script("chk", "/usr/bin/true")])
        await until(heard, "chk", 1)

    heard, _ = scripts([script("chk", "/bin/sleep", "1000", timeout_ns=10**12)], act)
    assert [("chk", 1, "VRRP_Script(chk) succeeded")] == heard
