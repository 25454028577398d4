"""The event loop of the processes that have to be on time."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator

import pytest

from pykeepalived.daemon import log
from pykeepalived.daemon.realtime_loop import Latch, RealtimeLoop
from pykeepalived.ipc.event_loop import EventLoop


@pytest.fixture
def loop() -> Iterator[RealtimeLoop]:
    loop = RealtimeLoop()
    yield loop
    loop.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


def after(rounds: int) -> Callable[[], bool]:
    """True once that many rounds are over."""
    left = iter(range(rounds))
    return lambda: next(left, None) is None


def test_a_reader_is_called_as_often_as_there_is_something_to_read(
    loop: RealtimeLoop, pair: tuple[socket.socket, socket.socket]
) -> None:
    heard: list[bytes] = []
    loop.add_reader(pair[0], lambda size: heard.append(pair[0].recv(size)), 2)
    pair[1].send(b"abcd")
    loop.run(lambda: b"".join(heard) == b"abcd")
    assert [b"ab", b"cd"] == heard


def test_reader_and_writer_of_one_descriptor_come_and_go_by_themselves(
    loop: RealtimeLoop, pair: tuple[socket.socket, socket.socket]
) -> None:
    calls: list[str] = []
    loop.add_reader(pair[0], calls.append, "read")
    loop.add_writer(pair[0], calls.append, "write")
    pair[1].send(b"x")
    loop.run(after(1))
    assert ["read", "write"] == calls
    assert loop.remove_writer(pair[0])
    assert not loop.remove_writer(pair[0])
    loop.run(after(1))
    assert ["read", "write", "read"] == calls
    assert loop.remove_reader(pair[0])
    assert not loop.remove_reader(pair[0].fileno())


def test_who_was_removed_is_not_called_although_it_was_ready(loop: RealtimeLoop) -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    calls: list[int] = []

    def only_me(me: int) -> None:
        calls.append(me)
        for ours, _ in pairs:
            loop.remove_reader(ours)

    for number, (ours, theirs) in enumerate(pairs):
        loop.add_reader(ours, only_me, number)
        theirs.send(b"x")
    loop.run(after(1))
    assert 1 == len(calls)
    for one in (*pairs[0], *pairs[1]):
        one.close()


def test_a_number_that_was_closed_unremoved_can_be_watched_again(loop: RealtimeLoop) -> None:
    first, second = socket.socketpair()
    loop.add_reader(first, lambda: None)
    number = first.fileno()
    third, fourth = socket.socketpair()
    os.dup2(third.fileno(), number)  # closes what was there
    heard: list[bytes] = []
    loop.add_reader(number, lambda: heard.append(os.read(number, 10)))
    fourth.send(b"new")
    loop.run(lambda: bool(heard))
    assert [b"new"] == heard
    for one in (first, second, third, fourth):
        one.close()


def test_an_end_that_hangs_up_is_told_to_the_reader(
    loop: RealtimeLoop, pair: tuple[socket.socket, socket.socket]
) -> None:
    heard: list[bytes] = []
    loop.add_reader(pair[0], lambda: heard.append(pair[0].recv(10)))
    pair[1].close()
    loop.run(lambda: bool(heard))
    assert [b""] == heard


def test_soon_is_the_next_round_and_not_this_one(loop: RealtimeLoop) -> None:
    order: list[str] = []

    def first() -> None:
        order.append("first")
        loop.call_soon(order.append, "later")

    loop.call_soon(first)
    loop.call_soon(order.append, "second")
    loop.run(after(1))
    assert ["first", "second"] == order
    loop.run(after(1))
    assert ["first", "second", "later"] == order


def test_a_callback_that_fails_is_logged_and_hinders_no_other(loop: RealtimeLoop) -> None:
    lines: list[tuple[str, str, str]] = []
    log.configure(lambda level, text, fields: lines.append((level, text, fields["exception"])), plain=True)
    try:
        ended = Latch()

        def fails() -> None:
            raise ValueError("of mine")

        loop.call_soon(fails)
        loop.call_soon(ended.set)
        loop.run(ended.is_set)
    finally:
        log.configure(None)
    assert [("error", True, True)] == [
        (level, "fails failed; this is a bug" in text, "of mine" in trace) for level, text, trace in lines
    ]


def test_a_signal_ends_the_wait(loop: RealtimeLoop) -> None:
    heard: list[str] = []
    loop.add_signal_handler(signal.SIGUSR1, heard.append, "usr1")
    loop.call_soon(os.kill, os.getpid(), signal.SIGUSR1)
    loop.run(lambda: bool(heard))
    assert ["usr1"] == heard


def test_a_regular_file_cannot_be_waited_for(loop: RealtimeLoop) -> None:
    with open(__file__, "rb") as file, pytest.raises(PermissionError):
        loop.add_reader(file, lambda: None)


@pytest.mark.parametrize("make", [RealtimeLoop, asyncio.new_event_loop])
def test_asyncios_loop_is_one_too(make: Callable[[], RealtimeLoop | asyncio.AbstractEventLoop]) -> None:
    loop: EventLoop = make()  # mypy: both are what the daemon's modules ask for
    one, other = socket.socketpair()
    loop.add_reader(one, lambda: None)
    assert loop.remove_reader(one)
    assert not loop.remove_reader(one)
    one.close()
    other.close()
    loop.close()  # type: ignore[attr-defined]
