"""The state machine of one session: RFC 5880 section 6.8, and the rules for machines that stand still."""

from __future__ import annotations

import random

import pytest

from pykeepalived.bfd.actions import Action, Log, LogLevel, Remember, ReportState, SendPacket
from pykeepalived.bfd.events import ConfigChanged, PacketReceived, Shutdown, Standing, Startup, TimerFired
from pykeepalived.bfd.session import MAX_GRID_NS, Session
from pykeepalived.bfd.settings import SessionSettings
from pykeepalived.bfd.states import TRANSITIONS, Diagnostic, State
from tests.support.bfd_play import MS, SECOND, settings

NOW = 100 * SECOND
THEIRS = 77


def packet(state: State, **changes: object) -> PacketReceived:
    """From a neighbour with intervals of 10 ms (1 s while not Up) and a multiplier of 5."""
    min_tx = 10 * MS if state is State.UP else SECOND
    return PacketReceived(THEIRS, state, 0, 5, min_tx, 10 * MS)._replace(**changes)  # type: ignore[arg-type]


def new(chance: float = 0.0, **changes: object) -> Session:
    session = Session(settings(**changes), 42, lambda: chance)
    session.handle(Startup(), NOW)
    return session


def at(state: State, now: int = NOW, **changes: object) -> Session:
    """A session that has got into this state; Up: for long enough that the poll is over."""
    session = new(**changes)
    if state in (State.INIT, State.UP):
        session.handle(packet(State.DOWN), now)
    if state is State.UP:
        session.handle(packet(State.UP), now)
        session.handle(packet(State.UP, final=True), now)
    assert session.state is state
    return session


def sent(actions: list[Action]) -> list[SendPacket]:
    return [action for action in actions if isinstance(action, SendPacket)]


def reported(actions: list[Action]) -> list[bool]:
    return [action.up for action in actions if isinstance(action, ReportState)]


def on_grid(at: int) -> int:
    """Where a session of a second really sends: with all the others."""
    return at - at % MAX_GRID_NS


def test_sessions_share_their_wake_ups() -> None:
    chance = random.Random(1)
    due = set()
    for number in range(100):
        session = Session(settings(desired_min_tx_ns=50 * MS), number + 1, chance.random)
        session.handle(Startup(), NOW + number * 7919)
        session.handle(packet(State.DOWN), NOW + SECOND + number * 7919)
        session.handle(packet(State.UP, required_min_rx_ns=50 * MS), NOW + SECOND + 5 * MS + number * 7919)
        due.add(session._send_at)
    assert len(due) < 15


def wake(session: Session, until: int, late_ns: int = 0) -> list[Action]:
    """Wake the session at each of its deadlines up to ``until``, ``late_ns`` after it."""
    actions: list[Action] = []
    while session.deadline is not None and session.deadline <= until:
        actions += session.handle(TimerFired(), session.deadline + late_ns)
    return actions


# ---------------------------------------------------------------- states

EXPECTED = {
    # our state: their state -> our next state; section 6.8.6
    State.DOWN: (State.DOWN, State.INIT, State.UP, State.DOWN),
    State.INIT: (State.DOWN, State.INIT, State.UP, State.UP),
    State.UP: (State.DOWN, State.DOWN, State.UP, State.UP),
}


@pytest.mark.parametrize("theirs", list(State))
@pytest.mark.parametrize("ours", [State.DOWN, State.INIT, State.UP])
def test_every_received_state_leads_where_the_rfc_says(ours: State, theirs: State) -> None:
    session = at(ours)
    if ours is State.DOWN and theirs is State.DOWN:
        expected = State.INIT
    elif ours is State.DOWN and theirs is State.INIT:
        expected = State.UP
    else:
        expected = EXPECTED[ours][theirs]
    session.handle(packet(theirs), NOW + MS)
    assert expected is session.state


def test_the_table_of_transitions_has_no_entry_beyond_the_rfc() -> None:
    assert 7 == len(TRANSITIONS)
    assert all(before is not after for (before, _), after in TRANSITIONS.items())


