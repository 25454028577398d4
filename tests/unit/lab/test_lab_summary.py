from dataclasses import replace

import pytest

from pykeepalived.lab.summary import Summary, summarise
from pykeepalived.lab.timeline import SECOND_NS, MarkKind
from tests.unit.lab.lab_runs import failover

EVEN = {"rs1": 1, "rs2": 1}


def failed(summary: Summary) -> list[str]:
    return [finding.text for finding in summary.findings if not finding.ok]


class TestAGoodFailover:
    def test_nothing_is_found_wrong(self) -> None:
        summary = summarise(failover(), EVEN)

        assert failed(summary) == []
        assert summary.ok

    def test_the_takeover_counts_from_the_last_advert_to_the_first(self) -> None:
        summary = summarise(failover(takeover_s=3.61), EVEN)

        assert ("a", "b") == (summary.old_master, summary.new_master)
        assert summary.takeover_ns == pytest.approx(3.61 * SECOND_NS)
        assert summary.master_down_ns == 3 * SECOND_NS + 156 * SECOND_NS // 256

    def test_the_outage_is_what_the_client_saw(self) -> None:
        summary = summarise(failover(takeover_s=3.61), EVEN)

        assert summary.outage_ns == pytest.approx(3.62 * SECOND_NS, abs=0.03 * SECOND_NS)

    def test_requests_are_counted_per_phase(self) -> None:
        phases = {phase.name: phase for phase in summarise(failover(), EVEN).phases}

        assert phases["before"].served["lost"] == 0
        assert phases["outage"].served["lost"] == pytest.approx(3.61 * 50, abs=2)
        assert phases["after"].served["lost"] == 0


class TestAGroupOfInstances:
    def test_the_instance_that_fell_silent_first_counts(self) -> None:
        run = failover(takeover_s=2.61)
        inside = [replace(advert, vrid=52, at=advert.at - SECOND_NS // 2) for advert in run.adverts]
        # Its advert at 9.5 s was never sent: the last one is from 8.5 s, and the group follows its timer.
        inside = [advert for advert in inside if not 9 * SECOND_NS < advert.at < 12 * SECOND_NS]
        run.adverts = sorted([*run.adverts, *inside], key=lambda advert: advert.at)

        assert summarise(run, EVEN).takeover_ns == pytest.approx(3.61 * SECOND_NS)


class TestABadFailover:
    def test_nobody_took_over(self) -> None:
        run = failover()
        run.adverts = [
            advert for advert in run.adverts if advert.director == "a" and advert.at < 11 * SECOND_NS
        ]

        assert failed(summarise(run, EVEN)) == ["nobody took over from a"]

    def test_a_takeover_that_is_late(self) -> None:
        assert any(
            "from the protocol's time" in text for text in failed(summarise(failover(takeover_s=5), EVEN))
        )

    def test_a_takeover_that_is_early(self) -> None:
        assert any(
            "from the protocol's time" in text for text in failed(summarise(failover(takeover_s=2), EVEN))
        )

    def test_one_server_gets_everything(self) -> None:
        complaints = failed(summarise(failover(last_server="rs1"), EVEN))

        assert [text for text in complaints if "not as the scheduler says (1:1)" in text]

    def test_requests_are_lost_in_quiet_times(self) -> None:
        run = failover()
        quiet = next(n for n, asked in enumerate(run.asked) if asked.begun_at > 17 * SECOND_NS)
        run.asked[quiet] = type(run.asked[0])(
            run.asked[quiet].begun_at, run.asked[quiet].ended_at, None, "reset"
        )

        assert "1 requests lost after the failure" in failed(summarise(run, EVEN))

    def test_the_old_master_does_not_get_its_role_back(self) -> None:
        run = failover()
        run.marks = [mark for mark in run.marks if mark.kind is not MarkKind.SETTLED]

        assert [text for text in failed(summarise(run, EVEN)) if text.startswith("after its return")]

    def test_a_service_that_never_was_ready(self) -> None:
        run = failover()
        run.marks = []

        assert not summarise(run, EVEN).ok
