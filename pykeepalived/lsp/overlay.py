"""Unsaved text in front of the files on disk."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Mapping

from pykeepalived.syntax.lines import encode
from pykeepalived.syntax.source import FileKind, Loader


class OverlayLoader:
    """A ``Loader`` that reads what the editor holds, and otherwise what ``base`` reads.

    ``texts`` is keyed by normal absolute path.  A file that exists only in the editor is a regular file.
    """

    def __init__(self, base: Loader, texts: Mapping[str, str]) -> None:
        self._base = base
        self._texts = texts

    def kind(self, path: str) -> FileKind:
        found = self._base.kind(path)
        if found.absent and posixpath.normpath(path) in self._texts:
            return FileKind.REGULAR
        return found

    def read(self, path: str) -> bytes:
        text = self._texts.get(posixpath.normpath(path))
        return self._base.read(path) if text is None else encode(text)

    def glob(self, pattern: str) -> list[str]:
        found = set(self._base.glob(pattern))
        wanted = posixpath.normpath(pattern).split("/")
        for path in self._texts:
            parts = path.split("/")
            if len(parts) == len(wanted) and all(map(_matches, parts, wanted)):
                found.add(path)
        return sorted(found)

    def directory_of(self, path: str) -> str:
        return self._base.directory_of(path)

    def environment(self, name: str) -> str | None:
        return self._base.environment(name)

    def random(self, low: int, high: int) -> int:
        return self._base.random(low, high)

    def seed(self, seed: int) -> None:
        self._base.seed(seed)


def _matches(part: str, pattern: str) -> bool:
    hidden = part.startswith(".") and not pattern.startswith(".")
    return not hidden and fnmatch.fnmatchcase(part, pattern)
