"""The digest of a page, from servers on loopback."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from pykeepalived.cli import genhash

PAGE = b"alive and well"
CHUNKS = b"5\r\nalive\r\n9\r\n and well\r\n0\r\n\r\n"

Serve = Callable[[bytes], str]


@pytest.fixture
def heard() -> list[bytes]:
    return []


@pytest.fixture
def serve(heard: list[bytes]) -> Iterator[Serve]:
    """A server for one request that says what it is told to; returns its port."""
    threads: list[threading.Thread] = []

    def start(answer: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(10)

        def once() -> None:
            with listener, listener.accept()[0] as client:
                heard.append(client.recv(4096))
                client.sendall(answer)

        threads.append(threading.Thread(target=once))
        threads[-1].start()
        return str(listener.getsockname()[1])

    yield start
    for thread in threads:
        thread.join()


def genhash_of(port: str, *more: str) -> int:
    return genhash.run(["-s", "127.0.0.1", "-p", port, "-u", "/a", *more])


@pytest.mark.parametrize(
    ("answer", "digested"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n" + PAGE, PAGE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n" + PAGE, PAGE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS, CHUNKS),
    ],
)
def test_the_digest_of_the_body_as_keepalived_takes_it(
    serve: Serve, capsys: pytest.CaptureFixture[str], answer: bytes, digested: bytes
) -> None:
    assert 0 == genhash_of(serve(answer))
    assert hashlib.md5(digested).hexdigest() + "\n" == capsys.readouterr().out


def test_host_and_protocol_are_sent(serve: Serve, heard: list[bytes]) -> None:
    genhash_of(serve(b"HTTP/1.1 200 OK\r\n\r\n"), "-V", "www.example.net", "-P", "1.1")

    assert heard[0].startswith(b"GET /a HTTP/1.1\r\n")
    assert b"\r\nHost: www.example.net\r\n" in heard[0]


def test_another_status_is_told_beside_the_digest(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == genhash_of(serve(b"HTTP/1.0 404 Not Found\r\n\r\nno"))
    assert "status 404, 2 bytes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-x\r\n", "no HTTP status line"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + PAGE, "ended within the body, after 14 bytes"),
    ],
)
def test_without_a_whole_page_there_is_no_digest(
    serve: Serve, capsys: pytest.CaptureFixture[str], answer: bytes, words: str
) -> None:
    assert genhash.EXIT_FAILED == genhash_of(serve(answer))
    printed = capsys.readouterr()
    assert "" == printed.out
    assert words in printed.err


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["-s", "127.0.0.1", "-u", "/", "-p", "70000"], "no port from 1 to 65535"),
        (["-s", "127.0.0.1", "-u", "/", "-P", "2"], "none of 1.0, 1.0c, 1.1"),
        (["-s", "127.0.0.1", "-u", "/", "-t", "0"], "no number of seconds"),
        (["-s", "web", "-u", "/"], "'web'"),
    ],
)
def test_a_wrong_option_is_explained(
    argv: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        genhash.run(argv)

    assert 2 == ended.value.code
    assert complaint in capsys.readouterr().err
