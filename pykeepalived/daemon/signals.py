"""Signals as events of a loop, none of them lost from the first moment on.

``hold`` blocks what operators send before the slow part of a start; a signal that comes meanwhile waits in
the kernel.  :class:`SignalReader` lets them in and turns each into a number that a selector can wait for.
Children are forked with everything held; each lets in what it handles (``ipc.channels`` does that).
"""

from __future__ import annotations

import contextlib
import os
import signal

from pykeepalived.daemon.signalnames import SIGNALS

HANDLED = frozenset({int(signal.SIGINT), *(int(number) for number in SIGNALS.values())})
"""What the supervisor acts on."""


def hold() -> None:
    """Let these signals wait until a SignalReader exists."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)


def release() -> None:
    """Let waiting signals in."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


def default_in_child() -> None:
    """After a fork: signals that are the supervisor's business do nothing here; SIGTERM stays held."""
    signal.set_wakeup_fd(-1)
    for number in HANDLED:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED - {int(signal.SIGTERM)})


class SignalReader:
    """A descriptor that becomes readable when a signal has come."""

    def __init__(self, ignore: frozenset[int] = frozenset()) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in HANDLED:
            # Python writes the number to the descriptor by itself; the handler has nothing to do.
            signal.signal(number, signal.SIG_IGN if number in ignore else lambda *_: None)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        release()

    def fileno(self) -> int:
        return self._read

    def read(self) -> list[int]:
        """The numbers of the signals that have come, in order; each kind once."""
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._read, 4096)
        return list(dict.fromkeys(data))

    def close_in_child(self) -> None:
        """Forget the descriptors of the supervisor."""
        os.close(self._read)
        os.close(self._write)
