"""Notification FIFOs: made when absent, written without waiting, lines lost when nobody reads.

A FIFO that existed before is left behind at stop; one that was made here is removed.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.notify.plan import FifoSettings

MODE = 0o600


class FifoError(PykeepalivedError):
    """A FIFO cannot be made or opened; the message says which and why."""


class NotifyFifo:
    """One open FIFO."""

    def __init__(self, settings: FifoSettings, *, ours: bool = False) -> None:
        """Make and open it; FifoError when that is impossible.

        ``ours``: it was made by this process before a reload; afterwards, whether ``close`` may remove it.
        """
        self.settings = settings
        self.lost = 0
        self._path = Path(settings.path)
        self.ours = self._make() or ours
        try:
            # Open for reading too: writing then works before a reader came and after it left.
            self._fd = os.open(settings.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as problem:
            raise FifoError(f"cannot open FIFO {settings.path}: {problem.strerror}") from problem
        if not stat.S_ISFIFO(os.fstat(self._fd).st_mode):
            # Exchanged since it was looked at: nobody's file is written to.
            os.close(self._fd)
            raise FifoError(f"cannot use FIFO {settings.path}: it is no FIFO any more")

    def write(self, text: str) -> None:
        """One line; lost (and counted) when the FIFO is full."""
        try:
            os.write(self._fd, text.encode(errors="surrogateescape"))
        except OSError:
            self.lost += 1

    def close(self, *, remove: bool) -> None:
        """Close it; with ``remove`` also take away what was made here."""
        os.close(self._fd)
        if remove and self.ours:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _make(self) -> bool:
        path = self._path
        mode: int | None = None
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            pass
        except OSError as problem:
            raise FifoError(f"cannot use FIFO {path}: {problem.strerror}") from problem
        if mode is not None:
            if not stat.S_ISFIFO(mode):
                raise FifoError(f"cannot use FIFO {path}: it exists and is no FIFO")
            return False
        try:
            os.mkfifo(path, MODE)
            path.chmod(MODE)
            os.chown(path, self.settings.user.uid, self.settings.user.gid)
        except OSError as problem:
            raise FifoError(f"cannot make FIFO {path}: {problem.strerror}") from problem
        return True
