"""The real state machines in virtual time: who owns the address when."""

from __future__ import annotations

import pytest

from pykeepalived.base.errors import UsageError
from pykeepalived.simulate.verdict import Kind, judge
from tests.support.simulated import SECOND, owners, router, run, world


def kinds(history: object) -> list[Kind]:
    return [finding.kind for finding in judge(history).findings]  # type: ignore[arg-type]


def test_the_better_router_becomes_master_and_the_other_one_takes_over_when_it_dies() -> None:
    history = run(world(A=router(150), B=router(100)), 40, (10, "kill A"), (20, "start A"))

    assert ("A",) == owners(history, 9)
    assert ("B",) == owners(history, 14)
    assert ("A",) == owners(history, 39)
    assert [Kind.GAP] == kinds(history)
    (address,) = history.owners
    gap = next(span for span in history.spans(address) if not span.owners and span.begin >= 10 * SECOND)
    # The last advert left up to a second before the end of A.
    assert 2.6 <= gap.length_ns / SECOND <= 3.7


def test_an_orderly_stop_leaves_a_gap_of_the_skew_time_only() -> None:
    history = run(world(A=router(150), B=router(100)), 20, (10, "stop A"))

    (address,) = history.owners
    gap = [span for span in history.spans(address) if not span.owners][1]
    assert pytest.approx((256 - 100) / 256, abs=0.01) == gap.length_ns / SECOND


def test_nopreempt_leaves_the_role_where_it_is() -> None:
    keep = "state BACKUP\n nopreempt"
    made = world(A=router(150, more=keep), B=router(100, more=keep))

    history = run(made, 40, (10, "kill A"), (20, "start A"))

    assert ("B",) == owners(history, 39)


def test_a_partition_makes_two_owners_and_its_end_one() -> None:
    history = run(world(A=router(150), B=router(100)), 40, (10, "partition A B"), (20, "heal"))

    assert ("A", "B") == owners(history, 19)
    assert ("A",) == owners(history, 39)
    assert Kind.TWO_OWNERS in kinds(history)


def test_different_passwords_make_two_owners_and_the_reason_is_told() -> None:
    secret = "authentication {{\n auth_type PASS\n auth_pass {}\n }}"
    made = world(A=router(150, more=secret.format("one")), B=router(100, more=secret.format("two")))

    verdict = judge(run(made, 30))

    assert {Kind.TWO_OWNERS, Kind.REFUSED} <= {finding.kind for finding in verdict.findings}
    assert any("authentication failed" in finding.text for finding in verdict.findings)


def test_different_virtual_router_ids_make_two_owners() -> None:
    assert Kind.TWO_OWNERS in kinds(run(world(A=router(150), B=router(100, vrid=61)), 30))


def test_a_lost_link_is_a_fault_and_the_other_router_takes_over() -> None:
    history = run(world(A=router(150), B=router(100)), 30, (10, "link A eth0 down"), (20, "link A eth0 up"))

    assert ("B",) == owners(history, 19)
    assert ("A",) == owners(history, 29)
    assert "FAULT" in {change.new for change in history.transitions}


def test_a_router_that_is_not_heard_is_out_of_reach_although_it_believes_to_be_master() -> None:
    history = run(world(A=router(150), B=router(100)), 30, (10, "cut A eth0 out"))

    assert ("B",) == owners(history, 29)
    assert "MASTER" == history.state_of("A", "VI")


def test_a_process_that_hangs_keeps_its_addresses_beside_the_new_owner() -> None:
    history = run(world(A=router(150), B=router(100)), 40, (10, "stall A 10s"))

    assert ("A", "B") == owners(history, 18)
    assert ("A",) == owners(history, 39)


def test_a_machine_that_sleeps_does_not_answer() -> None:
    history = run(world(A=router(150), B=router(100)), 40, (10, "suspend A 10s"))

    assert ("B",) == owners(history, 18)


def test_a_tracked_script_moves_the_role() -> None:
    tracked = "track_script {\n chk\n }"
    script = 'vrrp_script chk {\n script "/usr/bin/true"\n weight -60\n}\n'
    made = world(A=script + router(150, more=tracked), B=script + router(100, more=tracked))

    history = run(made, 40, (10, "track A script chk fail"), (25, "track A script chk ok"))

    assert ("B",) == owners(history, 24)
    assert ("A",) == owners(history, 39)


def pair(priority: int) -> str:
    outside = router(priority, vrid=1, vip="192.0.2.9/24").replace(" VI ", " O ")
    inside = router(priority, vrid=2, vip="10.0.0.9/24").replace(" VI ", " I ").replace("eth0", "eth1")
    return outside + inside


def test_members_of_a_sync_group_move_together() -> None:
    group = "vrrp_sync_group G {\n group {\n O\n I\n }\n}\n"
    made = world(A=group + pair(150), B=group + pair(100))

    history = run(made, 30, (10, "link A eth1 down"))

    assert {("B",)} == {list(history.spans(address))[-1].owners for address in history.owners}


def test_nobody_is_left_after_both_died() -> None:
    history = run(world(A=router(150), B=router(100)), 30, (10, "kill A"), (11, "kill B"))

    assert Kind.NO_OWNER in kinds(history)


def test_loss_of_everything_is_no_hearing_at_all() -> None:
    history = run(world(A=router(150), B=router(100)), 30, (10, "loss 100%"))

    assert ("A", "B") == owners(history, 29)


def test_the_same_seed_gives_the_same_history() -> None:
    def once() -> list[object]:
        return list(run(world(7, A=router(150), B=router(100)), 30, (5, "loss 40%")).transitions)

    assert once() == once()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("kill C", "'C' is no host: there is A"),
        ("link A eth9 down", "'eth9' is no interface of A: there is eth0"),
        ("track A script chk fail", "'chk' is no script that A tracks: there is none"),
    ],
)
def test_a_command_that_names_what_is_not_there_is_refused(words: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        run(world(A=router()), 5, (1, words))
