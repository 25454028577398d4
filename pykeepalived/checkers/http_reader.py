"""Reads one HTTP/1.x answer from bytes as they come.  Sans-IO: no socket, no clock.

Bytes go in, body bytes come out, already without their chunk framing.  However the bytes are cut into
pieces, the result is the same.  Memory is bounded by MAX_HEADER_BYTES whatever the server sends.

Like keepalived, the reader does not insist on a complete body: an answer whose connection ends early is
``complete`` or not, and the check decides what that means.  RFC 9112 is followed for the framing.
"""

from __future__ import annotations

import enum
import re

MAX_HEADER_BYTES = 64 * 1024
"""A status line with all headers, or the trailers, may be as long as this."""
_MAX_CHUNK_LINE = 1024

_STATUS_LINE = re.compile(rb"HTTP/\d+(?:\.\d+)? +(\d{3})(?: [^\r\n]*)?")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?")


class BadAnswerError(Exception):
    """The bytes are no HTTP answer; the message says what is wrong."""


class _Part(enum.Enum):
    HEADER = enum.auto()
    SIZED_BODY = enum.auto()
    OPEN_BODY = enum.auto()
    CHUNK_SIZE = enum.auto()
    CHUNK_DATA = enum.auto()
    CHUNK_END = enum.auto()
    TRAILER = enum.auto()
    DONE = enum.auto()


class AnswerReader:
    """One answer.  ``status`` is None until the header is complete.

    ``chunked`` says that the body came in chunks; ``content_length`` is what the header promised, or None.
    ``received`` counts body bytes without framing, ``tail`` the bytes behind the header in the piece that
    completed it.
    """

    __slots__ = ("_buffer", "_left", "_part", "chunked", "content_length", "received", "status", "tail")

    def __init__(self) -> None:
        self.status: int | None = None
        self.chunked = False
        self.content_length: int | None = None
        self.received = 0
        self.tail = 0
        self._part = _Part.HEADER
        self._buffer = bytearray()
        self._left = 0

    @property
    def complete(self) -> bool:
        """Nothing more belongs to this answer.  Without a length that is known only at the end."""
        return self._part is _Part.DONE

    def feed(self, data: bytes) -> bytes:
        """Take received bytes in; the body bytes among them.  Raises BadAnswerError."""
        match self._part:
            case _Part.DONE:
                return b""
            case _Part.OPEN_BODY:
                self.received += len(data)
                return data
            case _Part.SIZED_BODY:
                return self._sized(data)
            case _Part.HEADER:
                rest = self._header(data)
                return self.feed(rest) if rest else b""
            case _:
                return self._chunks(data)

    def end(self) -> None:
        """The connection has ended.  Raises BadAnswerError when not even the header is complete."""
        if self.status is None:
            raise BadAnswerError("the connection ended within the header" if self._buffer else "no data")
        if self._part is _Part.OPEN_BODY:
            self._part = _Part.DONE

    # ------------------------------------------------------------ header

    def _header(self, data: bytes) -> bytes:
        """Read headers until a final one is complete; what followed it."""
        # The empty line may have begun in what is already here.
        searched = max(0, len(self._buffer) - 3)
        self._buffer += data
        while True:
            end = _header_end(self._buffer, searched)
            if (end or len(self._buffer)) > MAX_HEADER_BYTES:
                raise BadAnswerError(f"a header of more than {MAX_HEADER_BYTES} bytes")
            if end is None:
                self._refuse_other_protocols()
                return b""
            lines = bytes(self._buffer[:end]).replace(b"\r\n", b"\n").split(b"\n")
            rest = bytes(self._buffer[end:])
            match = _STATUS_LINE.fullmatch(lines[0])
            if match is None:
                raise BadAnswerError("the first line is no HTTP status line")
            self._buffer.clear()
            status = int(match[1])
            if not 100 <= status < 200 or status == 101:
                self.status = status
                self._framing(lines[1:])
                self.tail = len(rest)
                return rest
            # An interim answer (103 Early Hints): the real one follows.
            self._buffer += rest
            searched = 0

    def _refuse_other_protocols(self) -> None:
        start = bytes(self._buffer[:5])
        if not b"HTTP/".startswith(start):
            raise BadAnswerError("the first line is no HTTP status line")

    def _framing(self, lines: list[bytes]) -> None:
        """Decide from the headers how the body ends (RFC 9112, section 6.3)."""
        for line in lines:
            name, _, value = line.partition(b":")
            match name.strip().lower():
                case b"content-length":
                    text = value.split(b",")[0].strip()
                    # keepalived ignores a length that it cannot read.
                    if text.isdigit() and len(text) < 19:
                        self.content_length = int(text)
                case b"transfer-encoding":
                    self.chunked = value.rsplit(b",", 1)[-1].strip().lower() == b"chunked"
        if self.status in (204, 304) or self.status == 101:
            self.chunked = False
            self._part = _Part.DONE
        elif self.chunked:
            self._part = _Part.CHUNK_SIZE
        elif self.content_length is None:
            self._part = _Part.OPEN_BODY
        else:
            self._left = self.content_length
            self._part = _Part.SIZED_BODY if self._left else _Part.DONE

    # ------------------------------------------------------------ body

    def _sized(self, data: bytes) -> bytes:
        body = data[: self._left]
        self._left -= len(body)
        self.received += len(body)
        if not self._left:
            self._part = _Part.DONE
        return body

    def _chunks(self, data: bytes) -> bytes:
        self._buffer += data
        body = bytearray()
        while self._chunk(body):
            pass
        self.received += len(body)
        return bytes(body)

    def _chunk(self, body: bytearray) -> bool:
        """One step through the chunk framing; False when more bytes are needed."""
        buffer = self._buffer
        if self._part is _Part.CHUNK_DATA:
            piece = buffer[: self._left]
            body += piece
            del buffer[: len(piece)]
            self._left -= len(piece)
            if self._left:
                return False
            self._part = _Part.CHUNK_END
            return True
        if self._part is _Part.DONE:
            buffer.clear()
            return False
        end = buffer.find(b"\n")
        limit = MAX_HEADER_BYTES if self._part is _Part.TRAILER else _MAX_CHUNK_LINE
        if (end if end >= 0 else len(buffer)) > limit:
            raise BadAnswerError("an endless line in the chunk framing")
        if end < 0:
            return False
        line = bytes(buffer[:end]).rstrip(b"\r")
        del buffer[: end + 1]
        match self._part:
            case _Part.CHUNK_SIZE:
                size = _CHUNK_SIZE.fullmatch(line)
                if size is None:
                    raise BadAnswerError("a chunk without a size")
                self._left = int(size[1], 16)
                self._part = _Part.CHUNK_DATA if self._left else _Part.TRAILER
            case _Part.CHUNK_END:
                if line:
                    raise BadAnswerError("a chunk longer than its size")
                self._part = _Part.CHUNK_SIZE
            case _Part.TRAILER:
                self._trailer(line)
            case _:
                raise AssertionError(self._part)
        return True

    def _trailer(self, line: bytes) -> None:
        if not line:
            self._part = _Part.DONE
            return
        self._left += len(line)
        if self._left > MAX_HEADER_BYTES:
            raise BadAnswerError(f"trailers of more than {MAX_HEADER_BYTES} bytes")


def _header_end(buffer: bytearray, start: int) -> int | None:
    """Where the body begins: after the first empty line, whichever of the two line ends is used."""
    crlf = buffer.find(b"\n\r\n", start)
    bare = buffer.find(b"\n\n", start)
    ends = [at + length for at, length in ((crlf, 3), (bare, 2)) if at >= 0]
    return min(ends) if ends else None