@pytest.mark.parametrize("theirs", [State.DOWN, State.ADMIN_DOWN])
def test_a_neighbour_that_signals_down_is_named_as_the_reason(theirs: State) -> None:
    session = at(State.UP)
    session.handle(packet(theirs), NOW + MS)
    assert Diagnostic.NEIGHBOR_SIGNALED_DOWN == session.diagnostic


def test_nothing_is_heard_after_a_farewell() -> None:
    session = at(State.UP)
    session.handle(Shutdown(), NOW)
    assert [] == session.handle(packet(State.UP), NOW + 1)
    assert State.ADMIN_DOWN is session.state
    assert session.deadline is None


def test_a_farewell_says_admin_down() -> None:
    session = at(State.UP)
    (farewell,) = sent(session.handle(Shutdown(), NOW))
    assert (State.ADMIN_DOWN, Diagnostic.ADMINISTRATIVELY_DOWN) == (farewell.state, farewell.diagnostic)


def test_a_passive_side_that_never_heard_anything_says_no_farewell() -> None:
    assert [] == sent(new(passive=True).handle(Shutdown(), NOW))


# ---------------------------------------------------------------- what is told


def test_a_session_begins_by_telling_that_it_is_down() -> None:
    session = Session(settings(), 42, lambda: 0.0)
    assert [False] == reported(session.handle(Startup(), NOW))


def test_up_and_down_are_told_once() -> None:
    session = at(State.INIT)
    assert [True] == reported(session.handle(packet(State.UP), NOW))
    assert [] == reported(session.handle(packet(State.UP, final=True), NOW))
    assert [False] == reported(session.handle(packet(State.DOWN), NOW))
    assert [] == reported(session.handle(packet(State.DOWN), NOW))


def test_a_neighbour_that_is_shut_down_is_no_broken_path() -> None:
    """RFC 5882 section 3.2; keepalived does the same."""
    session = at(State.UP)
    assert [] == reported(session.handle(packet(State.ADMIN_DOWN), NOW))
    assert session.reported_up
    assert [] == reported(session.handle(TimerFired(), NOW + 60 * SECOND))
    assert State.DOWN is session.state


def test_a_path_that_breaks_after_such_a_neighbour_came_back_is_told() -> None:
    session = at(State.UP)
    session.handle(packet(State.ADMIN_DOWN), NOW)
    session.handle(packet(State.DOWN), NOW)
    session.handle(packet(State.UP), NOW)
    assert State.UP is session.state
    assert [False] == reported(session.handle(packet(State.DOWN), NOW))


# ---------------------------------------------------------------- detection time (6.8.4)


def until_expired(session: Session, now: int) -> int:
    """Wake the session at its deadlines until it is not Up any more; when that was."""
    while session.state is State.UP:
        assert session.deadline is not None
        now = session.deadline
        session.handle(TimerFired(), now)
    return now


def test_silence_of_the_detection_time_ends_the_session() -> None:
    session = at(State.UP)
    assert 50 * MS == session.detection_ns
    assert NOW + 50 * MS == until_expired(session, NOW)
    assert (State.DOWN, Diagnostic.DETECTION_TIME_EXPIRED) == (session.state, session.diagnostic)
    assert 0 == session.remote_discriminator


def test_every_packet_moves_the_end_of_the_detection_time() -> None:
    session = at(State.UP)
    session.handle(packet(State.UP), NOW + 49 * MS)
    assert NOW + 99 * MS == until_expired(session, NOW)


@pytest.mark.parametrize(
    ("changes", "detection_ms"),
    [
        ({"multiplier": 3}, 30),
        ({"desired_min_tx_ns": 40 * MS}, 200),
        ({"desired_min_tx_ns": 1 * MS}, 50),
        ({"multiplier": 255, "desired_min_tx_ns": 1000 * MS}, 255_000),
    ],
)
def test_detection_follows_their_multiplier_and_the_slower_interval(
    changes: dict[str, int], detection_ms: int
) -> None:
    session = at(State.UP)
    session.handle(packet(State.UP, **changes), NOW)
    assert detection_ms * MS == session.detection_ns


