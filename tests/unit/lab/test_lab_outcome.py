from dataclasses import replace

import pytest

from pykeepalived.lab import outcome
from pykeepalived.lab.layout import Target
from pykeepalived.lab.outcome import Event
from pykeepalived.lab.timeline import SECOND_NS, Advert, Holding, Mark, MarkKind
from pykeepalived.lab.traffic import Asked
from tests.unit.lab.lab_runs import VIP, failover, seconds

EVEN = (("rs1", 1), ("rs2", 1))
UP = {"rs1", "rs2"}


def death(run: outcome.Record) -> Event:
    return outcome.events(run)[0]


class TestAGoodFailover:
    def test_each_deed_is_an_event_until_the_next(self) -> None:
        found = outcome.events(failover())

        assert ["a loses power", "a boots again"] == [event.mark.label for event in found]
        assert found[0].ends_at == found[1].mark.at

    def test_the_takeover_counts_from_the_last_advert_to_the_first(self) -> None:
        found = death(failover(takeover_s=3.61)).takeover

        assert found is not None
        assert ("a", "b") == (found.old, found.new)
        assert found.took_ns == pytest.approx(3.61 * SECOND_NS)
        assert 3 * SECOND_NS + 156 * SECOND_NS // 256 == found.prescribed_ns
        assert found.rule == "Master_Down_Interval"

    def test_the_outage_is_what_the_client_saw(self) -> None:
        found = death(failover(takeover_s=3.61)).outage_ns

        assert found == pytest.approx(3.62 * SECOND_NS, abs=0.03 * SECOND_NS)

    def test_requests_are_counted_per_event(self) -> None:
        first, second = outcome.events(failover())

        assert first.lost == pytest.approx(3.61 * 50, abs=2)
        assert second.lost == 0
        assert (("a",), ("b",)) == (first.owners_before, first.owners_after)

    def test_a_silence_that_begins_with_the_next_deed_is_not_this_ones(self) -> None:
        run = failover()
        early = Mark(seconds(8), MarkKind.RELOADED, "a")
        run.marks.insert(1, early)

        reload = outcome.events(run)[0]

        assert reload.outage_ns < SECOND_NS / 10
        assert reload.takeover is None


