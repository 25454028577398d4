"""Several checks of one real server."""

from __future__ import annotations

from pykeepalived.health.server_health import (
    ServerDown,
    ServerHealth,
    ServerStaysDown,
    ServerUp,
    ServerWeight,
)


class TestUpAndDown:
    def test_a_server_without_failing_checks_is_up(self) -> None:
        assert ServerHealth(1).is_up

    def test_the_first_failing_check_brings_it_down_and_others_change_nothing(self) -> None:
        health = ServerHealth(1)

        assert [ServerDown("refused")] == health.check_down(0, "refused")
        assert [] == health.check_down(1, "timeout")

    def test_it_is_up_only_when_the_last_failing_check_succeeds(self) -> None:
        health = ServerHealth(1, failing=frozenset({0, 1}))

        assert [] == health.check_up(1)
        assert [ServerUp()] == health.check_up(0)

    def test_the_first_failure_of_a_check_that_began_as_failing_is_told(self) -> None:
        health = ServerHealth(1, failing=frozenset({0}))

        assert [ServerStaysDown("refused")] == health.check_down(0, "refused")
        assert [] == health.check_down(1, "timeout")

    def test_success_of_a_check_that_did_not_fail_is_no_news(self) -> None:
        assert [] == ServerHealth(1).check_up(0)


class TestWeight:
    def test_a_check_chooses_the_weight(self) -> None:
        health = ServerHealth(10)

        assert [ServerWeight(3)] == health.check_weight(0, 3)
        assert [] == health.check_weight(0, 3)
        assert [ServerWeight(10)] == health.check_weight(0, None)

    def test_two_checks_add_their_differences(self) -> None:
        health = ServerHealth(10)
        health.check_weight(0, 7)

        assert [ServerWeight(12)] == health.check_weight(1, 15)

    def test_the_weight_is_never_negative(self) -> None:
        health = ServerHealth(2)
        health.check_weight(0, 0)

        assert [] == health.check_weight(1, 0)
        assert 0 == health.weight
