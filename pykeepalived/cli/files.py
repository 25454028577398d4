"""The real files, environment and chance for the configuration reader."""

from __future__ import annotations

import glob
import os
import random
import stat

from pykeepalived.syntax.source import FileKind

_EXECUTE_BITS = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


class FileLoader:
    """``pykeepalived.syntax.Loader`` on this machine's file system.

    Relative paths start from ``directory``, the current one by default.
    """

    def __init__(self, directory: str | None = None) -> None:
        self._directory = directory or ""
        self._random = random.Random()

    def _place(self, path: str) -> str:
        return os.path.join(self._directory, path)

    def kind(self, path: str) -> FileKind:
        try:
            mode = os.stat(self._place(path)).st_mode
        except OSError:
            # A dangling link is there, but it is no file.
            return FileKind.OTHER if os.path.islink(self._place(path)) else FileKind.MISSING
        except ValueError:
            return FileKind.MISSING
        if stat.S_ISDIR(mode):
            return FileKind.DIRECTORY
        if not stat.S_ISREG(mode):
            return FileKind.OTHER
        return FileKind.EXECUTABLE if mode & _EXECUTE_BITS else FileKind.REGULAR

    def read(self, path: str) -> bytes:
        with open(self._place(path), "rb") as file:
            return file.read()

    def glob(self, pattern: str) -> list[str]:
        if os.path.isabs(pattern) or not self._directory:
            return sorted(glob.glob(pattern))
        return sorted(glob.glob(pattern, root_dir=self._directory))

    def directory_of(self, path: str) -> str:
        return os.path.dirname(os.path.realpath(self._place(path)))

    def environment(self, name: str) -> str | None:
        return os.environ.get(name)

    def random(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def seed(self, seed: int) -> None:
        self._random.seed(seed)
