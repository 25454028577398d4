"""Signals as events of a loop, none of them lost from the first moment on.

``hold`` blocks what operators send before the slow part of a start; a signal that comes meanwhile waits in
the kernel.  :class:`SignalReader` lets them in and turns each into a number that a selector can wait for.
Children are forked with everything held; each lets in what it handles (``ipc.channels`` does that).
"""

from __future__ import annotations

import contextlib
import signal
import socket

from pykeepalived.daemon.signalnames import SIGNALS

HANDLED = frozenset({int(signal.SIGINT), *(int(number) for number in SIGNALS.values())})
"""What the supervisor acts on."""

ENDING = frozenset({int(signal.SIGTERM), int(signal.SIGINT)})
"""What makes it stop."""


def hold() -> None:
    """Let these signals wait until a SignalReader exists."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)


def release() -> None:
    """Let waiting signals in."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


def do_nothing(_number: int, _frame: object) -> None:
    """The handler of a signal that is not for us.

    Never SIG_IGN: the programs that we start would inherit it, and a shell cannot undo that.
    """


def default_in_child() -> None:
    """After a fork: signals that are the supervisor's business do nothing here; SIGTERM stays held."""
    signal.set_wakeup_fd(-1)
    for number in HANDLED:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else do_nothing)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED - {int(signal.SIGTERM)})


class SignalReader:
    """A descriptor that becomes readable when a signal has come."""

    def __init__(self, ignore: frozenset[int] = frozenset()) -> None:
        # A socket and no pipe: a child may look at what is in it without taking it away.
        self.socket, self._write = socket.socketpair()
        self.socket.setblocking(False)
        self._write.setblocking(False)
        signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        for number in HANDLED:
            # Python writes the number to the descriptor by itself; the handler has nothing to do.
            signal.signal(number, signal.SIG_IGN if number in ignore else do_nothing)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        release()

    def fileno(self) -> int:
        return self.socket.fileno()

    def read(self) -> list[int]:
        """The numbers of the signals that have come, in order; each kind once.

        What ends the daemon stays readable, so that a child that overhears it cannot come too late.
        """
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = self.socket.recv(4096, socket.MSG_PEEK)
            if not ENDING.intersection(data):
                data = self.socket.recv(len(data))
        return list(dict.fromkeys(data))

    def close_in_child(self) -> None:
        """Forget the descriptors of the supervisor."""
        self.socket.close()
        self._write.close()

    def overhear_in_child(self) -> None:
        """Keep only the end that tells of the supervisor's signals."""
        self._write.close()
