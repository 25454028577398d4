"""Two BFD sessions, whatever their timers and whatever the path loses, find each other and know a cut."""

from __future__ import annotations

import itertools
import os

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pykeepalived.bfd.actions import SendPacket
from pykeepalived.bfd.events import ConfigChanged, Shutdown, Standing
from pykeepalived.bfd.settings import SessionSettings
from pykeepalived.bfd.states import State
from tests.support.bfd_play import MS, SECOND, End, Path, settings

EXAMPLES = 500 if os.environ.get("PYKEEPALIVED_FUZZ") == "full" else 25
quick = hypothesis_settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

timers = st.fixed_dictionaries(
    {
        "desired_min_tx_ns": st.sampled_from([1, 10, 50, 300, 2000]).map(lambda ms: ms * MS),
        "required_min_rx_ns": st.sampled_from([1, 10, 50, 300, 2000]).map(lambda ms: ms * MS),
        "idle_tx_ns": st.sampled_from([1000, 3000]).map(lambda ms: ms * MS),
        "multiplier": st.integers(1, 10),
    }
)
seeds = st.integers(0, 10_000)


def sides(
    one: dict[str, int], other: dict[str, int], passive: int
) -> tuple[SessionSettings, SessionSettings]:
    """``passive`` 1 or 2 makes that side wait, 0 none."""
    return settings("A", **one, passive=passive == 1), settings("B", **other, passive=passive == 2)


def reports(end: End) -> list[bool]:
    return [up for _, up in end.reported]


def gaps(end: End, since: int) -> list[int]:
    times = [at for at, packet in end.sent if at >= since and not packet.final]
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@quick
@given(timers, timers, st.integers(0, 2), seeds)
def test_two_sides_come_up_and_stay_up(
    one: dict[str, int], other: dict[str, int], passive: int, seed: int
) -> None:
    path = Path(*sides(one, other, passive), seed=seed)
    path.start()
    path.run(2 * max(one["idle_tx_ns"], other["idle_tx_ns"]))
    assert ("Up", "Up") == path.states
    path.run(20 * SECOND)
    assert ("Up", "Up") == path.states
    assert [[False, True]] * 2 == [reports(end) for end in path.ends]
    for end in path.ends:
        assert not end.session.polling


@quick
@given(timers, timers, seeds)
def test_intervals_keep_to_what_was_negotiated(one: dict[str, int], other: dict[str, int], seed: int) -> None:
    """RFC 5880 section 6.8.7: never slower than the interval, never faster than three quarters of it."""
    path = Path(*sides(one, other, 0), seed=seed)
    path.start()
    path.run(10 * SECOND)
    settled = path.now
    path.run(10 * SECOND)
    for end, theirs in zip(path.ends, (other, one), strict=True):
        agreed = max(end.session.settings.desired_min_tx_ns, theirs["required_min_rx_ns"])
        assert agreed == end.session.transmit_interval_ns
        found = gaps(end, settled)
        assert max(found) <= agreed
        assert min(found) >= agreed * 3 // 4
        if end.session.settings.multiplier == 1:
            assert max(found) <= agreed * 9 // 10


@quick
@given(timers, timers, st.integers(0, 2), seeds, st.integers(0, 5000))
def test_a_cut_is_known_after_the_detection_time_and_healing_brings_both_back(
    one: dict[str, int], other: dict[str, int], passive: int, seed: int, wait_ms: int
) -> None:
    path = Path(*sides(one, other, passive), seed=seed)
    path.start()
    path.run(10 * SECOND + wait_ms * MS)
    path.cut = True
    cut_at = path.now
    longest = max(end.session.detection_ns for end in path.ends)
    path.run(longest + path.delay_ns)
    assert [False, True, False] == reports(path.ends[0])
    assert [False, True, False] == reports(path.ends[1])
    for end in path.ends:
        at, _ = end.reported[-1]
        assert at - cut_at <= longest + path.delay_ns
    path.cut = False
    path.run(3 * max(one["idle_tx_ns"], other["idle_tx_ns"]) + longest)
    assert ("Up", "Up") == path.states


