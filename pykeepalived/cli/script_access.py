"""Whether the account of a script gets to it: the folders on the way, and our right to become that account.

As keepalived 2.4.3, which looks for each script as the account that shall run it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from pykeepalived.cli.script_path import PathFlaw, described

_ACCESS_LIST = "system.posix_acl_access"
_MOST_LINKS = 40
"""As many as the kernel follows (MAXSYMLINKS)."""
_EXECUTE = {"u": stat.S_IXUSR, "g": stat.S_IXGRP, "o": stat.S_IXOTH}
_CAP_SETGID, _CAP_SETUID = 6, 7
"""Bits of CapEff in /proc/PID/status (linux/capability.h)."""


def closed_folder(program: str, uid: int, groups: Collection[int]) -> PathFlaw | None:
    """The first folder on the way to ``program`` that ``uid`` with ``groups`` may not enter.

    The way behind symbolic links counts.  OSError when something on it is not there, or we may not look.
    A folder with an access list of its own is believed to let the account in: what stands in it may.
    """
    if uid == 0:
        return None
    for folder in _folders(Path.cwd() / program):
        status = folder.stat()
        letter = _class_of(status, uid, groups)
        if not status.st_mode & _EXECUTE[letter] and not _has_access_list(folder):
            return PathFlaw(str(folder), f"is {described('a folder', status)}", f"chmod {letter}+x {folder}")
    return None


def executable(status: os.stat_result, uid: int, groups: Collection[int]) -> bool:
    """Whether ``uid`` with ``groups`` may execute a file."""
    allowed = 0o111 if uid == 0 else _EXECUTE[_class_of(status, uid, groups)]
    return bool(status.st_mode & allowed)


def _class_of(status: os.stat_result, uid: int, groups: Collection[int]) -> str:
    """Whose permissions count for somebody who is not root: as chmod calls them."""
    return "u" if status.st_uid == uid else "g" if status.st_gid in groups else "o"


def _folders(path: Path) -> Iterator[Path]:
    """Every folder in which the kernel looks for something on the way to an absolute path."""
    here = Path("/")
    ahead = list(path.parts[1:])
    links = 0
    while ahead:
        yield here
        name = ahead.pop(0)
        there = here.parent if name == ".." else here / name
        if there.is_symlink():
            links += 1
            if links > _MOST_LINKS:
                raise OSError(f"too many symbolic links on the way to {path}")
            target = there.readlink()
            if target.is_absolute():
                here = Path("/")
                ahead = [*target.parts[1:], *ahead]
            else:
                ahead = [*target.parts, *ahead]
            continue
        here = there


def _has_access_list(folder: Path) -> bool:
    try:
        return _ACCESS_LIST in os.listxattr(folder)
    except OSError:
        return False  # a file system without such lists


def may_become(uid: int, gid: int) -> bool:
    """Whether this process may run something as ``uid`` and ``gid``."""
    if (uid, gid) == (os.geteuid(), os.getegid()):
        return True
    needed = (1 << _CAP_SETUID) | (1 << _CAP_SETGID)
    return _capabilities() & needed == needed and _mapped("uid_map", uid) and _mapped("gid_map", gid)


def _capabilities() -> int:
    """The effective ones; all of root's where /proc does not tell."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("CapEff:"):
                return int(line.split()[1], 16)
    except OSError:
        pass
    return ~0 if os.geteuid() == 0 else 0


def _mapped(table: str, number: int) -> bool:
    """Whether this namespace of users has the user or group (user_namespaces(7)); a rootless container
    has few of them.
    """
    try:
        lines = Path("/proc/self", table).read_text(encoding="ascii").splitlines()
        ranges = [[int(word) for word in line.split()] for line in lines]
    except (OSError, ValueError):
        return True
    return any(first <= number < first + count for first, _, count in ranges)
