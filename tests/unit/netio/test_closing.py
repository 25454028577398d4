"""Sockets whose closing takes its time."""

from __future__ import annotations

import socket
import threading

import pytest

from pykeepalived.netio import closing
from pykeepalived.netio.closing import close_aside


class SlowSocket(socket.socket):
    """Closes when it is let."""

    def __init__(self) -> None:
        super().__init__(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.may_close = threading.Event()
        self.has_closed = threading.Event()

    def close(self) -> None:
        assert self.may_close.wait(10)
        super().close()
        self.has_closed.set()


def test_nobody_waits_for_a_socket_that_takes_its_time_to_close() -> None:
    slow = SlowSocket()
    close_aside(slow)
    assert slow.fileno() >= 0
    slow.may_close.set()
    assert slow.has_closed.wait(10)
    assert slow.fileno() == -1


def test_without_a_thread_it_is_closed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(closing._thread, "start_new_thread", refused)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    close_aside(sock)
    assert sock.fileno() == -1
