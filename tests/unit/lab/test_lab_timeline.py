from pykeepalived.lab.timeline import (
    SECOND_NS,
    Advert,
    Holding,
    Mark,
    MarkKind,
    Record,
    State,
    StateChange,
    shares,
)
from pykeepalived.lab.traffic import Asked


def record() -> Record:
    return Record(vip="192.0.2.100", directors=("a", "b"), servers=("rs1", "rs2"), began_at=0)


def answered(at_ms: int, server: str | None = "rs1", took_ms: int = 2) -> Asked:
    return Asked(at_ms * 1_000_000, (at_ms + took_ms) * 1_000_000, server, "192.0.2.10")


class TestAdvert:
    def test_version_2_has_a_skew_in_256ths_of_a_second(self) -> None:
        advert = Advert(0, "a", "outside", 2, 51, 150, SECOND_NS)

        assert 3 * SECOND_NS + 156 * SECOND_NS // 256 == advert.master_down_ns(100)

    def test_version_3_has_a_skew_that_shrinks_with_the_interval(self) -> None:
        advert = Advert(0, "a", "outside", 3, 51, 150, 200_000_000)

        assert 600_000_000 + 156 * 200_000_000 // 256 == advert.master_down_ns(100)


class TestRecord:
    def test_the_owner_is_who_got_the_address_last_and_did_not_lose_it(self) -> None:
        run = record()
        run.holdings = [
            Holding(10, "a", "192.0.2.100", True),
            Holding(20, "a", "192.0.2.100", False),
            Holding(30, "b", "192.0.2.100", True),
        ]

        assert run.owners(at=15) == ("a",)
        assert run.owners(at=25) == ()
        assert run.owners() == ("b",)

    def test_other_addresses_do_not_make_an_owner(self) -> None:
        run = record()
        run.holdings = [Holding(10, "a", "198.51.100.254", True)]

        assert run.owners() == ()

    def test_the_longest_silence_is_between_two_good_answers(self) -> None:
        run = record()
        run.asked = [answered(0), answered(20), answered(40, None), answered(500), answered(520)]

        assert 480_000_000 == run.longest_silence(0, SECOND_NS)

    def test_a_silence_outside_the_span_does_not_count(self) -> None:
        run = record()
        run.asked = [answered(0), answered(900), answered(920), answered(940)]

        assert 20_000_000 == run.longest_silence(910_000_000, SECOND_NS)

    def test_state_spans_reach_to_the_end_of_the_run(self) -> None:
        run = record()
        run.states = [StateChange(5, "a", State.BACKUP), StateChange(9, "a", State.MASTER)]
        run.marks = [Mark(30, MarkKind.ENDED)]

        assert [(5, 9, State.BACKUP), (9, 30, State.MASTER)] == run.state_spans("a")

    def test_a_repeated_value_continues_its_span(self) -> None:
        run = record()
        run.holdings = [Holding(at, "a", "192.0.2.100", True) for at in (5, 7)]
        run.marks = [Mark(30, MarkKind.ENDED)]

        assert [(5, 30)] == run.holding_spans("a")


def test_requests_without_an_answer_are_lost() -> None:
    assert {"rs1": 2, "lost": 1} == shares([answered(0), answered(1), answered(2, None)])


def test_a_request_survives_its_line() -> None:
    for asked in (answered(5), Asked(1, 2, None, "timed out")):
        assert asked == Asked.from_line(asked.line())
