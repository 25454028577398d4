"""A log in a regular file, written by a thread of its own once the process has a loop.

The kernel cannot write a file without waiting, and a disk may not answer for a long time: what calls
``put`` must not wait for it. As with every sink a bounded number of lines waits, then the oldest are dropped,
counted and reported. Where processes are forked there is no thread: see :data:`THREADED`.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from pykeepalived.daemon.logsinks import MAX_QUEUED, Sink
from pykeepalived.ipc.event_loop import EventLoop
from pykeepalived.ipc.messages import Process

THREADED = frozenset({Process.VRRP, Process.BFD, Process.CHECKER})
"""Processes that something depends on in time, and that never fork."""
STACK_BYTES = 128 << 10
"""Enough for one loop, and all of it may be locked in memory."""
LAST_LINES_S = 0.2
"""So long the end of a process waits for its last lines."""


class FileSink(Sink):
    """A file that is open already. ``threaded``: from ``attach`` on a thread writes it."""

    def __init__(self, fd: int, *, threaded: bool, limit: int = MAX_QUEUED) -> None:
        super().__init__(limit)
        self._fd = fd
        self._threaded = threaded
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._busy = False
        self._ending = False

    def put(self, line: bytes) -> None:
        """Keep it for the thread; without one write it."""
        if self._thread is None:
            super().put(line)
            return
        with self._changed:
            if len(self._queue) >= self._limit:
                self._queue.popleft()
                self._lost(1)
            self._queue.append(line)
            if not self.held:
                self._changed.notify()

    def attach(self, loop: EventLoop) -> None:
        """This process forks no more: a thread may write from now on."""
        if self._threaded and self._thread is None:
            before = threading.stack_size(STACK_BYTES)
            try:
                self._thread = threading.Thread(target=self._write_on, name="log file", daemon=True)
                self._thread.start()
            finally:
                threading.stack_size(before)

    def flush(self) -> None:
        """Let what waits be written; with a thread wait for it, but not for a disk that does not answer."""
        if self._thread is None:
            while self._queue:
                self._write_down()
            return
        deadline = time.monotonic() + LAST_LINES_S
        with self._changed:
            self._changed.notify()
            while (self._queue or self._busy) and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)

    def close(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify()

    def _write_on(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify()
                while not self._queue:
                    if self._ending:
                        return
                    self._changed.wait()
                self._busy = True
            self._write_down()

    def _write_down(self) -> None:
        """All that waits, in one call."""
        with self._changed:
            lines, reported = list(self._queue), self._unreported
            self._queue.clear()
        if reported:
            lines.append(self.notice(f"{reported} log messages dropped: the file took none"))
        data = b"".join(lines)
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            with self._changed:
                self._lost(len(lines) - bool(reported))  # the disk is full: told as soon as it is not
        else:
            with self._changed:
                self._unreported -= reported

    def _lost(self, count: int) -> None:
        self.dropped += count
        self._unreported += count


def open_log_file(path: str, suffix: str, *, threaded: bool = False) -> FileSink:
    """The file of -g; ``suffix`` (``_vrrp``) goes before the last dot of its name, as in keepalived."""
    whole = Path(path)
    name = whole.with_name(f"{whole.stem}{suffix}{whole.suffix}")
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    return FileSink(fd, threaded=threaded)
