"""Files beside the byte code of this package that make starts quick: read by mapping, written whole."""

from __future__ import annotations

import mmap
import os


def mapped(path: str) -> memoryview | None:
    """The file, of which only what is used takes memory; None when there is none or nothing in it."""
    try:
        with open(path, "rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None


def written(path: str, data: bytes) -> bool:
    """Whole or not at all, as another process may be reading; whether it could be.

    Who may read this module may read the file, as with a ``.pyc``: a daemon's umask is for other files.
    """
    draft = f"{path}.{os.getpid()}"
    try:
        with open(draft, "xb") as file:
            os.fchmod(file.fileno(), os.stat(__file__).st_mode & 0o666)  # noqa: PTH116 -- no pathlib yet
            file.write(data)
        os.replace(draft, path)  # noqa: PTH105 -- pathlib has not been imported yet
    except OSError:
        return False
    return True
