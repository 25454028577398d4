"""New content for a file of the user's: all of it or nothing, and only where that is the user's to do."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def publish(path: str, data: bytes, mode: int = 0o644) -> None:
    """Make or replace a file that programs of other users read: they see all of it or what was there before.

    The file that is written meanwhile begins with a dot and has another suffix, so that nobody who looks
    through the folder takes it.  A link of that name is replaced, not followed.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".new")
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, path) from problem
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(handle, mode)
        fresh.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise


def rewrite(path: str, data: bytes) -> None:
    """Put new content in the place of a file at once: a reader sees the old or the new one.

    Mode and owner stay; a link keeps pointing where it did.  PermissionError when the file is marked
    read-only (replacing it would get around that), or belongs to somebody else and we may not give the new
    one away.
    """
    target = Path(path).resolve()
    state = target.stat()
    if not state.st_mode & _WRITABLE:
        raise PermissionError(errno.EACCES, "it is read-only (chmod u+w lets it be changed)", path)
    if state.st_uid != os.geteuid() and os.geteuid() != 0:
        raise PermissionError(
            errno.EPERM, f"it belongs to user {state.st_uid}, and only root can keep it so", path
        )
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchown(handle, state.st_uid, state.st_gid)
            os.fchmod(handle, stat.S_IMODE(state.st_mode))
            file.flush()
            os.fsync(handle)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
