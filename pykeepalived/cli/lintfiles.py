"""Files for the linter: which ones are meant, how they are read, how they are written back."""

from __future__ import annotations

import fnmatch
import os
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pykeepalived.base.errors import UsageError
from pykeepalived.cli.files import FileLoader
from pykeepalived.lint.settings import Settings, parse_settings
from pykeepalived.syntax.lines import encode
from pykeepalived.syntax.source import FileKind

STDIN = "<stdin>"
SETTINGS_FILE = ".pykeepalived.toml"


class OverlayLoader(FileLoader):
    """The machine's files, some of them replaced by text in memory (by the name they were read under)."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.texts: dict[str, str] = dict(texts or {})

    def kind(self, path: str) -> FileKind:
        return FileKind.REGULAR if path in self.texts else super().kind(path)

    def read(self, path: str) -> bytes:
        return encode(self.texts[path]) if path in self.texts else super().read(path)

    def glob(self, pattern: str) -> list[str]:
        return [pattern] if pattern in self.texts else super().glob(pattern)

    def directory_of(self, path: str) -> str:
        return str(Path.cwd()) if path == STDIN else super().directory_of(path)


def read_stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def wanted_files(paths: Iterable[str], exclude: tuple[str, ...] = ()) -> tuple[list[str], frozenset[str]]:
    """The files that ``paths`` mean, ``-`` as STDIN, and which of them a directory brought.

    A directory stands for the ``*.conf`` files below it, hidden ones left out.  Raises UsageError for a path
    that can't be read.
    """
    files: dict[str, bool] = {}
    for path in paths:
        if path == "-":
            files[STDIN] = False
        elif Path(path).is_dir():
            found = [file for file in _listed(path) if not _excluded(file, exclude)]
            if not found:
                raise UsageError(f"{path} has no *.conf file")
            for file in found:
                files.setdefault(file, True)
        else:
            try:
                with open(path, "rb"):
                    pass
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else str(error)
                raise UsageError(f"{path} cannot be read: {why}") from error
            files[path] = False
    return list(files), frozenset(file for file, listed in files.items() if listed)


def _listed(folder: str) -> list[str]:
    """The ``*.conf`` files below a folder, sorted; UsageError for a folder that may not be looked into."""

    def refused(error: OSError) -> None:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from error

    found = []
    for here, folders, files in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(here, name) for name in files if name.endswith(".conf") and not name.startswith(".")]
    return [str(file) for file in sorted(found) if file.is_file()]


def _excluded(file: str, patterns: tuple[str, ...]) -> bool:
    return any(
        fnmatch.fnmatch(file, pattern) or fnmatch.fnmatch(Path(file).name, pattern) for pattern in patterns
    )


def find_settings(start: Path, explicit: str | None = None) -> Settings:
    """The settings in ``explicit``, else in the nearest settings file of ``start`` or above."""
    if explicit is not None:
        table = _table(Path(explicit))
        if table is None:
            raise UsageError(f"{explicit} has no table for the linter: [lint] or [tool.pykeepalived.lint]")
        return parse_settings(table, explicit, str(Path(explicit).parent))
    for directory in (start, *start.parents):
        for name in (SETTINGS_FILE, "pyproject.toml"):
            path = directory / name
            table = _table(path) if os.path.isfile(path) else None  # noqa: PTH113 -- false where we may not look
            if table is not None:
                return parse_settings(table, str(path), str(directory))
    return Settings()


def _table(path: Path) -> Mapping[str, Any] | None:
    try:
        with path.open("rb") as file:
            data: Any = tomllib.load(file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    keys = ("tool", "pykeepalived", "lint") if path.name == "pyproject.toml" else ("lint",)
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    if data is None and path.name == SETTINGS_FILE:
        return {}
    return data if isinstance(data, dict) else None