def test_a_session_that_was_not_up_yet_expires_without_a_word() -> None:
    session = at(State.INIT)
    assert 5 * SECOND == session.detection_ns
    actions = wake(session, NOW + 5 * SECOND)
    assert State.DOWN is session.state
    assert [] == reported(actions)
    assert [] == [a for a in actions if isinstance(a, Log) and a.level is LogLevel.WARNING]


def test_a_down_session_forgets_the_discriminator_of_a_silent_neighbour() -> None:
    session = new()
    session.handle(packet(State.ADMIN_DOWN), NOW)
    assert THEIRS == session.remote_discriminator
    wake(session, NOW + 5 * SECOND)
    assert 0 == session.remote_discriminator


def test_how_late_the_end_was_noticed_is_said() -> None:
    session = at(State.UP)
    actions = wake(session, NOW + 50 * MS, late_ns=123_000)
    assert ["Expired after 50.1ms (123 usec overdue)"] == [
        a.text for a in actions if isinstance(a, Log) and a.text.startswith("Expired")
    ]


# ---------------------------------------------------------------- sending (6.8.7)


def test_not_up_we_send_once_a_second_or_slower() -> None:
    """Section 6.8.3: not less than a second while not Up."""
    session = new()
    assert SECOND == session.transmit_interval_ns
    assert on_grid(NOW + SECOND) == session.deadline


def test_up_we_send_at_the_slower_of_our_wish_and_their_limit() -> None:
    assert 10 * MS == at(State.UP).transmit_interval_ns
    session = at(State.UP)
    session.handle(packet(State.UP, required_min_rx_ns=70 * MS), NOW)
    assert 70 * MS == session.transmit_interval_ns


@pytest.mark.parametrize(
    ("chance", "multiplier", "expected_ms"), [(0.0, 5, 1000), (1.0, 5, 750), (0.0, 1, 900), (1.0, 1, 750)]
)
def test_jitter_shortens_by_up_to_a_quarter_and_with_a_multiplier_of_one_by_a_tenth_at_least(
    chance: float, multiplier: int, expected_ms: int
) -> None:
    session = new(chance, multiplier=multiplier)
    expected = NOW + expected_ms * MS
    assert session.deadline in (on_grid(expected), on_grid(expected) + MAX_GRID_NS)
    assert session.deadline >= NOW + 750 * MS


def test_every_interval_gets_its_own_jitter() -> None:
    session = Session(settings(), 42, random.Random(1).random)
    session.handle(Startup(), NOW)
    waits = set()
    now = NOW
    for _ in range(20):
        assert session.deadline is not None
        waits.add(session.deadline - now)
        now = session.deadline
        session.handle(TimerFired(), now)
    assert len(waits) > 15
    assert 750 * MS <= min(waits)
    assert max(waits) <= SECOND


def test_a_passive_side_waits_to_be_spoken_to() -> None:
    session = Session(settings(passive=True), 42, lambda: 0.0)
    assert [] == sent(session.handle(Startup(), NOW))
    assert session.deadline is None
    assert [State.INIT] == [one.state for one in sent(session.handle(packet(State.DOWN), NOW))]
    assert session.deadline is not None


def test_a_passive_side_falls_silent_when_its_neighbour_does() -> None:
    session = at(State.UP, passive=True)
    now = until_expired(session, NOW)
    assert session.deadline is None
    assert [] == sent(session.handle(TimerFired(), now + SECOND))


def test_a_neighbour_that_wants_no_packets_gets_none() -> None:
    session = at(State.UP)
    session.handle(packet(State.UP, required_min_rx_ns=0), NOW)
    actions = session.handle(TimerFired(), NOW + 20 * MS)
    assert [] == sent(actions)


def test_demand_mode_of_the_neighbour_stops_our_packets_but_not_a_poll() -> None:
    """Section 6.8.7: while both are Up and no Poll Sequence is under way."""
    session = at(State.UP)
    session.handle(packet(State.UP, demand=True), NOW)
    assert [] == sent(session.handle(TimerFired(), NOW + 20 * MS))
    (poll,) = sent(session.handle(ConfigChanged(settings(desired_min_tx_ns=50 * MS)), NOW + 30 * MS))
    assert poll.poll


