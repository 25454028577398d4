"""BFD_CHECK: what the BFD process says of a session, and what that means for the servers that follow it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address

import pytest
import structlog
from structlog.testing import capture_logs

from pykeepalived.config.load import load
from pykeepalived.daemon.check_runner import CheckRunner
from pykeepalived.daemon.server_book import ServerBook
from pykeepalived.health.settings import ServerChecks
from pykeepalived.ipc.messages import Restored, VerdictChanged
from pykeepalived.lvs.director import Identity
from pykeepalived.lvs.events import Event, ServerVerdict
from pykeepalived.plan.health import plan_checks
from pykeepalived.syntax.source import DictLoader

CONFIGURATION = """
bfd_instance one {
    neighbor_ip 10.0.0.1
}
bfd_instance two {
    neighbor_ip 10.0.0.2
}
virtual_server 192.0.2.1 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.1 80 {
        BFD_CHECK {
            name one
            ALPHA
        }
    }
    real_server 10.0.0.2 80 {
        BFD_CHECK {
            name two
        }
    }
}
"""


def planned(text: str = CONFIGURATION, *, alpha: bool = False) -> tuple[ServerChecks, ...]:
    text = text.replace("ALPHA", "alpha" if alpha else "")
    loaded = load("/k.conf", DictLoader({"/k.conf": text}))
    return plan_checks(loaded.config, lambda _: (0, 0, ())).checks


class Stage:
    """A book that runs checks, and what it reported: (last byte of the server's address, up)."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, bool]] = []
        self.book = ServerBook(self.report)
        self.book.runner = CheckRunner(asyncio.get_running_loop(), self.book.observe)

    def report(self, _pool: Identity, event: Event, _reason: str) -> None:
        assert isinstance(event, ServerVerdict)
        address = event.server.address
        assert isinstance(address, IPv4Address)
        self.reports.append((str(address), event.up))

    def states(self) -> dict[str, bool]:
        return {str(name.key.address): up for name, up, _ in self.book.states_in(POOL)}


POOL = ("[192.0.2.1]:tcp:80", 0)


def on_stage(play: Callable[[Stage], None]) -> None:
    async def main() -> None:
        stage = Stage()
        try:
            play(stage)
        finally:
            assert stage.book.runner is not None
            stage.book.runner.close()

    asyncio.run(main())


@pytest.fixture(autouse=True)
def plain_log() -> Iterable[None]:
    structlog.reset_defaults()
    yield


def test_a_server_follows_its_session_and_no_other() -> None:
    def play(stage: Stage) -> None:
        stage.book.start(planned(), None)
        assert {"10.0.0.1": True, "10.0.0.2": True} == stage.states()
        stage.book.bfd_state("one", False)
        stage.book.bfd_state("one", True)
        stage.book.bfd_state("nobody", False)
        assert [("10.0.0.1", False), ("10.0.0.1", True)] == stage.reports

    on_stage(play)


def test_a_session_that_begins_down_takes_its_server_out_at_once() -> None:
    """The first word counts, as in keepalived; without alpha the server was in until then."""

    def play(stage: Stage) -> None:
        stage.book.start(planned(), None)
        stage.book.bfd_state("two", False)
        assert [("10.0.0.2", False)] == stage.reports

    on_stage(play)


def test_alpha_keeps_a_server_out_until_its_session_is_up() -> None:
    def play(stage: Stage) -> None:
        stage.book.start(planned(alpha=True), None)
        assert {"10.0.0.1": False, "10.0.0.2": True} == stage.states()
        stage.book.bfd_state("one", False)
        stage.book.bfd_state("one", False)
        assert [("10.0.0.1", False)] == stage.reports  # the first word is told, once
        stage.book.bfd_state("one", True)
        assert [("10.0.0.1", False), ("10.0.0.1", True)] == stage.reports

    on_stage(play)


def test_the_same_news_again_changes_nothing() -> None:
    def play(stage: Stage) -> None:
        stage.book.start(planned(), None)
        for _ in range(3):
            stage.book.bfd_state("one", False)
        assert [("10.0.0.1", False)] == stage.reports

    on_stage(play)


def test_nothing_is_ever_probed() -> None:
    def play(stage: Stage) -> None:
        stage.book.start(planned(), None)
        stage.book.bfd_state("one", True)
        assert stage.book.runner is not None
        assert 0 == stage.book.runner.running
        assert stage.book.runner._timer.deadlines.earliest() is None

    on_stage(play)


def test_a_check_that_a_reload_adds_knows_how_its_session_is() -> None:
    """Nobody says it again: the session did not change."""
    without = CONFIGURATION.replace("name two", "name one")

    def play(stage: Stage) -> None:
        stage.book.start(planned(without), None)
        stage.book.bfd_state("one", True)
        stage.book.bfd_state("two", False)
        assert [] == stage.reports
        stage.book.reconfigure(planned(without), planned())
        assert {"10.0.0.1": True, "10.0.0.2": False} == stage.states()

    on_stage(play)


def test_a_checker_that_was_killed_goes_on_with_what_is_known() -> None:
    """The BFD process tells everything again; what is no news is not reported."""
    service, server = "[192.0.2.1]:tcp:80", "[10.0.0.1]:tcp:80"

    def play(stage: Stage) -> None:
        stage.book.start(planned(), Restored(1, verdicts=(VerdictChanged(service, server, False),)))
        stage.book.bfd_state("one", False)
        stage.book.bfd_state("two", True)
        assert [] == stage.reports
        stage.book.bfd_state("one", True)
        assert [("10.0.0.1", True)] == stage.reports

    on_stage(play)


def test_the_log_uses_the_words_of_keepalived() -> None:
    def play(stage: Stage) -> None:
        stage.book.start(planned(), None)
        with capture_logs() as logs:
            stage.book.bfd_state("one", False)
            stage.book.bfd_state("one", True)
            # The first word is worth a line even when it changes nothing; the second is not.
            stage.book.bfd_state("two", True)
            stage.book.bfd_state("two", True)
        said = [entry["event"] for entry in logs]
        assert "BFD check of [one] RS([10.0.0.1]:tcp:80) is DOWN" in said
        assert "BFD check of [one] RS([10.0.0.1]:tcp:80) is UP" in said
        assert 1 == said.count("BFD check of [two] RS([10.0.0.2]:tcp:80) is UP")

    on_stage(play)
