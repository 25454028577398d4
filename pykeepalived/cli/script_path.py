"""enable_script_security: which element of a script's path others than root could change, and how.

What runs with root's rights must not be anybody else's to replace, so every folder on the way counts, as does
the way behind a symbolic link.  Rules of keepalived 2.4: root owns each element; nobody else may write it but
the group root, and everybody in a folder with the sticky bit; a folder that is a link is refused altogether.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class PathFlaw:
    """One element of a path that lets somebody in: where, what it is, and what to do about it."""

    element: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.element} {self.what} ({self.mend})"


def path_flaws(program: str) -> tuple[PathFlaw, ...]:
    """Everything on the way to ``program`` that others than root could change, from the root downward.

    The path as it was written comes first, then the one behind its links.  OSError when it is not there.
    """
    written = Path.cwd() / program
    real = Path(os.path.realpath(written))
    found: dict[str, PathFlaw] = {}
    for path in (written, real):
        for flaw in _flaws_on(path, real):
            found.setdefault(flaw.element, flaw)
    return tuple(found.values())


def in_words(flaws: tuple[PathFlaw, ...]) -> str:
    """Some flaws in one line."""
    shown = "; ".join(str(flaw) for flaw in flaws[:_MOST_NAMED])
    return shown if len(flaws) <= _MOST_NAMED else f"{shown}; and {len(flaws) - _MOST_NAMED} more"


def _flaws_on(path: Path, real: Path) -> Iterator[PathFlaw]:
    for element in (*reversed(path.parents), path):
        status = element.lstat()
        if stat.S_ISLNK(status.st_mode):
            if status.st_uid != 0:
                yield _foreign(element, "a symbolic link", status, "-h ")
            if element != path:
                target = element.readlink()
                yield PathFlaw(
                    str(element),
                    f"is a symbolic link to {target}, and no folder on the way may be one",
                    f"write {real}",
                )
                return  # what is behind the link stands on the real path
            continue  # likewise
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a file"
        if status.st_uid != 0:
            yield _foreign(element, kind, status)
        elif letters := _writable_for(status):
            who = "everybody" if "o" in letters else f"group {_group(status.st_gid)}"
            yield PathFlaw(
                str(element),
                f"is {described(kind, status)}, which {who} may write",
                f"chmod {letters}-w {element}",
            )


def _foreign(element: Path, kind: str, status: os.stat_result, option: str = "") -> PathFlaw:
    return PathFlaw(
        str(element), f"is {described(kind, status)}, not of root", f"chown {option}root {element}"
    )


def described(kind: str, status: os.stat_result) -> str:
    """``a folder of root:root, mode 0700``; the mode of a symbolic link means nothing."""
    mode = "" if stat.S_ISLNK(status.st_mode) else f", mode {_mode(status)}"
    return f"{kind} of {_owner(status)}{mode}"


def _writable_for(status: os.stat_result) -> str:
    """For chmod: others, or a group that is not root's, who may write.  The sticky bit keeps files safe."""
    if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
        return ""
    group = "g" if status.st_mode & stat.S_IWGRP and status.st_gid != 0 else ""
    return group + ("o" if status.st_mode & stat.S_IWOTH else "")


def _mode(status: os.stat_result) -> str:
    return f"{stat.S_IMODE(status.st_mode):04o}"


def _owner(status: os.stat_result) -> str:
    """``user:group`` as ls shows it."""
    try:
        user = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        user = str(status.st_uid)
    return f"{user}:{_group(status.st_gid)}"


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
