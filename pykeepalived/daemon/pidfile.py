"""Pid files: where they stand, who owns them, and never half a file.

A file is written under another name and renamed, so that a reader finds a whole number or nothing.  The
supervisor also keeps a lock (flock) on its file for as long as it lives: that is how a second start tells a
running daemon from a stale file, even when its number was given to another process since.  A real
keepalived holds no lock; it is recognised by the name of the process.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from pykeepalived.base.errors import PykeepalivedError

RUN_DIRECTORY = Path("/run")
MODE = 0o644
_ATTEMPTS = 5


class PidFileError(PykeepalivedError):
    """The pid file cannot be made; the message says which and why."""


class AlreadyRunningError(PidFileError):
    """Another daemon owns this pid file."""


@dataclass(frozen=True, slots=True)
class PidPaths:
    """Where each process leaves its number."""

    supervisor: Path
    vrrp: Path
    checker: Path
    bfd: Path


def default_paths(
    instance: str | None = None, namespace: str | None = None, run_directory: Path = RUN_DIRECTORY
) -> PidPaths:
    """keepalived's places: /run, or with an instance or namespace below /run/keepalived."""
    folder = run_directory
    if instance or namespace:
        folder = folder / "keepalived"
    if namespace:
        folder = folder / namespace
    tail = f"_{instance}.pid" if instance else ".pid"
    names = ("keepalived", "vrrp", "checkers", "bfd")
    return PidPaths(*(folder / f"{name}{tail}" for name in names))


def write(path: Path, pid: int) -> None:
    """Leave a number for others; PidFileError when the folder or the disk does not take it."""
    temporary = _write_temporary(path, pid)
    os.close(temporary[0])
    try:
        temporary[1].rename(path)
    except OSError as problem:
        temporary[1].unlink(missing_ok=True)
        raise _unwritable(path, problem) from problem


def remove(path: Path, pid: int) -> None:
    """Take the file away if it is still ours."""
    with contextlib.suppress(OSError):
        if _read(path) == pid:
            path.unlink()


class OwnPidFile:
    """The supervisor's file and its lock."""

    def __init__(self, path: Path) -> None:
        """Take the file for this process.

        AlreadyRunningError when another daemon has it; PidFileError when it cannot be written.
        """
        self.path = path
        self._pid = os.getpid()
        for _ in range(_ATTEMPTS):
            stale = _lock_stale(path)
            try:
                fd, temporary = _write_temporary(path, self._pid)
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                try:
                    if stale is None:
                        os.link(temporary, path)  # fails when somebody was quicker
                        temporary.unlink()
                    else:
                        temporary.rename(path)
                except OSError as problem:
                    os.close(fd)
                    temporary.unlink(missing_ok=True)
                    if problem.errno == errno.EEXIST:
                        continue
                    raise _unwritable(path, problem) from problem
                self._fd = fd
                return
            finally:
                if stale is not None:
                    os.close(stale)
        raise AlreadyRunningError(f"pid file {path} is being taken by another process")

    def close_in_child(self) -> None:
        """Let go without removing anything; the lock stays with the supervisor."""
        os.close(self._fd)

    def release(self) -> None:
        """Remove the file and give the lock back."""
        remove(self.path, self._pid)
        os.close(self._fd)


def check_free(path: Path) -> None:
    """AlreadyRunningError when a daemon owns this file; nothing is changed."""
    stale = _lock_stale(path)
    if stale is not None:
        os.close(stale)


def _lock_stale(path: Path) -> int | None:
    """A lock on the existing file, once it is known to be nobody's; None when there is no file."""
    while True:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise _unwritable(path, problem) from problem
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            os.close(fd)
            raise AlreadyRunningError(
                f"daemon is already running with pid {_read(path) or '?'} (pid file {path} is locked)"
            ) from problem
        if _same_file(fd, path):
            break
        os.close(fd)
    pid = _read(path)
    if pid is not None and pid != os.getpid() and _is_keepalived(pid):
        os.close(fd)
        raise AlreadyRunningError(f"daemon is already running with pid {pid} (pid file {path})")
    return fd


def _write_temporary(path: Path, pid: int) -> tuple[int, Path]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.resolve().is_relative_to(RUN_DIRECTORY.resolve()):
            _make_folder(path.parent)
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    except OSError as problem:
        raise _unwritable(path, problem) from problem
    try:
        os.fchmod(fd, MODE)
        text = f"{pid}\n".encode()
        if os.write(fd, text) != len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as problem:
        os.close(fd)
        temporary.unlink(missing_ok=True)
        raise _unwritable(path, problem) from problem
    return fd, temporary


def _make_folder(folder: Path) -> None:
    """Make what is missing of it so that everyone can look inside, whatever our umask (0177 by default).

    Below /run only: elsewhere a name that was mistyped must not make folders.
    """
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def _unwritable(path: Path, problem: OSError) -> PidFileError:
    return PidFileError(f"cannot write pid file {path}: {problem.strerror or problem}")


def _read(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii", errors="replace").strip())
    except (OSError, ValueError):
        return None


def _same_file(fd: int, path: Path) -> bool:
    try:
        named = path.stat()
    except OSError:
        return False
    opened = os.fstat(fd)
    return (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)


def _is_keepalived(pid: int) -> bool:
    """Whether this number belongs to a living keepalived or to one of ours without its lock."""
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        name = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
        return state != "Z" and "keepalived" in name
    return False
