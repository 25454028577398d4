"""What is asked of a web server, and how its answer is judged."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import replace
from ipaddress import ip_address

import pytest

from pykeepalived.checkers.exchange import get, request_of, success_words
from pykeepalived.checkers.sockets import Stream
from pykeepalived.health.settings import BodyPattern, Connection, HttpProtocol, HttpTarget
from pykeepalived.health.verdict import Verdict

TARGET = HttpTarget(Connection(ip_address("192.0.2.11"), 80), "/a?b=c", "www.example.net", 10**9)
PAGE = b"alive and well"
DIGEST = hashlib.md5(PAGE).hexdigest()
CHUNKS = b"5\r\nalive\r\n9\r\n and well\r\n0\r\n\r\n"


class Played(Stream):
    """A server that says what it was told to, whatever it hears."""

    def __init__(self, *pieces: bytes) -> None:
        self.heard = b""
        self.pieces = list(pieces)

    async def send(self, data: bytes, deadline_ns: int) -> None:
        self.heard += data

    async def receive(self, limit: int, deadline_ns: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


def judge(target: HttpTarget, *pieces: bytes) -> Verdict:
    return asyncio.run(get(Played(*pieces), target, time.monotonic_ns() + 10**10))


def answer(status: int = 200, body: bytes = PAGE, *headers: bytes) -> bytes:
    return b"HTTP/1.1 %d x\r\n" % status + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body


class TestRequest:
    @pytest.mark.parametrize(
        ("protocol", "first_line", "close"),
        [
            (HttpProtocol.HTTP_1_0, b"GET /a?b=c HTTP/1.0", False),
            (HttpProtocol.HTTP_1_0C, b"GET /a?b=c HTTP/1.0", True),
            (HttpProtocol.HTTP_1_1, b"GET /a?b=c HTTP/1.1", True),
        ],
    )
    def test_protocols(self, protocol: HttpProtocol, first_line: bytes, close: bool) -> None:
        request = request_of(replace(TARGET, protocol=protocol))
        lines = request.split(b"\r\n")

        assert first_line == lines[0]
        assert close == (b"Connection: close" in lines)
        assert b"Host: www.example.net" in lines
        assert request.endswith(b"\r\n\r\n")


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "accepted", "ok"),
        [
            (200, ((200, 299),), True),
            (299, ((200, 299),), True),
            (301, ((200, 299),), False),
            (301, ((200, 200), (300, 305)), True),
            (404, ((404, 404),), True),
            (500, ((200, 200), (300, 305)), False),
        ],
    )
    def test_ranges(self, status: int, accepted: tuple[tuple[int, int], ...], ok: bool) -> None:
        assert ok == judge(replace(TARGET, accepted=accepted), answer(status)).ok

    def test_a_wrong_status_says_what_was_wanted(self) -> None:
        verdict = judge(replace(TARGET, accepted=((200, 204), (404, 404))), answer(503))

        assert "status 503, wanted 200-204, 404" == verdict.reason
        assert "HTTP status code error to server X." == verdict.line.format(server="X")


class TestBody:
    def test_digest(self) -> None:
        assert judge(replace(TARGET, digest=DIGEST), answer()).ok
        assert not judge(replace(TARGET, digest=DIGEST), answer(200, PAGE + b"!")).ok

    def test_the_digest_ends_with_the_promised_length(self) -> None:
        length = b"Content-Length: %d" % len(PAGE)

        assert judge(replace(TARGET, digest=DIGEST), answer(200, PAGE + b"more", length)).ok

    def test_the_digest_of_chunks_is_that_of_the_page(self) -> None:
        chunked = answer(200, CHUNKS, b"Transfer-Encoding: chunked")

        assert judge(replace(TARGET, digest=DIGEST), chunked).ok

    @pytest.mark.parametrize("cut", range(0, 80, 7))
    def test_a_digest_that_keepalived_took_over_the_chunk_framing_is_accepted(self, cut: int) -> None:
        chunked = answer(200, CHUNKS, b"Transfer-Encoding: chunked")
        target = replace(TARGET, digest=hashlib.md5(CHUNKS).hexdigest())

        assert judge(target, chunked[:cut] or chunked[:1], chunked[cut or 1 :]).ok

    def test_pattern(self) -> None:
        assert judge(replace(TARGET, pattern=BodyPattern("al.ve")), answer()).ok
        verdict = judge(replace(TARGET, pattern=BodyPattern("dead")), answer())
        assert (False, "the pattern was not found") == (verdict.ok, verdict.reason)
        assert not judge(replace(TARGET, pattern=BodyPattern("well", wanted=False)), answer()).ok

    def test_a_body_shorter_than_promised_passes_as_in_keepalived(self) -> None:
        assert judge(TARGET, answer(200, b"short", b"Content-Length: 500")).ok

    def test_no_data_is_its_own_story(self) -> None:
        verdict = judge(TARGET)

        assert "no data" == verdict.reason

    def test_what_the_log_says_a_success_rested_on(self) -> None:
        assert "HTTP status code" == success_words(TARGET)
        assert "MD5 digest" == success_words(replace(TARGET, digest=DIGEST))
        assert "Regex match" == success_words(replace(TARGET, digest=DIGEST, pattern=BodyPattern("a")))
