"""SMTP_CHECK: the server greets, and answers HELO."""

from __future__ import annotations

import socket
import time
from typing import ClassVar

from pykeepalived.checkers.port import Check
from pykeepalived.checkers.sockets import Stream, connect, open_socket
from pykeepalived.health.settings import CheckKind, SmtpTarget
from pykeepalived.health.verdict import Verdict

MAX_ANSWER_BYTES = 8192
"""All lines of one answer together; RFC 5321 allows 512 bytes a line."""


class _BadAnswerError(Exception):
    """The server's answer is not the wanted one, or none."""


class SmtpCheck(Check[SmtpTarget]):
    """Greeting 220, HELO 250, QUIT.  What the server says to QUIT does not matter."""

    kind: ClassVar[CheckKind] = CheckKind.SMTP
    log_name: ClassVar[str] = "SMTP_CHECK"

    async def probe(self, target: SmtpTarget, deadline_ns: int) -> Verdict:
        where = f"[{target.connection.address}]:{target.connection.port}"
        with open_socket(target.connection, socket.SOCK_STREAM) as sock:
            try:
                await connect(sock, target.connection, _phase(target, deadline_ns))
            except TimeoutError:
                return _failure(f"Connection timeout to server {where}", "no connection in time")
            except OSError as problem:
                return _failure(f"Could not connect to server {where}", problem.strerror or str(problem))
            try:
                await _dialogue(_Dialogue(Stream(sock)), target, deadline_ns)
            except TimeoutError:
                return _failure(f"Read timeout from server {where}", "no answer in time")
            except _BadAnswerError as problem:
                words, reason = problem.args
                return _failure(f"{words} from server {where}", reason)
            except OSError as problem:
                return _failure(f"Read failure from server {where}", problem.strerror or str(problem))
        return Verdict(True)

    def up_line(self, target: SmtpTarget, server: str, service: str) -> str:
        return f"Remote SMTP server {server} succeed on service."

    def down_line(self, verdict: Verdict, server: str, service: str, retries: int) -> str:
        return self.failed_line(verdict, server, service)


async def _dialogue(talk: _Dialogue, target: SmtpTarget, deadline_ns: int) -> None:
    await talk.expect(220, "Bad greeting banner", _phase(target, deadline_ns))
    limit_ns = _phase(target, deadline_ns)
    await talk.stream.send(f"HELO {target.helo_name}\r\n".encode(), limit_ns)
    await talk.expect(250, "Bad HELO response", limit_ns)
    limit_ns = _phase(target, deadline_ns)
    await talk.stream.send(b"QUIT\r\n", limit_ns)
    await talk.answer(limit_ns)


class _Dialogue:
    """Answers of one or several lines (RFC 5321, section 4.2.1), whichever way they are cut up."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._buffer = b""

    async def expect(self, code: int, words: str, limit_ns: int) -> None:
        """Read an answer that must have ``code``."""
        last = await self.answer(limit_ns)
        if last[:3] != str(code).encode() or last[3:4] not in (b"", b" "):
            raise _BadAnswerError(words, f"wanted {code}, got {last[:80].decode(errors='replace')!r}")

    async def answer(self, limit_ns: int) -> bytes:
        """The last line of the next answer."""
        used = 0
        while True:
            line = await self._line(limit_ns)
            used += len(line) + 1
            if used > MAX_ANSWER_BYTES:
                raise _BadAnswerError("Read failure", f"an answer of more than {MAX_ANSWER_BYTES} bytes")
            if not (line[:3].isdigit() and line[3:4] == b"-"):
                return line

    async def _line(self, limit_ns: int) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > MAX_ANSWER_BYTES:
                raise _BadAnswerError("Read failure", f"an answer of more than {MAX_ANSWER_BYTES} bytes")
            data = await self.stream.receive(4096, limit_ns)
            if not data:
                raise _BadAnswerError("Read failure", "the connection was closed")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")


def _phase(target: SmtpTarget, deadline_ns: int) -> int:
    return min(deadline_ns, time.monotonic_ns() + target.phase_timeout_ns)


def _failure(words: str, reason: str) -> Verdict:
    # The words hold the address that was probed; braces cannot occur in them.
    return Verdict(False, reason, line=f"SMTP_CHECK {words}")
