"""Where log lines go, without ever waiting for whoever reads them.

keepalived stops sending advertisements when its standard output is a full pipe or nobody reads /dev/log.
Here every sink writes with a descriptor that does not block, keeps a bounded number of lines for a slow
reader, then drops the oldest, counts them, and says how many were lost as soon as the reader is back.

A regular file is the exception, for which the kernel has no way to write without waiting: see
:mod:`pykeepalived.daemon.logfile`.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import stat
import time
from collections import deque

from pykeepalived.ipc.event_loop import EventLoop

MAX_QUEUED = 1000
"""Lines kept per sink for a slow reader."""
RECONNECT_AFTER_NS = 1_000_000_000
"""How long a missing /dev/log is left alone."""
HELD_LINES = 200
"""In a burst: how many lines wait for one write."""
DEV_LOG = "/dev/log"


class Sink:
    """A bounded queue before something that may not take a line now.

    ``_write`` sends one line and returns what could not be sent of it (empty: all of it), or None when
    nothing could.
    """

    def __init__(self, limit: int = MAX_QUEUED) -> None:
        self._queue: deque[bytes] = deque()
        self._limit = limit
        self.held = False
        """Whether lines may wait for others: a burst of them is coming."""
        self.dropped = 0
        self._unreported = 0
        self._loop: EventLoop | None = None
        self._watched = -1

    @property
    def pending(self) -> bool:
        """Whether lines wait."""
        return bool(self._queue)

    def fileno(self) -> int:
        """Becomes writable when the reader is back; -1 when there is nothing to watch."""
        return -1

    def put(self, line: bytes) -> None:
        """Write now, or keep for later."""
        if len(self._queue) >= self._limit:
            # The head may have left in part; dropping it would join two halves.
            del self._queue[1 if len(self._queue) > 1 else 0]
            self.dropped += 1
            self._unreported += 1
        self._queue.append(line)
        if not self.held or len(self._queue) >= HELD_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what the reader takes now."""
        while self._queue:
            rest = self._write(self._queue[0])
            if rest is None:
                break
            if rest:
                self._queue[0] = rest
                break
            self._queue.popleft()
            if self._unreported and not self._queue:
                lost, self._unreported = self._unreported, 0
                self._queue.append(self.notice(f"{lost} log messages dropped: nobody read them in time"))
        self._watch()

    def notice(self, text: str) -> bytes:
        """A line of the sink's own, in its own format."""
        return f"{text}\n".encode()

    def attach(self, loop: EventLoop) -> None:
        """Flush from this loop as soon as the reader is back."""
        self._loop = loop
        self._watch()

    def close(self) -> None:
        """Give the descriptor back.  What still waits is lost."""

    def _write(self, line: bytes) -> bytes | None:
        raise NotImplementedError

    def _watch(self) -> None:
        wanted = self.fileno() if self.pending else -1
        if self._loop is None or wanted == self._watched:
            return
        # A loop may be closed already: the next line tries again.
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            if self._watched >= 0:
                self._loop.remove_writer(self._watched)
            self._watched = -1
            if wanted >= 0:
                self._loop.add_writer(wanted, self.flush)
                self._watched = wanted


class DescriptorSink(Sink):
    """Standard output or standard error: a pipe, a terminal, a socket."""

    def __init__(self, fd: int, limit: int = MAX_QUEUED) -> None:
        super().__init__(limit)
        self._fd = fd
        self._own = False
        self._kind = stat.S_IFMT(os.fstat(fd).st_mode)
        if self._kind in (stat.S_IFIFO, stat.S_IFCHR):
            # O_NONBLOCK belongs to the open file that the terminal or pipe shares with its other users, so
            # it must not be set there: open the same pipe once more for ourselves.
            with contextlib.suppress(OSError):
                self._fd = os.open(
                    f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
                )
                self._own = True

    def fileno(self) -> int:
        return self._fd

    def close(self) -> None:
        if self._own:
            os.close(self._fd)

    def _write(self, line: bytes) -> bytes | None:
        try:
            if self._kind == stat.S_IFSOCK:
                with socket.socket(fileno=os.dup(self._fd)) as sock:
                    return line[sock.send(line, socket.MSG_DONTWAIT) :]
            if not self._own and not self._ready():
                return None
            return line[os.write(self._fd, line) :]
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            # The reader is gone for good (EPIPE): nobody can be told here.
            self.dropped += 1
            return b""

    def _ready(self) -> bool:
        poller = select.poll()
        poller.register(self._fd, select.POLLOUT)
        return bool(poller.poll(0))


class SyslogSink(Sink):
    """The local syslog socket (or the journal's)."""

    def __init__(self, path: str = DEV_LOG, limit: int = MAX_QUEUED) -> None:
        super().__init__(limit)
        self._path = path
        self._socket: socket.socket | None = None
        self._retry_at = 0
        self.prefix = ""

    def fileno(self) -> int:
        return self._socket.fileno() if self._socket is not None else -1

    def notice(self, text: str) -> bytes:
        return f"{self.prefix}{text}".encode()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _write(self, line: bytes) -> bytes | None:
        for _ in range(2):
            if self._socket is None and not self._connect():
                return None
            assert self._socket is not None
            try:
                self._socket.send(line)
                return b""
            except (BlockingIOError, InterruptedError):
                return None
            except OSError:
                self._watch_nothing()
                self.close()  # syslogd was restarted: connect anew, once
        return None

    def _watch_nothing(self) -> None:
        if self._loop is not None and self._watched >= 0:
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                self._loop.remove_writer(self._watched)
            self._watched = -1

    def _connect(self) -> bool:
        now = time.monotonic_ns()
        if now < self._retry_at:
            return False
        self._retry_at = now + RECONNECT_AFTER_NS
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.setblocking(False)
        try:
            sock.connect(self._path)
        except OSError:
            sock.close()
            return False
        self._socket, self._retry_at = sock, 0
        return True
