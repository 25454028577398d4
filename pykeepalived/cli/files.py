"""The real files, environment and chance for the configuration reader."""

from __future__ import annotations

import functools
import glob
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from pykeepalived.syntax.source import FileKind

if TYPE_CHECKING:
    from random import Random

_EXECUTE_BITS = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


class FileLoader:
    """``pykeepalived.syntax.Loader`` on this machine's file system.

    Relative paths start from ``directory``, the current one by default.
    """

    def __init__(self, directory: str = "") -> None:
        self._directory = directory

    def _place(self, path: str) -> Path:
        return Path(self._directory, path)

    def kind(self, path: str) -> FileKind:
        place = self._place(path)
        try:
            mode = place.stat().st_mode
        except PermissionError:
            return FileKind.HIDDEN
        except OSError:
            # A dangling link is there, but it is no file.
            return FileKind.OTHER if place.is_symlink() else FileKind.MISSING
        except ValueError:
            return FileKind.MISSING
        if stat.S_ISDIR(mode):
            return FileKind.DIRECTORY
        if not stat.S_ISREG(mode):
            return FileKind.OTHER
        return FileKind.EXECUTABLE if mode & _EXECUTE_BITS else FileKind.REGULAR

    def read(self, path: str) -> bytes:
        return self._place(path).read_bytes()

    def glob(self, pattern: str) -> list[str]:
        # Not Path.glob, whose `*` matches hidden files.
        return sorted(glob.glob(pattern, root_dir=self._directory or None))  # noqa: PTH207 -- see above

    def directory_of(self, path: str) -> str:
        return str(self._place(path).resolve().parent)

    def environment(self, name: str) -> str | None:
        return os.environ.get(name)

    def random(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def seed(self, seed: int) -> None:
        self._random.seed(seed)

    @functools.cached_property
    def _random(self) -> Random:
        from random import Random  # hardly any file asks for it

        return Random()
