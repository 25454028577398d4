"""Methods of dataclasses are translated once, not at every start.

``dataclasses`` writes ``__init__``, ``__eq__`` and the like as text and has Python translate it whenever a
module is imported; with some 350 classes that is a third of the processor time of a start.  Between
:func:`begin` and :func:`end` the translations are kept in a file beside the bytecode of this package, by
their text, so that none can be out of date.

The file is trusted as much as the ``.pyc`` files of the same folder, and written under the same conditions:
when the folder can be written and PYTHONDONTWRITEBYTECODE is not set.  Without it everything is as ever.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import marshal
import os
import sys
import zlib
from types import CodeType
from typing import Any

_PATH = os.path.join(  # noqa: PTH118 -- pathlib has not been imported yet
    os.path.dirname(__file__),  # noqa: PTH120
    "__pycache__",
    f"dataclasses.{sys.implementation.cache_tag}.methods",
)
_MAGIC = importlib.util.MAGIC_NUMBER
"""Of the interpreter's bytecode: translations of another one are of no use."""
_MOST_BYTES = 8 << 20
"""Texts that no class has any more stay in the file; when it has grown to this it begins anew."""


class MethodCache:
    """Translations by text: ``kept`` were read from the file, ``made`` are new."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._kept = _read(path)
        self._used: dict[str, bytes] = {}
        self.made: dict[str, bytes] = {}

    def execute(self, text: str, names: dict[str, Any] | None = None, local: Any = None) -> None:
        """What ``exec`` does, with the translation that is there already."""
        kept = self._kept.get(text)
        code: CodeType
        if kept is None:
            code = compile(text, "<string>", "exec", dont_inherit=True)
            self.made[text] = marshal.dumps(code)
        else:
            code = marshal.loads(kept)
            self._used[text] = kept
        exec(code, names, local)

    def save(self) -> bool:
        """Write what is new, if there is anything; whether the file was written."""
        if not self.made or sys.dont_write_bytecode:
            return False
        everything = marshal.dumps({**self._kept, **self.made})
        if len(everything) > _MOST_BYTES:
            everything = marshal.dumps({**self._used, **self.made})
        return _write(self._path, everything)


def _read(path: str) -> dict[str, bytes]:
    """Nothing when there is no such file or it is not whole."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return {}
    head, body = data[:8], data[8:]
    if head != _head(body):
        return {}
    kept: dict[str, bytes] = marshal.loads(body)
    return kept


def _write(path: str, body: bytes) -> bool:
    """Whole or not at all: another process may be reading."""
    draft = f"{path}.{os.getpid()}"
    try:
        with open(draft, "xb") as file:
            file.write(_head(body) + body)
        os.replace(draft, path)  # noqa: PTH105
    except OSError:
        return False
    return True


def _head(body: bytes) -> bytes:
    return _MAGIC + zlib.crc32(body).to_bytes(4, "little")


_active: MethodCache | None = None


def begin() -> None:
    """Use the file for every dataclass from now on."""
    global _active
    if _active is None:
        _active = MethodCache(_PATH)
        vars(dataclasses)["exec"] = _active.execute  # found before the builtin of the same name


def end() -> None:
    """Nothing large is imported after this: forget the translations, keep those that are new."""
    global _active
    if _active is not None:
        cache, _active = _active, None
        del vars(dataclasses)["exec"]
        cache.save()
