"""Bytes by text in a file beside the byte code of this package, for one interpreter.

The file is mapped: what is not looked up takes no memory.  After the head a table of 32-bit words, (checksum,
place, bytes of text, bytes of value) per text, in the order of the checksums; after that texts and values.
"""

from __future__ import annotations

import array
import bisect
import sys
import zlib
from collections.abc import Mapping

from pykeepalived import cache_file

_INTERPRETER = sys.hexversion.to_bytes(4, "little")
"""Values are code and come from Python's library: those of another one, be it a patch away, are of no use."""
_HEAD_BYTES = 8


class Table:
    """What is in such a file."""

    def __init__(self, view: memoryview) -> None:
        count = int.from_bytes(view[_HEAD_BYTES : _HEAD_BYTES + 4], "little")
        self._body = view[_HEAD_BYTES + 4 :]
        self._words = self._body[: 16 * count].cast("I")
        self._checksums = self._words[::4]

    @classmethod
    def of_file(cls, path: str) -> Table | None:
        """None when there is no such file, or it is not whole or of another interpreter."""
        view = cache_file.mapped(path)
        if view is None or view[:_HEAD_BYTES] != _head(view[_HEAD_BYTES:]):
            return None
        return cls(view)

    def get(self, text: bytes) -> memoryview | None:
        """What is kept under this text."""
        checksum = zlib.crc32(text)
        at = bisect.bisect_left(self._checksums, checksum)
        while at < len(self._checksums) and self._checksums[at] == checksum:
            place, of_text, of_value = self._words[4 * at + 1 : 4 * at + 4]
            if self._body[place : place + of_text] == text:
                return self._body[place + of_text : place + of_text + of_value]
            at += 1
        return None

    def everything(self) -> dict[bytes, bytes]:
        """All values by their texts."""
        found: dict[bytes, bytes] = {}
        for at in range(len(self._checksums)):
            place, of_text, of_value = self._words[4 * at + 1 : 4 * at + 4]
            behind = place + of_text
            found[bytes(self._body[place:behind])] = bytes(self._body[behind : behind + of_value])
        return found


def laid_out(values: Mapping[bytes, bytes]) -> bytes:
    """The file that has these."""
    rows = sorted((zlib.crc32(text), text, value) for text, value in values.items())
    words = array.array("I")
    place = 16 * len(rows)
    for checksum, text, value in rows:
        words.extend((checksum, place, len(text), len(value)))
        place += len(text) + len(value)
    count = len(rows).to_bytes(4, "little")
    parts = (part for _, text, value in rows for part in (text, value))
    body = b"".join([count, words.tobytes(), *parts])
    return _head(body) + body


def _head(body: bytes | memoryview) -> bytes:
    return _INTERPRETER + zlib.crc32(body).to_bytes(4, "little")
