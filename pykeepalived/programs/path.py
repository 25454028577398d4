"""Which file is executed for a configured script."""

from __future__ import annotations

import os
from pathlib import Path


def program_file(name: str, *, by_symlink: bool) -> str:
    """What ``name``, the first word of a script, leads to: the file itself, without the symlinks before it.

    As in keepalived 2.4.3 ``argv[0]`` stays as it was written, for programs that look at their own name, but
    ``$0`` of a shell script is the file, so that it finds what lies beside it.  ``by_symlink``, which is
    ``use_symlink_paths``: the path as written.  A name without a slash is looked for in PATH; one that is
    not found stays as it is.
    """
    if by_symlink:
        return name
    if "/" in name:
        return os.path.realpath(name)
    found = (path for folder in os.get_exec_path() if os.access(path := Path(folder, name), os.X_OK))
    return next((os.path.realpath(path) for path in found if path.is_file()), name)
