"""The runner of checks, with a check that does as it is told and a clock of its own."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable, Coroutine, Hashable, Iterator
from typing import Any, ClassVar

import pytest

from pykeepalived.checkers.port import Check
from pykeepalived.daemon import check_runner
from pykeepalived.daemon.check_runner import CheckRunner, allowed_probes
from pykeepalived.health.checker import Action, ReportDown, ReportUp, Standing
from pykeepalived.health.settings import CheckerSettings, CheckKind, CheckSchedule, MiscTarget
from pykeepalived.health.verdict import ProbeNotRunError, Verdict

HOUR_NS = 3_600 * 10**9
NOW = CheckSchedule(HOUR_NS, retry=0, delay_before_retry_ns=HOUR_NS, warmup_ns=0, budget_ns=HOUR_NS)
GOOD = Verdict(True)
BAD = Verdict(False, "no")


class Puppet(Check[MiscTarget]):
    """Each probe waits for the test to give its result."""

    kind: ClassVar[CheckKind] = CheckKind.MISC
    log_name: ClassVar[str] = "PUPPET"

    def __init__(self) -> None:
        self.open: dict[str, asyncio.Future[Verdict]] = {}

    async def probe(self, target: MiscTarget, deadline_ns: int) -> Verdict:
        name = target.argv[0]
        self.open[name] = asyncio.get_running_loop().create_future()
        try:
            return await self.open[name]
        finally:
            del self.open[name]


@pytest.fixture
def puppet(monkeypatch: pytest.MonkeyPatch) -> Puppet:
    puppet = Puppet()
    monkeypatch.setattr(check_runner, "registry", lambda: {CheckKind.MISC: puppet})
    return puppet


def settings(name: str, schedule: CheckSchedule = NOW) -> CheckerSettings:
    return CheckerSettings(CheckKind.MISC, (MiscTarget((name,)),), schedule)


class Told(list[tuple[Hashable, Action]]):
    """What the observer heard."""

    def __call__(self, key: Hashable, action: Action) -> None:
        self.append((key, action))


def play(limit: int | None, story: Callable[[CheckRunner, Told], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        told = Told()
        runner = CheckRunner(asyncio.get_running_loop(), told, limit=limit, chance=lambda: 0.0)
        try:
            async with asyncio.timeout(30):
                await story(runner, told)
        finally:
            runner.close()

    asyncio.run(main())


@pytest.fixture
def files_200() -> Iterator[None]:
    """The limit of open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def turn(condition: Callable[[], bool]) -> None:
    """Let the loop run until something holds; the timeout of ``play`` ends it otherwise."""
    while not condition():  # noqa: ASYNC110 - the condition is not ours to signal
        await asyncio.sleep(0.001)


def names() -> Iterator[str]:
    return (f"check {n}" for n in range(5))


class TestRunner:
    def test_a_result_is_reported_with_its_key(self, puppet: Puppet) -> None:
        async def story(runner: CheckRunner, told: Told) -> None:
            runner.add("a", settings("a"))
            await turn(lambda: "a" in puppet.open)
            puppet.open["a"].set_result(BAD)
            await turn(lambda: bool(told))

            assert [("a", ReportDown(BAD, 0))] == told
            assert not runner.standing_of("a").is_up

        play(10, story)

    @pytest.mark.usefixtures("files_200")
    def test_the_limit_of_open_files_is_raised_only_for_those_who_need_it(self, puppet: Puppet) -> None:
        """Programs that checks start inherit it."""

        def limit() -> int:
            return resource.getrlimit(resource.RLIMIT_NOFILE)[0]

        async def story(runner: CheckRunner, told: Told) -> None:
            few = allowed_probes()
            assert 200 - few < 100
            for number in range(few):
                runner.add(number, settings(f"{number}"))
            await turn(lambda: len(puppet.open) == few)
            assert 200 == limit()
            runner.add("one more", settings("one more"))
            await turn(lambda: "one more" in puppet.open)
            assert limit() > 200

        play(None, story)

    def test_no_more_probes_at_once_than_allowed_and_all_get_their_turn(self, puppet: Puppet) -> None:
        async def story(runner: CheckRunner, told: Told) -> None:
            for name in names():
                runner.add(name, settings(name))
            seen = 0
            while len(told) < 5:
                await turn(lambda: bool(puppet.open))
                assert len(puppet.open) <= 2
                seen = max(seen, runner.running)
                next(iter(puppet.open.values())).set_result(GOOD)
                await asyncio.sleep(0)

            assert 2 == seen
            assert set(names()) == {key for key, _ in told}

        play(2, story)

    def test_a_removed_check_makes_room_and_reports_nothing(self, puppet: Puppet) -> None:
        async def story(runner: CheckRunner, told: Told) -> None:
            runner.add("a", settings("a"))
            await turn(lambda: "a" in puppet.open)
            runner.add("b", settings("b"))
            runner.add("c", settings("c"))
            await asyncio.sleep(0.02)
            assert {"a"} == set(puppet.open)
            runner.remove("b")
            runner.remove("a")
            await turn(lambda: "c" in puppet.open)

            assert [] == told
            assert 1 == len(runner)

        play(1, story)

    def test_a_check_removed_before_its_probe_began_gives_its_place_back(self, puppet: Puppet) -> None:
        async def story(runner: CheckRunner, told: Told) -> None:
            for _ in range(5):
                runner.add("a", settings("a"))
                await turn(lambda: runner.running == 1)
                runner.remove("a")
                await turn(lambda: runner.running == 0)

        play(1, story)

    def test_a_suspended_check_rests_and_a_resumed_one_probes_at_once(self, puppet: Puppet) -> None:
        async def story(runner: CheckRunner, told: Told) -> None:
            runner.add("a", settings("a"))
            await turn(lambda: "a" in puppet.open)
            runner.suspend("a")
            await turn(lambda: not puppet.open)
            runner.resume("a")
            await turn(lambda: "a" in puppet.open)
            puppet.open["a"].set_result(GOOD)
            await turn(lambda: bool(told))

            assert [("a", ReportUp(False))] == told

        play(10, story)

    def test_a_probe_that_could_not_be_made_reports_nothing(self, puppet: Puppet) -> None:
        async def story(runner: CheckRunner, told: Told) -> None:
            runner.add("a", settings("a"))
            await turn(lambda: "a" in puppet.open)
            puppet.open["a"].set_exception(ProbeNotRunError("no descriptors"))
            await turn(lambda: runner.running == 0)

            assert [] == told
            assert Standing(failures=0) == runner.standing_of("a")

        play(10, story)

    def test_a_mistake_of_a_check_ends_neither_the_check_nor_the_server(self, puppet: Puppet) -> None:
        async def story(runner: CheckRunner, told: Told) -> None:
            quick = CheckSchedule(1, 0, 1, 0, HOUR_NS)
            runner.add("a", settings("a", quick))
            await turn(lambda: "a" in puppet.open)
            first = puppet.open["a"]
            first.set_exception(ZeroDivisionError("a bug"))
            await turn(lambda: puppet.open.get("a", first) is not first)

            assert [] == told

        play(10, story)

    def test_two_checks_of_one_key_are_refused(self, puppet: Puppet) -> None:
        async def story(runner: CheckRunner, told: Told) -> None:
            runner.add("a", settings("a"))
            with pytest.raises(ValueError, match="already"):
                runner.add("a", settings("a"))

        play(1, story)
