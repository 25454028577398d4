"""A descriptor that becomes readable when a child process has ended."""

from __future__ import annotations

import contextlib
import errno
import os

_UNKNOWN_TO_THE_KERNEL = frozenset({errno.ENOSYS, errno.EPERM})
"""Before Linux 5.3; EPERM is what older container engines answer for calls that they do not know."""


def open_end(pid: int) -> int:
    """A descriptor that is readable from the end of our child ``pid`` on, to be closed by the caller.

    The child is still there to be waited for.  A pidfd; where there is none, a pipe into which a thread
    writes that waits for nothing else.
    """
    try:
        return os.pidfd_open(pid)
    except OSError as problem:
        if problem.errno not in _UNKNOWN_TO_THE_KERNEL:
            raise
    import threading

    reader, writer = os.pipe()
    threading.Thread(target=_tell_end, args=(pid, writer), name=f"end of {pid}", daemon=True).start()
    return reader


def _tell_end(pid: int, writer: int) -> None:
    # Nobody to wait for: somebody has done it.  Nobody who reads: it is not wanted any more.
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with contextlib.suppress(OSError):
        os.write(writer, b"\0")  # and not just its end, which processes forked meanwhile hold open
    os.close(writer)
