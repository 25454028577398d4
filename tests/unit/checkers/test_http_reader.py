"""What the HTTP reader makes of answers, good and bad."""

from __future__ import annotations

import pytest

from pykeepalived.checkers.http_reader import MAX_HEADER_BYTES, AnswerReader, BadAnswerError


def read(answer: bytes, *, ended: bool = True) -> tuple[AnswerReader, bytes]:
    reader = AnswerReader()
    body = reader.feed(answer)
    if ended and not reader.complete:
        reader.end()
    return reader, body


class TestBodies:
    def test_without_a_length_the_body_ends_with_the_connection(self) -> None:
        reader, body = read(b"HTTP/1.0 200 OK\r\nX: y\r\n\r\nhello", ended=False)

        assert (200, b"hello", False) == (reader.status, body, reader.complete)
        reader.end()
        assert reader.complete

    def test_content_length_ends_the_body(self) -> None:
        reader, body = read(b"HTTP/1.1 200 OK\r\ncontent-LENGTH:  5\r\n\r\nhello, and more", ended=False)

        assert (b"hello", True, 5) == (body, reader.complete, reader.received)

    def test_chunks_lose_their_framing_extensions_and_trailers(self) -> None:
        answer = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n1;q=1\r\n,\r\nA \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\njunk"
        )
        reader, body = read(answer, ended=False)

        assert (b"hello,0123456789", True) == (body, reader.complete)

    def test_chunked_wins_over_content_length(self) -> None:
        reader, body = read(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
            b"2\r\nab\r\n0\r\n\r\n"
        )

        assert (b"ab", True) == (body, reader.chunked)

    @pytest.mark.parametrize("status", [204, 304])
    def test_some_answers_have_no_body(self, status: int) -> None:
        reader, body = read(b"HTTP/1.1 %d x\r\nContent-Length: 5\r\n\r\n" % status, ended=False)

        assert (status, b"", True) == (reader.status, body, reader.complete)

    def test_a_connection_that_ends_early_leaves_the_body_incomplete(self) -> None:
        reader, body = read(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")

        assert (b"hello", False, 50) == (body, reader.complete, reader.content_length)


class TestHeaders:
    def test_interim_answers_are_passed_over(self) -> None:
        reader, body = read(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\nno", ended=True
        )

        assert (404, b"no") == (reader.status, body)

    @pytest.mark.parametrize(
        "line",
        [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200\r\n\r\n", b"HTTP/1.1 200 OK\n\n", b"HTTP/2 200 \r\n\r\n"],
    )
    def test_forms_of_the_status_line(self, line: bytes) -> None:
        assert 200 == read(line)[0].status

    @pytest.mark.parametrize("value", [b"x", b"-1", b"", b"5 5", b"9" * 30])
    def test_a_length_that_makes_no_sense_is_ignored_as_in_keepalived(self, value: bytes) -> None:
        reader, body = read(b"HTTP/1.1 200 OK\r\nContent-Length: " + value + b"\r\n\r\nhello")

        assert (None, b"hello") == (reader.content_length, body)


class TestErrors:
    @pytest.mark.parametrize(
        "answer",
        [
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"\r\n\r\n",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2000,
        ],
    )
    def test_nonsense_is_told_at_once(self, answer: bytes) -> None:
        with pytest.raises(BadAnswerError):
            AnswerReader().feed(answer)

    def test_no_data_and_half_a_header_are_different_stories(self) -> None:
        with pytest.raises(BadAnswerError, match="no data"):
            AnswerReader().end()
        reader = AnswerReader()
        reader.feed(b"HTTP/1.1 200 OK\r\nServer: x")
        with pytest.raises(BadAnswerError, match="within the header"):
            reader.end()

    def test_an_endless_header_is_cut_off(self) -> None:
        reader = AnswerReader()
        reader.feed(b"HTTP/1.1 200 OK\r\n")
        with pytest.raises(BadAnswerError, match="header of more than"):
            for _ in range(MAX_HEADER_BYTES // 8 + 1):
                reader.feed(b"X-A: b\r\n")

    def test_endless_trailers_are_cut_off(self) -> None:
        reader = AnswerReader()
        reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
        with pytest.raises(BadAnswerError, match="trailers of more than"):
            for _ in range(MAX_HEADER_BYTES // 6 + 1):
                reader.feed(b"X-A: b\r\n")
