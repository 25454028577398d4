"""One GET and the judgement of its answer, over any stream: what HTTP_GET and SSL_GET share."""

from __future__ import annotations

import re
import ssl
import time

from pykeepalived.checkers.body import BodyJudge
from pykeepalived.checkers.http_reader import AnswerReader, BadAnswerError
from pykeepalived.checkers.sockets import Stream
from pykeepalived.health.settings import HttpProtocol, HttpTarget
from pykeepalived.health.verdict import Verdict

READ_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024 * 1024
"""A page longer than this is not read to its end: a check is not a download."""

GOOD = Verdict(True)


def request_of(target: HttpTarget) -> bytes:
    """The request as keepalived writes it: web servers' log filters know this User-Agent."""
    version = "1.1" if target.protocol is HttpProtocol.HTTP_1_1 else "1.0"
    close = "" if target.protocol is HttpProtocol.HTTP_1_0 else "Connection: close\r\n"
    first = f"GET {target.path} HTTP/{version}\r\nUser-Agent: KeepAliveClient\r\n"
    return f"{first}{close}Host: {target.host}\r\n\r\n".encode("utf-8", "surrogateescape")


def failure(words: str, reason: str) -> Verdict:
    """A bad verdict: ``words`` begin keepalived's log line, ``reason`` tells more."""
    return Verdict(False, reason, line=words + " server {server}.")


async def get(stream: Stream, target: HttpTarget, deadline_ns: int) -> Verdict:
    """Send the request, read the answer, judge it.  Each phase has ``target.phase_timeout_ns``."""
    reader = AnswerReader()
    raw: BodyJudge | None = None
    try:
        judge = BodyJudge(digest=bool(target.digest), pattern=target.pattern)
    except re.error as problem:
        return failure("Regex match failed", f"the pattern cannot be used: {problem}")
    try:
        limit_ns = _phase(target, deadline_ns)
        await stream.send(request_of(target), limit_ns)
        while not reader.complete:
            in_header = reader.status is None
            try:
                data = await stream.receive(READ_BYTES, limit_ns)
            except TimeoutError:
                return _too_slow(reader)
            if not data:
                reader.end()
                break
            judge.feed(reader.feed(data))
            if in_header and reader.status is not None:
                limit_ns = _phase(target, deadline_ns)
                if reader.chunked and target.digest:
                    # keepalived and its genhash take the digest over the chunk framing as well.
                    raw = BodyJudge(digest=True, pattern=None)
                    data = data[len(data) - reader.tail :]
            if raw is not None:
                raw.feed(data)
            if reader.received > MAX_BODY_BYTES:
                return failure("Timeout HTTP read", f"a body of more than {MAX_BODY_BYTES >> 20} MiB")
    except BadAnswerError as problem:
        what = "Read, no data received from " if reader.status is None else "Read error with"
        return failure(what, str(problem))
    except (OSError, ssl.SSLError) as problem:
        return failure("Read error with", getattr(problem, "strerror", None) or str(problem))
    return judge_answer(target, reader, judge, raw)


def judge_answer(
    target: HttpTarget, reader: AnswerReader, judge: BodyJudge, raw: BodyJudge | None
) -> Verdict:
    """Status first, then digest, then pattern."""
    status = reader.status
    if status is None or not any(low <= status <= high for low, high in target.accepted):
        wanted = ", ".join(f"{low}-{high}" if low != high else str(low) for low, high in target.accepted)
        return failure("HTTP status code error to", f"status {status}, wanted {wanted}")
    if target.digest and target.digest not in (judge.digest(), raw.digest() if raw else ""):
        return failure("MD5 digest error to", f"digest {judge.digest()}, wanted {target.digest}")
    if not judge.pattern_fits():
        found = "not found" if target.pattern and target.pattern.wanted else "found"
        return failure("Regex match failed", f"the pattern was {found}")
    return GOOD


def success_words(target: HttpTarget) -> str:
    """What the judgement rested on, as keepalived's log calls it."""
    if target.pattern is not None:
        return "Regex match"
    return "MD5 digest" if target.digest else "HTTP status code"


def _phase(target: HttpTarget, deadline_ns: int) -> int:
    return min(deadline_ns, time.monotonic_ns() + target.phase_timeout_ns)


def _too_slow(reader: AnswerReader) -> Verdict:
    if reader.status is None:
        return failure("Timeout WEB read", "no complete header in time")
    return failure("Timeout HTTP read", "no complete body in time")
