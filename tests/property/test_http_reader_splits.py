"""However an answer is cut into pieces, the HTTP reader says the same of it."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from pykeepalived.checkers.http_reader import AnswerReader, BadAnswerError

BODIES = st.binary(max_size=60)
STATUS = st.integers(100, 599)
JUNK = st.binary(max_size=8)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Mostly well-formed answers of all three kinds, with a little damage in some of them."""
    newline = draw(st.sampled_from([b"\r\n", b"\n"]))
    head = [b"HTTP/1.1 %d ok" % draw(STATUS)]
    body = draw(BODIES)
    match draw(st.sampled_from(["open", "sized", "chunked"])):
        case "sized":
            head.append(b"Content-Length: %d" % max(0, len(body) + draw(st.integers(-3, 3))))
        case "chunked":
            head.append(b"Transfer-Encoding: chunked")
            cuts = draw(st.lists(st.integers(1, 20), max_size=4))
            pieces = []
            for size in cuts:
                pieces.append(body[:size])
                body = body[size:]
            pieces.append(body)
            body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces if p) + b"0\r\n\r\n"
    answer = newline.join(head) + newline * 2 + body + draw(JUNK)
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(answer)))
        answer = answer[:at] + draw(JUNK) + answer[at + draw(st.integers(0, 3)) :]
    return answer


def outcome(pieces: list[bytes]) -> tuple[object, ...]:
    """What the reader makes of the pieces; body bytes of a broken answer are not compared."""
    reader = AnswerReader()
    body = bytearray()
    try:
        for piece in pieces:
            body += reader.feed(piece)
        if not reader.complete:
            reader.end()
    except BadAnswerError as problem:
        return ("bad", str(problem))
    return (
        reader.status,
        reader.chunked,
        reader.content_length,
        reader.received,
        reader.complete,
        bytes(body),
    )


@settings(max_examples=300, deadline=None)
@given(answers(), st.lists(st.integers(0, 200), max_size=8))
def test_any_split_gives_the_same_result(answer: bytes, cuts: list[int]) -> None:
    at = sorted({0, len(answer), *(cut for cut in cuts if cut < len(answer))})
    pieces = [answer[start:end] for start, end in itertools.pairwise(at)]

    assert outcome([answer]) == outcome(pieces)


@settings(max_examples=150, deadline=None)
@given(answers())
def test_byte_by_byte_gives_the_same_result(answer: bytes) -> None:
    assert outcome([answer]) == outcome([answer[i : i + 1] for i in range(len(answer))])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_never_raise_anything_else(data: bytes) -> None:
    outcome([data])