@quick
@given(timers, timers, st.integers(0, 1), seeds, st.floats(0.05, 0.4))
def test_a_path_that_loses_packets_ends_up_once_it_loses_none(
    one: dict[str, int], other: dict[str, int], passive: int, seed: int, loss: float
) -> None:
    path = Path(*sides(one, other, passive), seed=seed, loss=loss)
    path.start()
    path.run(30 * SECOND)
    path.loss = 0.0
    path.run(3 * max(one["idle_tx_ns"], other["idle_tx_ns"]) + 40 * SECOND)
    assert ("Up", "Up") == path.states
    for end in path.ends:
        # What is told alternates, and says the truth at the end.
        told = reports(end)
        assert all(before is not after for before, after in itertools.pairwise(told))
        assert told[-1]


@quick
@given(timers, timers, timers, seeds)
def test_new_timers_never_take_a_session_down(
    one: dict[str, int], other: dict[str, int], later: dict[str, int], seed: int
) -> None:
    path = Path(*sides(one, other, 0), seed=seed)
    path.start()
    path.run(10 * SECOND)
    path.give(0, ConfigChanged(settings("A", **later)))
    path.run(20 * SECOND)
    assert [[False, True]] * 2 == [reports(end) for end in path.ends]
    assert (
        max(later["desired_min_tx_ns"], other["required_min_rx_ns"])
        == path.ends[0].session.transmit_interval_ns
    )
    assert not path.ends[0].session.polling


@quick
@given(seeds, st.integers(20, 3000))
def test_a_machine_that_stands_still_believes_its_neighbour_when_it_wakes(seed: int, asleep_ms: int) -> None:
    """The sleeper never reports a broken path on its own account; its neighbour is right to do so."""
    path = Path(settings("A"), settings("B"), seed=seed)
    path.start()
    path.run(3 * SECOND)
    path.ends[0].asleep_until = path.now + asleep_ms * MS
    path.run(asleep_ms * MS + 10 * SECOND)
    assert ("Up", "Up") == path.states
    assert not any(line.startswith("Expired") for line in path.ends[0].log)


@quick
@given(seeds, st.integers(20, 3000))
def test_two_machines_that_stand_still_together_notice_nothing(seed: int, asleep_ms: int) -> None:
    path = Path(settings("A"), settings("B"), seed=seed)
    path.start()
    path.run(3 * SECOND)
    for end in path.ends:
        end.asleep_until = path.now + asleep_ms * MS
    path.run(asleep_ms * MS + 5 * SECOND)
    assert [[False, True]] * 2 == [reports(end) for end in path.ends]


@quick
@given(seeds, st.integers(0, 2900), st.booleans())
def test_a_process_that_is_killed_and_started_again_reports_nothing(
    seed: int, dead_ms: int, passive: bool
) -> None:
    one, other = settings("A"), settings("B", passive=passive)
    path = Path(one, other, seed=seed)
    path.start()
    path.run(3 * SECOND)
    left = path.ends[0].session.standing
    path.ends[0].dead = True
    path.run(dead_ms * MS)
    path.replace(0, one, left)
    path.run(10 * SECOND)
    assert ("Up", "Up") == path.states
    assert [False, True, True] == reports(path.ends[0])
    if dead_ms <= 35:  # the detection time less an interval and its answer
        assert [False, True] == reports(path.ends[1])


@quick
@given(seeds, st.booleans())
def test_a_farewell_is_no_broken_path_for_the_neighbour(seed: int, passive: bool) -> None:
    path = Path(settings("A"), settings("B", passive=passive), seed=seed)
    path.start()
    path.run(3 * SECOND)
    (farewell,) = [one for one in path.give(0, Shutdown()) if isinstance(one, SendPacket)]
    assert State.ADMIN_DOWN is farewell.state
    path.ends[0].dead = True
    path.run(20 * SECOND)
    assert "Down" == path.states[1]
    assert [False, True] == reports(path.ends[1])
    path.replace(0, settings("A"), Standing(99))
    path.run(5 * SECOND)
    assert ("Up", "Up") == path.states
