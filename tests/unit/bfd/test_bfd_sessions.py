"""All sessions of a process: discriminators, and what a reload does to each."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from pykeepalived.bfd.actions import SendPacket
from pykeepalived.bfd.events import PacketReceived, Standing
from pykeepalived.bfd.sessions import Sessions, Step
from pykeepalived.bfd.states import State
from tests.support.bfd_play import MS, SECOND, settings

NOW = 100 * SECOND


def numbers(*values: int) -> Iterator[int]:
    yield from values
    raise AssertionError("more numbers were drawn than needed")


def sessions(*drawn: int) -> Sessions:
    source = numbers(*drawn)
    return Sessions(lambda: 0.0, lambda: next(source))


def packets(steps: list[Step]) -> list[tuple[str, State]]:
    return [(one.settings.name, action.state) for one, action in steps if isinstance(action, SendPacket)]


def come_up(all_of_them: Sessions, name: str) -> None:
    session = all_of_them.get(name)
    assert session is not None
    for state, final in ((State.DOWN, False), (State.UP, False), (State.UP, True)):
        session.handle(PacketReceived(9, state, 0, 5, 10 * MS, 10 * MS, final=final), NOW)
    assert State.UP is session.state


def test_no_discriminator_is_zero_or_given_twice() -> None:
    known = sessions(5, 0, 5, 6)
    known.configure([settings("A"), settings("B", neighbor=IPv4Address("192.0.2.3"))], NOW)
    assert [5, 6] == [session.discriminator for session in known]


def test_a_reload_that_changes_nothing_does_nothing() -> None:
    known = sessions(1, 2)
    wanted = [settings("A"), settings("B", neighbor=IPv4Address("192.0.2.3"))]
    known.configure(wanted, NOW)
    come_up(known, "A")
    before = list(known)
    assert [] == known.configure(wanted, NOW)
    assert before == list(known)


def test_new_timers_reach_a_session_by_a_poll_and_it_stays_up() -> None:
    known = sessions(1)
    known.configure([settings("A")], NOW)
    come_up(known, "A")
    steps = known.configure([settings("A", desired_min_tx_ns=50 * MS)], NOW + SECOND)
    assert [True] == [action.poll for _, action in steps if isinstance(action, SendPacket)]
    assert [("A", State.UP)] == packets(steps)


def test_a_session_that_is_gone_says_farewell() -> None:
    known = sessions(1)
    known.configure([settings("A")], NOW)
    come_up(known, "A")
    assert [("A", State.ADMIN_DOWN)] == packets(known.configure([], NOW))
    assert 0 == len(known)


def test_another_neighbour_is_another_session_even_under_the_same_name() -> None:
    known = sessions(1, 2)
    known.configure([settings("A")], NOW)
    come_up(known, "A")
    steps = known.configure([settings("A", neighbor=IPv4Address("192.0.2.9"))], NOW)
    assert [("A", State.ADMIN_DOWN), ("A", State.DOWN)] == packets(steps)
    assert [2] == [session.discriminator for session in known]


def test_order_and_membership_follow_the_file() -> None:
    known = sessions(1, 2)
    a, b = settings("A"), settings("B", neighbor=IPv4Address("192.0.2.3"))
    known.configure([a, b], NOW)
    known.configure([b, a], NOW)
    assert ["B", "A"] == [session.settings.name for session in known]
    assert known.get("A") in known


def test_sessions_of_a_process_that_died_are_taken_up() -> None:
    known = sessions(2)
    left = Standing(4711, True, True, 9, 10 * MS, 10 * MS, 5)
    wanted = [settings("A"), settings("B", neighbor=IPv4Address("192.0.2.3"))]
    assert [("A", State.UP), ("B", State.DOWN)] == packets(known.configure(wanted, NOW, {"A": left}))
    assert [4711, 2] == [session.discriminator for session in known]


def test_a_remembered_number_that_is_taken_is_not_used() -> None:
    known = sessions(7, 8)
    left = Standing(7, True, True, 9, 10 * MS, 10 * MS, 5)
    wanted = [settings("A"), settings("B", neighbor=IPv4Address("192.0.2.3"))]
    known.configure(wanted, NOW, {"B": left})
    assert [7, 8] == [session.discriminator for session in known]


def test_a_stop_says_farewell_to_everyone() -> None:
    known = sessions(1, 2)
    known.configure([settings("A"), settings("B", neighbor=IPv4Address("192.0.2.3"))], NOW)
    assert [("A", State.ADMIN_DOWN), ("B", State.ADMIN_DOWN)] == packets(known.stop(NOW))
