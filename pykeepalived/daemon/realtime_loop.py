"""The event loop of the processes that have to be on time.

epoll and callbacks, nothing else: asyncio's loop makes several objects for each callback and, with its tasks,
transports and TLS, takes longer to import than the routers do.  Deadlines are no matter of the loop (see
:mod:`pykeepalived.daemon.loop`).
"""

from __future__ import annotations

import collections
import contextlib
import select
import signal
import socket
from collections.abc import Callable
from typing import Any

from pykeepalived.daemon.log import get_logger

log = get_logger()

_READ = select.EPOLLIN
_WRITE = select.EPOLLOUT
_BROKEN = select.EPOLLERR | select.EPOLLHUP
"""The kernel tells these unasked; reading or writing finds out what they mean."""

_Call = tuple[Callable[..., Any], tuple[Any, ...]]


class Latch:
    """Set once, for good."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        self._set = True

    def is_set(self) -> bool:
        return self._set


class RealtimeLoop:
    """Calls whoever waits for a descriptor or a signal, in one thread, one at a time.

    A callback that fails is logged and hinders no other.  A callback may add and remove any, itself included;
    what was removed is not called any more, even if it was ready at the same time.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._waiting: tuple[dict[int, _Call], dict[int, _Call]] = ({}, {})
        """By descriptor: who waits to read, and who waits to write."""
        self._soon: collections.deque[_Call] = collections.deque()
        self._signals: dict[int, _Call] = {}
        self._wakeup: tuple[socket.socket, socket.socket] | None = None

    def run(self, until: Callable[[], bool]) -> None:
        """Wait and call until ``until`` says so; asked after each round of calls."""
        poll, soon = self._epoll.poll, self._soon
        readers, writers = self._waiting
        while not until():
            ready = poll(0 if soon else None)
            for _ in range(len(soon)):  # not those that they add
                self._call(soon.popleft())
            for fd, events in ready:
                if events & ~_WRITE and (call := readers.get(fd)) is not None:
                    self._call(call)
                if events & ~_READ and (call := writers.get(fd)) is not None:
                    self._call(call)

    def close(self) -> None:
        """Give back everything of the loop's own; the descriptors that it watched stay open."""
        for number in self._signals:
            signal.signal(number, signal.SIG_DFL)
        if self._wakeup is not None:
            signal.set_wakeup_fd(-1)
            for end in self._wakeup:
                end.close()
        self._epoll.close()

    def add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:
        """Call when ``fd`` can be read; OSError when it cannot be waited for, as a regular file."""
        self._add(0, fd, (callback, args))

    def remove_reader(self, fd: Any) -> bool:
        """Whether there was one."""
        return self._remove(0, fd)

    def add_writer(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:
        """Call when ``fd`` can be written; OSError when it cannot be waited for."""
        self._add(1, fd, (callback, args))

    def remove_writer(self, fd: Any) -> bool:
        """Whether there was one."""
        return self._remove(1, fd)

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call in the next round, before descriptors."""
        self._soon.append((callback, args))

    def add_signal_handler(self, sig: int, callback: Callable[..., Any], *args: Any) -> None:
        """Call in the round after the signal came.  ValueError outside of the main thread."""
        if self._wakeup is None:
            ours, theirs = socket.socketpair()
            for end in (ours, theirs):
                end.setblocking(False)
            try:
                signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
            except ValueError:
                ours.close()
                theirs.close()
                raise
            self._wakeup = ours, theirs
            self.add_reader(ours, self._signalled, ours)
        self._signals[sig] = callback, args
        signal.signal(sig, _noted)
        signal.siginterrupt(sig, False)

    def _signalled(self, numbers: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            for number in numbers.recv(4096):
                if number in self._signals:
                    self._call(self._signals[number])

    @staticmethod
    def _call(call: _Call) -> None:
        callback, args = call
        try:
            callback(*args)
        except Exception:
            log.exception(f"{getattr(callback, '__qualname__', callback)} failed; this is a bug")

    def _add(self, side: int, fd: Any, call: _Call) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        before = self._events(number)
        added = before | (_WRITE if side else _READ)
        try:
            if before:
                self._epoll.modify(number, added)
            else:
                self._epoll.register(number, added)
        except FileNotFoundError:  # closed before it was removed, and the number is another's now
            self._epoll.register(number, added)
        self._waiting[side][number] = call

    def _remove(self, side: int, fd: Any) -> bool:
        number = fd if isinstance(fd, int) else fd.fileno()
        if self._waiting[side].pop(number, None) is None:
            return False
        left = self._events(number)
        # One that was closed before has left the kernel's list by itself.
        with contextlib.suppress(OSError):
            if left:
                self._epoll.modify(number, left)
            else:
                self._epoll.unregister(number)
        return True

    def _events(self, number: int) -> int:
        readers, writers = self._waiting
        return (_READ if number in readers else 0) | (_WRITE if number in writers else 0)


def _noted(_number: int, _frame: object) -> None:
    """The wake-up descriptor has the number."""