def test_news_of_a_state_do_not_wait_for_the_timer() -> None:
    assert [State.INIT] == [one.state for one in sent(new().handle(packet(State.DOWN), NOW + 5 * MS))]


def test_packets_out_of_turn_keep_a_distance_whatever_is_thrown_at_us() -> None:
    session = at(State.UP)
    count = 0
    for number in range(1000):
        count += len(sent(session.handle(packet(State.UP, poll=True), NOW + SECOND + number * 1000)))
    assert 1 == count


# ---------------------------------------------------------------- poll and final (6.5, 6.8.3)


def test_a_poll_is_answered_at_once_with_final() -> None:
    session = at(State.UP)
    (answer,) = sent(session.handle(packet(State.UP, poll=True), NOW + 5 * MS))
    assert (False, True) == (answer.poll, answer.final)


def test_an_answer_that_had_to_wait_rides_on_the_next_packet() -> None:
    session = at(State.UP)
    session.handle(packet(State.UP, poll=True), NOW + 5 * MS)
    session.handle(packet(State.UP, poll=True), NOW + 5 * MS + 1)
    assert NOW + 6 * MS == session.deadline
    (answer,) = sent(session.handle(TimerFired(), NOW + 6 * MS))
    assert answer.final


def test_up_begins_with_a_poll_that_ends_with_final() -> None:
    session = at(State.INIT)
    (first,) = sent(session.handle(packet(State.UP), NOW + 5 * MS))
    assert (State.UP, True, 10 * MS) == (first.state, first.poll, first.desired_min_tx_ns)
    session.handle(packet(State.UP), NOW + 6 * MS)
    assert session.polling
    session.handle(packet(State.UP, final=True), NOW + 7 * MS)
    assert not session.polling


def test_a_final_nobody_asked_for_changes_nothing() -> None:
    session = at(State.UP)
    session.handle(packet(State.UP, final=True), NOW)
    assert (State.UP, False) == (session.state, session.polling)


def reconfigured(**changes: object) -> tuple[Session, list[SendPacket]]:
    session = at(State.UP)
    return session, sent(session.handle(ConfigChanged(settings(**changes)), NOW + 5 * MS))


def test_slower_sending_is_announced_and_begins_after_the_answer() -> None:
    session, (poll,) = reconfigured(desired_min_tx_ns=100 * MS)
    assert (True, 100 * MS) == (poll.poll, poll.desired_min_tx_ns)
    assert 10 * MS == session.transmit_interval_ns
    session.handle(packet(State.UP, final=True), NOW + 6 * MS)
    assert 100 * MS == session.transmit_interval_ns


def test_faster_sending_begins_at_once() -> None:
    session, (poll,) = reconfigured(desired_min_tx_ns=5 * MS)
    assert poll.poll
    assert 10 * MS == session.transmit_interval_ns  # their limit
    session.handle(packet(State.UP, required_min_rx_ns=1 * MS), NOW + 6 * MS)
    assert 5 * MS == session.transmit_interval_ns


def test_a_shorter_detection_time_begins_after_the_answer() -> None:
    session = at(State.UP, required_min_rx_ns=100 * MS)
    assert 500 * MS == session.detection_ns
    session.handle(ConfigChanged(settings(required_min_rx_ns=20 * MS)), NOW)
    assert 500 * MS == session.detection_ns
    session.handle(packet(State.UP, final=True), NOW + MS)
    assert 100 * MS == session.detection_ns


def test_a_longer_detection_time_begins_at_once() -> None:
    session, (poll,) = reconfigured(required_min_rx_ns=100 * MS)
    assert 100 * MS == poll.required_min_rx_ns
    assert 500 * MS == session.detection_ns


def test_another_multiplier_is_told() -> None:
    _, (poll,) = reconfigured(multiplier=9)
    assert (True, 9) == (poll.poll, poll.multiplier)


def test_a_reload_without_new_timers_sends_nothing() -> None:
    _, packets = reconfigured(for_checker=False)
    assert [] == packets


