"""The bytecode of all modules that a start imports, in one file.

Looking for a module, opening its ``.pyc`` and comparing dates takes Python longer than executing it, and a
start imports some 350.  Between :func:`begin` and :func:`end` modules of this package and of Python's own
library come from a file beside the bytecode of this package; each only if its source has the size and the
date that it had when the file was written, so that none can be out of date.

The file is trusted as much as the ``.pyc`` files of the same folder, and written under the same conditions:
when the folder can be written and PYTHONDONTWRITEBYTECODE is not set.  Without it everything is as ever.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import marshal
import os
import sys
import zlib
from collections.abc import Sequence
from types import CodeType, ModuleType
from typing import NamedTuple

from pykeepalived import cache_file

_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 -- pathlib has not been imported yet
_LIBRARY = os.path.dirname(os.__file__)  # noqa: PTH120 -- the same
PATH = os.path.join(  # noqa: PTH118 -- the same
    _FOLDER, "__pycache__", f"modules.{sys.implementation.cache_tag}.bundle"
)
_MAGIC = importlib.util.MAGIC_NUMBER
"""Of the interpreter's bytecode: that of another one is of no use."""
_PYC_HEAD_BYTES = 16
_LATE = frozenset({"inspect"})
"""Modules that are executed only when something in them is used.

``dataclasses`` imports this one, and the six behind it, for the docstrings of classes that have none.
"""
_HEAD_BYTES = 12


class _Entry(NamedTuple):
    """A module: its source file and ``.pyc``, and where its code lies behind the table."""

    source: str
    cached: str
    package: bool
    mtime: int
    size: int
    place: int
    length: int


class _Loader(importlib.machinery.SourceFileLoader):
    """Python's own loader, but for where the code is."""

    def __init__(self, name: str, source: str, code: bytes | memoryview) -> None:
        super().__init__(name, source)
        self._code: bytes | memoryview | None = code

    def get_code(self, fullname: str) -> CodeType | None:
        kept, self._code = self._code, None
        # A second time, whoever asks, Python looks for itself: the file may be gone by then.
        return super().get_code(fullname) if kept is None else marshal.loads(kept)


class Bundle:
    """Finds modules in the file; ``missed`` are those that could have been there and were not."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._entries: dict[str, _Entry] = {}
        self._codes = memoryview(b"")
        self.missed: set[str] = set()
        self._read()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """What ``import`` asks first; None: it shall look elsewhere."""
        entry = self._entries.get(name)
        if entry is None or not _as_it_was(entry):
            self.missed.add(name)
            return None
        code: bytes | memoryview = self._codes[entry.place : entry.place + entry.length]
        if name in _LATE:  # it may wait for ever, and must not keep the whole file in memory
            code = bytes(code)
        own = _Loader(name, entry.source, code)
        loader = importlib.util.LazyLoader(own) if name in _LATE else own
        spec = importlib.machinery.ModuleSpec(name, loader, origin=entry.source, is_package=entry.package)
        spec.has_location = True  # which makes it a __file__
        spec.cached = entry.cached
        if entry.package:
            spec.submodule_search_locations = [os.path.dirname(entry.source)]  # noqa: PTH120 -- see above
        return spec

    def save(self) -> bool:
        """Write again with what was missed, if there is anything; whether the file was written."""
        found = {name: kept for name in self.missed if (kept := _compiled(name)) is not None}
        if not found or sys.dont_write_bytecode:
            return False
        for name, entry in self._entries.items():
            if name not in found and _as_it_was(entry):
                found[name] = entry, bytes(self._codes[entry.place : entry.place + entry.length])
        table: dict[str, tuple[object, ...]] = {}
        place = 0
        for name, (entry, code) in found.items():
            table[name] = tuple(entry._replace(place=place, length=len(code)))
            place += len(code)
        head = marshal.dumps(table)
        codes = (code for _, code in found.values())
        body = b"".join([len(head).to_bytes(4, "little"), head, *codes])
        return cache_file.written(self._path, _head(body) + body)

    def _read(self) -> None:
        view = cache_file.mapped(self._path)
        if view is None:
            return
        body = view[_HEAD_BYTES:]
        if bytes(view[:_HEAD_BYTES]) != _head(body):
            return
        length = int.from_bytes(body[:4], "little")
        table: dict[str, tuple[object, ...]] = marshal.loads(body[4 : 4 + length])
        self._entries = {name: _Entry(*row) for name, row in table.items()}  # type: ignore[arg-type]
        self._codes = body[4 + length :]


def _as_it_was(entry: _Entry) -> bool:
    try:
        now = os.stat(entry.source)  # noqa: PTH116 -- see above
    except OSError:
        return False
    return int(now.st_mtime) == entry.mtime and now.st_size == entry.size


def _compiled(name: str) -> tuple[_Entry, bytes] | None:
    """What Python has written down of a module that is imported, if it is one of those we keep."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    if spec is None or not spec.has_location or spec.origin is None or spec.cached is None:
        return None
    if not spec.origin.startswith((_FOLDER + os.sep, _LIBRARY + os.sep)) or "site-packages" in spec.origin:
        return None
    try:
        with open(spec.cached, "rb") as file:
            data = file.read()
    except OSError:
        return None
    flags, mtime, size = (int.from_bytes(data[at : at + 4], "little") for at in (4, 8, 12))
    if data[:4] != _MAGIC or flags:  # a .pyc that is compared by its source's hash, not by its date
        return None
    package = spec.submodule_search_locations is not None
    return _Entry(spec.origin, spec.cached, package, mtime, size, 0, 0), data[_PYC_HEAD_BYTES:]


def _head(body: bytes | memoryview) -> bytes:
    """Interpreter, form and the folders it is for, length of everything, and a checksum of the table.

    A copy of this folder names the sources of the one it was copied from, which may well be there still.
    """
    here = os.path.realpath(_FOLDER)
    form = zlib.crc32(_MAGIC + repr((_Entry._fields, here, _LIBRARY)).encode())
    table = body[: 4 + int.from_bytes(body[:4], "little")]
    return b"".join(number.to_bytes(4, "little") for number in (form, len(body), zlib.crc32(table)))


_active: Bundle | None = None


def begin() -> None:
    """Look into the file first from now on, unless PYTHONPATH may put something before Python's library."""
    global _active
    if _active is None and not os.environ.get("PYTHONPATH"):
        _active = Bundle(PATH)
        sys.meta_path.insert(0, _active)


def end() -> None:
    """Nothing large is imported after this: forget the file, and write what was not in it."""
    global _active
    if _active is not None:
        bundle, _active = _active, None
        sys.meta_path.remove(bundle)
        bundle.save()
