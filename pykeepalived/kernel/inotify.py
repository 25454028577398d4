"""Changes of files in folders, as the kernel's inotify tells them (inotify(7))."""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass

IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_DELETE = 0x8, 0x40, 0x80, 0x200
IN_IGNORED, IN_Q_OVERFLOW, IN_ISDIR = 0x8000, 0x4000, 0x40000000

_WATCHED = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE
_EVENT = struct.Struct("=iIII")
_READ_BYTES = 64 * 1024

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class FileEvent:
    """Something happened to ``name`` in the watched folder ``watch``: it has a (new) content or is gone."""

    watch: int
    name: str
    gone: bool


class Inotify:
    """One inotify descriptor.  The folders are watched, not the files: those come and go."""

    def __init__(self) -> None:
        """OSError when the host's limit of inotify instances is reached."""
        self._fd: int = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise _error("inotify")

    def fileno(self) -> int:
        return self._fd

    def watch(self, folder: str) -> int:
        """Number of the watch, one per folder however often it is asked for; OSError when it cannot be."""
        number: int = _libc.inotify_add_watch(self._fd, os.fsencode(folder), _WATCHED)
        if number < 0:
            raise _error(folder)
        return number

    def read(self) -> tuple[list[FileEvent], bool]:
        """What happened since the last call, and whether events were lost or a folder is gone."""
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return [], False
        events: list[FileEvent] = []
        lost = False
        at = 0
        while at + _EVENT.size <= len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size
            name = os.fsdecode(data[at : at + length].rstrip(b"\0"))
            at += length
            if mask & (IN_Q_OVERFLOW | IN_IGNORED):
                lost = True
            elif not mask & IN_ISDIR:
                events.append(FileEvent(watch, name, bool(mask & (IN_MOVED_FROM | IN_DELETE))))
        return events, lost

    def close(self) -> None:
        os.close(self._fd)


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)
