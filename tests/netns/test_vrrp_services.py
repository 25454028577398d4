"""The vrrp process and the checker: services come before addresses and go after them."""

from __future__ import annotations

import pytest

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.ipc.messages import (
    InstanceState,
    Message,
    PeerRestarted,
    Process,
    RouterState,
    RouterStateChanged,
    ServicesApplied,
    Stop,
)
from pykeepalived.vrrp import transitions
from pykeepalived.vrrp.timers import SERVICES_LIMIT_NS
from tests.support.stalls import repeat_when_stalled
from tests.support.vrrp_lab import Lan, Listener, eventually, running
from tests.support.vrrp_plans import VIPS, plan, router

pytestmark = pytest.mark.netns


def test_the_answer_of_the_checker_waits_for_no_timer(
    lan: Lan, log_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = 40 * 1000 * NANOSECONDS_PER_MILLISECOND
    monkeypatch.setattr(transitions, "SERVICES_LIMIT_NS", longest)
    owner = router(follows_services=True, priority=255, advertisement_interval_ns=longest)
    with running(lan, "a", plan(owner), log_path, with_checker=True) as process:
        assert process.checker is not None
        asked: list[InstanceState] = []

        def question() -> list[InstanceState]:
            assert process.checker is not None
            asked.extend(
                one for one in process.checker.receive() if isinstance(one, InstanceState) and one.master
            )
            return asked

        eventually(question, "the checker is asked")
        process.checker.send(ServicesApplied(asked[0].request_id))

        eventually(lambda: lan.holds("a", *VIPS[:2]), "the addresses appear")


@repeat_when_stalled(SERVICES_LIMIT_NS // 2)
def test_a_backup_about_to_take_over_has_its_services_before_its_first_advert(
    lan: Lan, log_path: str
) -> None:
    slow = router(follows_services=True, advertisement_interval_ns=1000 * NANOSECONDS_PER_MILLISECOND)
    listener = Listener(lan, "a")
    with running(lan, "a", plan(slow), log_path, with_checker=True) as process:
        checker = process.checker
        assert checker is not None
        asked: list[Message] = []
        eventually(
            lambda: asked.extend(checker.receive()) or [m for m in asked if isinstance(m, InstanceState)],
            "the checker is asked",
        )
        assert [] == listener.adverts()
        (question,) = [message for message in asked if isinstance(message, InstanceState)]
        checker.send(ServicesApplied(question.request_id))

        process.until_state("VI_1", "MASTER")

        assert lan.holds("a", *VIPS[:2])
        again = [message for message in checker.receive() if isinstance(message, InstanceState)]
        assert [] == again


def test_services_come_before_addresses_and_go_after_them(lan: Lan, log_path: str) -> None:
    listener = Listener(lan, "a")
    with running(lan, "a", plan(router(follows_services=True)), log_path, with_checker=True) as process:
        assert process.checker is not None
        asked: list[Message] = []

        def question(master: bool) -> InstanceState | None:
            assert process.checker is not None
            asked.extend(process.checker.receive())
            found = [one for one in asked if isinstance(one, InstanceState) and one.master is master]
            return found[0] if found else None

        eventually(lambda: question(True), "the checker is asked")
        first = question(True)
        assert first is not None
        assert "VI_1" == first.name
        process.checker.send(ServicesApplied(first.request_id))
        process.until_state("VI_1", "MASTER")
        assert lan.holds("a", *VIPS[:2])
        assert "were not confirmed" not in process.log()
        assert (51, 150, 4) == listener.adverts()[0]

        process.channel.send(Stop("test"))
        eventually(lambda: question(False), "the checker is told of the end")
        assert lan.lacks("a", *VIPS[:2])


def test_a_checker_that_does_not_answer_holds_the_addresses_up_for_a_moment_only(
    lan: Lan, log_path: str
) -> None:
    with running(lan, "a", plan(router(follows_services=True)), log_path, with_checker=True) as process:
        process.until_state("VI_1", "MASTER")

        assert lan.holds("a", *VIPS[:2])
        assert "were not confirmed" in process.log()


def test_a_restarted_checker_is_told_again_who_is_master(lan: Lan, log_path: str) -> None:
    with running(lan, "a", plan(router(follows_services=True)), log_path, with_checker=True) as process:
        assert process.checker is not None
        process.until_state("VI_1", "MASTER")
        process.checker.receive()
        process.channel.send(PeerRestarted(Process.CHECKER))
        told: list[Message] = []
        eventually(lambda: told.extend(process.checker.receive()) or len(told) > 1, "it is told")

        assert InstanceState("VI_1", True) == told[0]
        assert isinstance(told[1], RouterStateChanged)
        assert ("VI_1", RouterState.MASTER) == (told[1].name, told[1].state)
