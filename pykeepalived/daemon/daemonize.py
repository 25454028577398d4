"""Into the background, with an honest exit status for whoever started us.

keepalived's parent returns 0 before it knows whether the daemon can run.  Here it waits until the daemon says
that its pid file is written, or why not.
"""

from __future__ import annotations

import os
import select
import sys


class Caller:
    """Whoever started us: told once how the start went."""

    def __init__(self, fd: int | None, *, reads_the_log: bool = False) -> None:
        self._fd = fd
        self._reads_the_log = reads_the_log

    def succeeded(self) -> None:
        """The daemon runs."""
        self._tell(b"\0")

    def failed(self, status: int, message: str) -> None:
        """The daemon does not run; ``message`` goes to standard error."""
        if self._fd is None and not self._reads_the_log:
            print(message, file=sys.stderr)
        self._tell(bytes([status & 0xFF]) + message.encode(errors="replace"))

    def close_in_child(self) -> None:
        """Not a child's business."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _tell(self, data: bytes) -> None:
        if self._fd is not None:
            os.write(self._fd, data[: select.PIPE_BUF])  # in one piece, so that one read gets it
            self.close_in_child()


def foreground(*, log_on_console: bool = False) -> Caller:
    """-n: the caller is still there.  What the log says on the same terminal or file is not said again."""
    return Caller(None, reads_the_log=log_on_console and _one_console())


def _one_console() -> bool:
    """Whether standard output and standard error go to the same place."""
    try:
        out, error = os.fstat(1), os.fstat(2)
    except OSError:
        return False
    return (out.st_dev, out.st_ino) == (error.st_dev, error.st_ino)


def background() -> Caller:
    """Leave the terminal.  Returns in the daemon only; the original process exits with its report."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork() != 0:
        os.close(writer)
        _exit_as_told(reader)
    os.close(reader)
    os.setsid()
    if os.fork() != 0:
        os._exit(0)  # not a session leader: never gets a controlling terminal
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    if null > 2:
        os.close(null)
    return Caller(writer)


def _exit_as_told(reader: int) -> None:
    data = os.read(reader, select.PIPE_BUF)
    if not data:
        print("the daemon ended during its start", file=sys.stderr)
        os._exit(1)
    if data[0] != 0:
        print(data[1:].decode(errors="replace"), file=sys.stderr)
        sys.stderr.flush()
    os._exit(data[0])