def test_a_reload_while_not_up_needs_no_poll() -> None:
    session = new()
    assert [] == sent(session.handle(ConfigChanged(settings(idle_tx_ns=2 * SECOND)), NOW + 1))
    assert 2 * SECOND == session.transmit_interval_ns


# ---------------------------------------------------------------- machines that stand still


def test_a_detection_time_that_ran_out_while_we_slept_is_no_proof() -> None:
    session = at(State.UP)
    session.handle(TimerFired(), NOW + 200 * MS)
    assert State.UP is session.state
    session.handle(packet(State.UP), NOW + 201 * MS)
    assert NOW + 251 * MS == until_expired(session, NOW + 201 * MS)


def test_after_such_a_sleep_a_dead_neighbour_is_found_two_intervals_later() -> None:
    session = at(State.UP)
    session.handle(TimerFired(), NOW + 200 * MS)
    assert NOW + 220 * MS == until_expired(session, NOW + 200 * MS)


def test_the_grace_is_given_once_per_silence() -> None:
    session = at(State.UP)
    session.handle(TimerFired(), NOW + 200 * MS)
    session.handle(TimerFired(), NOW + 400 * MS)
    assert State.DOWN is session.state


def test_a_little_lateness_is_none() -> None:
    session = at(State.UP)
    wake(session, NOW + 50 * MS, late_ns=4 * MS)
    assert State.DOWN is session.state


# ---------------------------------------------------------------- taking up after a crash

LEFT = Standing(4711, True, True, THEIRS, 10 * MS, 10 * MS, 5)


def resumed(standing: Standing = LEFT) -> tuple[Session, list[Action]]:
    session = Session(settings(), 42, lambda: 0.0)
    return session, session.handle(Startup(standing), NOW)


def test_what_is_remembered_is_enough_to_go_on_as_if_nothing_had_been() -> None:
    remembered = [
        a.standing
        for a in at(State.UP).handle(packet(State.UP, multiplier=7), NOW)
        if isinstance(a, Remember)
    ]
    assert [Standing(42, True, True, THEIRS, 10 * MS, 10 * MS, 7)] == remembered
    session, actions = resumed(remembered[0])
    (first,) = sent(actions)
    assert (State.UP, 42, THEIRS) == (first.state, first.my_discriminator, first.your_discriminator)
    assert 70 * MS == session.detection_ns
    assert [True] == reported(actions)


def test_nothing_is_remembered_that_is_known_already() -> None:
    session = at(State.UP)
    assert [] == session.handle(packet(State.UP), NOW)
    assert [] == [a for a in session.handle(TimerFired(), NOW + 20 * MS) if isinstance(a, Remember)]


def test_a_neighbour_that_noticed_our_crash_makes_no_broken_path() -> None:
    session, _ = resumed()
    actions = session.handle(packet(State.DOWN, diagnostic=1), NOW + MS)
    assert State.DOWN is session.state
    assert [] == reported(actions)
    session.handle(packet(State.DOWN), NOW + SECOND)
    actions = session.handle(packet(State.UP), NOW + SECOND)
    assert State.UP is session.state
    assert [] == reported(actions)
    assert [False] == reported(session.handle(packet(State.DOWN), NOW + 2 * SECOND))


def test_a_path_that_broke_meanwhile_is_told_when_the_patience_ends() -> None:
    session, _ = resumed()
    told: list[tuple[int, bool]] = []
    now = NOW
    while now < NOW + 10 * SECOND and session.deadline is not None:
        now = session.deadline
        told += [(now, up) for up in reported(session.handle(TimerFired(), now))]
    assert [(NOW + 3 * SECOND, False)] == told


def test_a_session_that_was_down_begins_anew_under_its_old_number() -> None:
    session, actions = resumed(Standing(4711))
    assert (State.DOWN, 4711) == (session.state, session.discriminator)
    assert [False] == reported(actions)


def test_settings_name_the_path() -> None:
    one: SessionSettings = settings(multihop=True)
    assert one.path == settings("B", multihop=True, multiplier=9).path
    assert one.path != settings().path
