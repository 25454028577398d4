"""Tracked files: read at the start and whenever the kernel says that one was written, moved or removed.

In the notifier process, because a file may lie on a disk that does not answer.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from pykeepalived.daemon.log import get_logger
from pykeepalived.kernel.inotify import Inotify
from pykeepalived.tracking.files import READ_LIMIT, number_in
from pykeepalived.tracking.settings import FileSettings

RETRY_SECONDS = 1.0
"""Between attempts to watch a folder that is not there (any more)."""

log = get_logger()

ReportNumber = Callable[[str, int], None]
"""``report(name, number)``."""


class FileWatch:
    """Reports the number of each tracked file, first at once and then whenever it may have changed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, report: ReportNumber) -> None:
        self._loop = loop
        self._report = report
        self._files: dict[str, FileSettings] = {}
        self._places: dict[tuple[int, str], list[str]] = {}
        self._paths: dict[str, Path] = {}
        self._inotify: Inotify | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._told: set[str] = set()

    def configure(self, files: Iterable[FileSettings]) -> None:
        """Watch these files from now on; their numbers are reported before this returns."""
        self._files = {file.name: file for file in files}
        self._begin()

    def close(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._inotify is not None:
            self._loop.remove_reader(self._inotify.fileno())
            self._inotify.close()
            self._inotify = None

    def _begin(self) -> None:
        """Watch first and read then: what is written in between is read twice, never missed."""
        self.close()
        self._places, self._paths = {}, {}
        if not self._files:
            return
        try:
            self._inotify = Inotify()
        except OSError as problem:
            self._say_once("", f"track_file: cannot watch any file: {problem.strerror}")
            self._later()
        else:
            self._loop.add_reader(self._inotify.fileno(), self._readable)
        for name, file in self._files.items():
            path = self._paths[name] = _resolved(file.path)
            if self._inotify is not None:
                try:
                    watch = self._inotify.watch(str(path.parent))
                except OSError as problem:
                    self._say_once(name, f"track_file {name}: cannot watch {path.parent}: {problem.strerror}")
                    self._later()
                else:
                    self._told.discard(name)
                    self._places.setdefault((watch, path.name), []).append(name)
            self._read(name)

    def _later(self) -> None:
        if self._retry is None:
            self._retry = self._loop.call_later(RETRY_SECONDS, self._begin)

    def _say_once(self, name: str, text: str) -> None:
        if name not in self._told:
            self._told.add(name)
            log.warning(text)

    def _readable(self) -> None:
        assert self._inotify is not None
        events, lost = self._inotify.read()
        if lost:
            # Too many at once, or a folder is gone: look at everything anew.
            self._begin()
            return
        for event in events:
            for name in self._places.get((event.watch, event.name), ()):
                if event.gone:
                    self._report(name, 0)
                else:
                    self._read(name)

    def _read(self, name: str) -> None:
        path = self._paths[name]
        number = number_in(_content(path))
        if number is None:
            log.warning(f"track_file {name}: the number in {path} is out of range; the last one counts")
        else:
            self._report(name, number)


def _resolved(path: str) -> Path:
    """The file itself, or where it will appear: symbolic links are followed once, as in keepalived."""
    given = Path(path)
    if given.exists():
        return Path(os.path.realpath(given))
    return Path(os.path.realpath(given.parent)) / given.name


def _content(path: Path) -> bytes | None:
    """The beginning of a file; None when it cannot be read.  Never waits, whatever the file is."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(fd, READ_LIMIT)
    except OSError:
        return None
    finally:
        os.close(fd)


def initialise(files: Iterable[FileSettings], umask: int) -> list[str]:
    """``init_file``: write first numbers, at a start and never at a reload; sentences about what failed."""
    problems = []
    for file in files:
        if file.initial is None:
            continue
        path = Path(file.path)
        try:
            kind = path.stat().st_mode
        except FileNotFoundError:
            pass
        except OSError as problem:
            problems.append(f"track_file {file.name}: cannot initialise {path}: {problem.strerror}")
            continue
        else:
            if not file.overwrite:
                continue
            if not stat.S_ISREG(kind):
                problems.append(f"track_file {file.name}: cannot initialise {path}: it is no regular file")
                continue
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            fd = os.open(path, flags, 0o666 & ~umask)
            try:
                os.write(fd, f"{file.initial}\n".encode())
            finally:
                os.close(fd)
        except OSError as problem:
            problems.append(f"track_file {file.name}: cannot initialise {path}: {problem.strerror}")
    return problems
