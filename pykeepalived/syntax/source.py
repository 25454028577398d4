"""How files, the environment and chance reach the reader: through a ``Loader``.

The reader itself does no input.  The real loader is ``pykeepalived.cli.files.FileLoader``; ``DictLoader``
serves tests, editors (unsaved text) and the linter's samples.
"""

from __future__ import annotations

import enum
import fnmatch
import posixpath
from collections.abc import Mapping
from typing import Protocol


class FileKind(enum.Enum):
    """What keepalived asks about a file before it includes it."""

    MISSING = "does not exist"
    HIDDEN = "is in a folder that this user may not look into"
    """For keepalived it does not exist either."""
    REGULAR = "is a regular file"
    EXECUTABLE = "has an execute bit"
    DIRECTORY = "is a directory"
    OTHER = "is not a regular file"

    @property
    def absent(self) -> bool:
        """Whether it is as good as not there."""
        return self in (FileKind.MISSING, FileKind.HIDDEN)


class Loader(Protocol):
    """Everything the reader wants to know of the world.  Relative paths start from the
    current directory."""

    def kind(self, path: str) -> FileKind: ...

    def read(self, path: str) -> bytes:
        """The content; raises OSError with a text for the user."""
        ...

    def glob(self, pattern: str) -> list[str]:
        """The existing paths that match, sorted; ``*``, ``?`` and ``[…]`` only, braces are gone by then."""
        ...

    def directory_of(self, path: str) -> str:
        """The directory that holds ``path``, absolute."""
        ...

    def environment(self, name: str) -> str | None: ...

    def random(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        ...

    def seed(self, seed: int) -> None:
        """From now on ``random`` repeats the numbers that belong to ``seed``."""
        ...


class DictLoader:
    """Files that exist only here.

    ``kinds`` overrides what a path is (a directory, an executable file); every prefix of a file's path is a
    directory.  ``random`` counts upwards from ``low`` so that tests can expect its numbers.
    """

    def __init__(
        self,
        files: Mapping[str, str | bytes],
        *,
        kinds: Mapping[str, FileKind] | None = None,
        environment: Mapping[str, str] | None = None,
        directory: str = "/etc/keepalived",
    ) -> None:
        self._directory = directory
        self._files = {self._absolute(path): self._bytes(content) for path, content in files.items()}
        self._kinds = {self._absolute(path): kind for path, kind in (kinds or {}).items()}
        self._environment = dict(environment or {})
        self._drawn = 0

    @staticmethod
    def _bytes(content: str | bytes) -> bytes:
        return content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self._directory, path))

    def _directories(self) -> set[str]:
        found = {"/"}
        for path in (*self._files, *self._kinds):
            parent = posixpath.dirname(path)
            while parent not in found:
                found.add(parent)
                parent = posixpath.dirname(parent)
        return found

    def kind(self, path: str) -> FileKind:
        path = self._absolute(path)
        if path in self._kinds:
            return self._kinds[path]
        if path in self._files:
            return FileKind.REGULAR
        return FileKind.DIRECTORY if path in self._directories() else FileKind.MISSING

    def read(self, path: str) -> bytes:
        absolute = self._absolute(path)
        if absolute not in self._files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return self._files[absolute]

    def glob(self, pattern: str) -> list[str]:
        relative = not pattern.startswith("/")
        parts = self._absolute(pattern).split("/")
        found = []
        for path in {*self._files, *self._kinds, *self._directories()}:
            pieces = path.split("/")
            if len(pieces) == len(parts) and all(
                fnmatch.fnmatchcase(piece, part) and not (piece.startswith(".") and not part.startswith("."))
                for piece, part in zip(pieces, parts, strict=True)
            ):
                found.append(posixpath.relpath(path, self._directory) if relative else path)
        return sorted(found)

    def directory_of(self, path: str) -> str:
        return posixpath.dirname(self._absolute(path))

    def environment(self, name: str) -> str | None:
        return self._environment.get(name)

    def random(self, low: int, high: int) -> int:
        self._drawn += 1
        return low + (self._drawn - 1) % (high - low + 1)

    def seed(self, seed: int) -> None:
        self._drawn = seed