class TestHowSomebodyTakesOver:
    def test_after_a_good_bye_the_rule_is_skew_time(self) -> None:
        run = failover(takeover_s=0.61)
        run.marks[1] = Mark(seconds(10.001), MarkKind.STOPPED, "a")
        farewell = Advert(seconds(10.002), "a", "outside", 2, 51, 0, SECOND_NS)
        run.adverts = sorted([*run.adverts, farewell], key=lambda advert: advert.at)

        found = death(run).takeover

        assert found is not None
        assert ("Skew_Time", 156 * SECOND_NS // 256) == (found.rule, found.prescribed_ns)

    def test_a_better_router_that_comes_back_preempts(self) -> None:
        found = outcome.events(failover())[1].takeover

        assert found is not None
        assert ("a", None) == (found.new, found.prescribed_ns)

    def test_in_a_partition_adverts_that_were_not_heard_do_not_count(self) -> None:
        run = failover(takeover_s=3.61)
        run.marks[1] = Mark(seconds(10.001), MarkKind.CUT_OFF, "a")
        unheard = [Advert(seconds(t), "a", "outside", 2, 51, 150, SECOND_NS) for t in (11, 12, 13, 14)]
        run.adverts = sorted([*run.adverts, *unheard], key=lambda advert: advert.at)

        found = death(run).takeover

        assert found is not None
        assert found.took_ns == pytest.approx(3.61 * SECOND_NS)

    def test_of_a_group_the_instance_that_fell_silent_first_counts(self) -> None:
        run = failover(takeover_s=2.61)
        inside = [replace(advert, vrid=52, at=advert.at - SECOND_NS // 2) for advert in run.adverts]
        # Its advert at 9.5 s was never sent: the last one is from 8.5 s, and the group follows its timer.
        inside = [advert for advert in inside if not 9 * SECOND_NS < advert.at < 12 * SECOND_NS]
        run.adverts = sorted([*run.adverts, *inside], key=lambda advert: advert.at)

        found = death(run).takeover

        assert found is not None
        assert found.took_ns == pytest.approx(3.61 * SECOND_NS)

    def test_a_router_that_it_gave_up_long_before_does_not_count(self) -> None:
        run = failover(takeover_s=3.61)
        # While they started both were Master of the other router for a moment; since then it is b's.
        run.adverts.append(Advert(seconds(4), "a", "outside", 2, 52, 100, SECOND_NS))
        run.adverts.sort(key=lambda advert: advert.at)

        found = death(run).takeover

        assert found is not None
        assert found.took_ns == pytest.approx(3.61 * SECOND_NS)

    def test_an_address_that_a_dead_daemon_left_does_not_make_an_owner(self) -> None:
        run = failover()
        # a's address was never taken away; b owns it too and is the one that sends.
        run.holdings = [holding for holding in run.holdings if holding.present or holding.director == "b"]

        found = outcome.events(run)[1].takeover

        assert found is not None
        assert ("b", "a") == (found.old, found.new)

    def test_a_deed_while_nobody_owns_does_not_hide_the_takeover(self) -> None:
        run = failover(takeover_s=3.61)
        run.marks.insert(2, Mark(seconds(11), MarkKind.RELOADED, "b"))

        died, reloaded, _ = outcome.events(run)

        assert died.takeover is not None
        assert "b" == died.takeover.new
        assert reloaded.takeover is None

    def test_somebody_who_was_master_a_moment_ago_can_take_over_again(self) -> None:
        run = failover(takeover_s=3.61)
        run.adverts.insert(0, Advert(seconds(9.5), "b", "outside", 2, 51, 100, SECOND_NS))
        run.adverts.sort(key=lambda advert: advert.at)

        found = death(run).takeover

        assert found is not None
        assert "b" == found.new

    def test_of_two_masters_the_one_that_stays_takes_nothing_over(self) -> None:
        run = failover()
        run.marks[1] = Mark(seconds(14), MarkKind.HEALED)
        run.holdings.insert(1, Holding(seconds(12), "b", VIP, True))
        run.holdings = [one for one in run.holdings if one.present]
        run.adverts = [
            Advert(seconds(t / 10), name, "outside", 2, 51, priority, SECOND_NS)
            for t in range(40, 200, 10)
            for name, priority in (("a", 150), ("b", 100))
        ]

        assert death(run).takeover is None

    def test_nobody_took_over(self) -> None:
        run = failover()
        run.adverts = [
            advert for advert in run.adverts if advert.director == "a" and advert.at < 11 * SECOND_NS
        ]

        assert death(run).takeover is None


class TestQuietTimes:
    def quiet(self, run: outcome.Record, shares: tuple[tuple[str, int], ...] = EVEN) -> outcome.Finding:
        run.targets = (Target(VIP, shares=shares),)
        return outcome.steady(run, seconds(15), seconds(19), UP)

    def test_requests_go_to_all_in_their_shares(self) -> None:
        found = self.quiet(failover())

        assert found.ok
        assert "as the scheduler says (1:1)" in found.text

    def test_one_server_gets_everything(self) -> None:
        found = self.quiet(failover(last_server="rs1"))

        assert not found.ok
        assert "not as the scheduler says (1:1)" in found.text

    def test_shares_that_are_not_the_weights(self) -> None:
        assert not self.quiet(failover(), (("rs1", 2), ("rs2", 1))).ok

    def test_a_server_that_is_down_is_not_missed(self) -> None:
        run = failover(last_server="rs1")
        run.targets = (Target(VIP, shares=EVEN),)

        assert outcome.steady(run, seconds(15), seconds(19), {"rs1"}).ok

    def test_a_lost_request(self) -> None:
        run = failover()
        quiet = next(n for n, asked in enumerate(run.asked) if asked.begun_at > 17 * SECOND_NS)
        run.asked[quiet] = Asked(run.asked[quiet].begun_at, run.asked[quiet].ended_at, None, "reset")

        found = self.quiet(run)

        assert not found.ok
        assert found.text.startswith("1 of ")

    def test_no_request_at_all_is_no_proof(self) -> None:
        run = failover()
        run.asked = []

        assert not self.quiet(run).ok


def test_nothing_expected_is_not_a_success() -> None:
    assert not outcome.Outcome("s", "t", failover(), (), ()).ok


def test_an_owner_is_counted_at_the_end_of_its_event() -> None:
    run = failover()
    run.holdings.append(Holding(seconds(29), "b", VIP, True))

    assert ("a", "b") == outcome.events(run)[-1].owners_after
