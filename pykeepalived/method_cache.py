"""Methods of dataclasses are translated once, not at every start.

``dataclasses`` writes ``__init__``, ``__eq__`` and the like as text and has Python translate it whenever a
module is imported; with some 350 classes that is a third of the processor time of a start.  Between
:func:`begin` and :func:`end` the translations are kept in a file beside the bytecode of this package, by
their text, so that none can be out of date.

The file is trusted as much as the ``.pyc`` files of the same folder, and written under the same conditions:
when the folder can be written and PYTHONDONTWRITEBYTECODE is not set.  Without it everything is as ever.
"""

from __future__ import annotations

import array
import bisect
import dataclasses
import importlib.util
import marshal
import os
import sys
import zlib
from types import CodeType
from typing import Any

from pykeepalived import cache_file

PATH = os.path.join(  # noqa: PTH118 -- pathlib has not been imported yet
    os.path.dirname(__file__),  # noqa: PTH120 -- the same
    "__pycache__",
    f"dataclasses.{sys.implementation.cache_tag}.translated",
)
_MAGIC = importlib.util.MAGIC_NUMBER
"""Of the interpreter's bytecode: translations of another one are of no use."""
_MOST_BYTES = 8 << 20
"""Texts that no class has any more stay in the file; when it has grown to this it begins anew."""
_HEAD_BYTES = 8


class _File:
    """Translations as they lie in the file, which is mapped: what is not needed takes no memory of ours.

    After the head a table of 32-bit words, (checksum, place, bytes of text, bytes of code) per text, in the
    order of the checksums; after that texts and codes.
    """

    def __init__(self, view: memoryview) -> None:
        count = int.from_bytes(view[_HEAD_BYTES : _HEAD_BYTES + 4], "little")
        self._body = view[_HEAD_BYTES + 4 :]
        self._words = self._body[: 16 * count].cast("I")
        self._checksums = self._words[::4]

    def get(self, text: bytes) -> memoryview | None:
        """The translation of a text."""
        checksum = zlib.crc32(text)
        at = bisect.bisect_left(self._checksums, checksum)
        while at < len(self._checksums) and self._checksums[at] == checksum:
            place, of_text, of_code = self._words[4 * at + 1 : 4 * at + 4]
            if self._body[place : place + of_text] == text:
                return self._body[place + of_text : place + of_text + of_code]
            at += 1
        return None

    def everything(self) -> dict[bytes, bytes]:
        """Translations by text."""
        found: dict[bytes, bytes] = {}
        for at in range(len(self._checksums)):
            place, of_text, of_code = self._words[4 * at + 1 : 4 * at + 4]
            found[bytes(self._body[place : place + of_text])] = bytes(
                self._body[place + of_text : place + of_text + of_code]
            )
        return found


class MethodCache:
    """Translations by text; ``made`` are those that the file has not."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = _open(path)
        self.made: dict[bytes, bytes] = {}

    def execute(self, text: str, names: dict[str, Any] | None = None, local: Any = None) -> None:
        """What ``exec`` does, with the translation that is there already."""
        source = text.encode()
        kept = None if self._file is None else self._file.get(source)
        code: CodeType
        if kept is None:
            code = compile(text, "<string>", "exec", dont_inherit=True)
            if not sys.dont_write_bytecode:
                self.made[source] = marshal.dumps(code)
        else:
            code = marshal.loads(kept)
        exec(code, names, local)

    def save(self) -> bool:
        """Write what is new, if there is anything; whether the file was written."""
        if not self.made:
            return False
        kept = {} if self._file is None else self._file.everything()
        everything = _laid_out(kept | self.made)
        if len(everything) > _MOST_BYTES:
            everything = _laid_out(self.made)
        return cache_file.written(self._path, _head(everything) + everything)


def _laid_out(translations: dict[bytes, bytes]) -> bytes:
    rows = sorted((zlib.crc32(text), text, code) for text, code in translations.items())
    words = array.array("I")
    place = 16 * len(rows)
    for checksum, text, code in rows:
        words.extend((checksum, place, len(text), len(code)))
        place += len(text) + len(code)
    count = len(rows).to_bytes(4, "little")
    return b"".join([count, words.tobytes(), *(part for _, text, code in rows for part in (text, code))])


def _open(path: str) -> _File | None:
    """None when there is no such file or it is not whole."""
    view = cache_file.mapped(path)
    if view is None or view[:_HEAD_BYTES] != _head(view[_HEAD_BYTES:]):
        return None
    return _File(view)


def _head(body: bytes | memoryview) -> bytes:
    return _MAGIC + zlib.crc32(body).to_bytes(4, "little")


_active: MethodCache | None = None


def begin() -> None:
    """Use the file for every dataclass from now on."""
    global _active
    if _active is None:
        _active = MethodCache(PATH)
        vars(dataclasses)["exec"] = _active.execute  # found before the builtin of the same name


def end() -> None:
    """Nothing large is imported after this: forget the translations, keep those that are new."""
    global _active
    if _active is not None:
        cache, _active = _active, None
        del vars(dataclasses)["exec"]
        cache.save()
