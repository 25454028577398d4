"""AgentX PDUs as bytes: RFC 2741 sections 5 and 6."""

from __future__ import annotations

import pytest

from pykeepalived.wire.agentx import (
    Get,
    MalformedError,
    Notify,
    Open,
    Pdu,
    Register,
    SearchRange,
    Type,
    Value,
    VarBind,
)
from pykeepalived.wire.agentx_codec import encode, take

KEEPALIVED = (1, 3, 6, 1, 4, 1, 9586, 100, 5)


def test_an_open_is_laid_out_as_the_rfc_draws_it() -> None:
    expected = (
        "01 01 10 00  00 00 00 00  00 00 00 00  00 00 00 07  00 00 00 10"
        "00 00 00 00  00 00 00 00  00 00 00 03  61 62 63 00"
    )
    assert bytes.fromhex(expected) == encode(Pdu(Open(b"abc"), packet=7))


def test_an_identifier_below_internet_has_its_prefix_in_one_byte() -> None:
    expected = "00 7f 00 00  04 04 00 00  00 00 00 01  00 00 25 72  00 00 00 64  00 00 00 05"
    assert bytes.fromhex(expected) == encode(Pdu(Register(KEEPALIVED)))[20:]


def test_an_identifier_elsewhere_is_written_in_full() -> None:
    data = encode(Pdu(Get((SearchRange((1, 2, 3)),))))
    assert bytes.fromhex("03 00 00 00  00 00 00 01 00 00 00 02 00 00 00 03  00 00 00 00") == data[20:]


def test_little_endian_masters_are_understood() -> None:
    pdu = bytes.fromhex("01 05 00 00  2a 00 00 00  01 00 00 00  02 00 00 00  0c 00 00 00") + bytes.fromhex(
        "01 04 01 00  09 00 00 00  00 00 00 00"
    )
    expected = Pdu(Get((SearchRange((1, 3, 6, 1, 4, 9), (), True),)), 42, 1, 2)
    assert (expected, 32) == take(pdu)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Value(Type.INTEGER, 1 << 40), (1 << 31) - 1),
        (Value(Type.INTEGER, -(1 << 40)), -(1 << 31)),
        (Value(Type.GAUGE32, 1 << 40), 0xFFFFFFFF),
        (Value(Type.GAUGE32, -1), 0),
        (Value(Type.COUNTER32, (1 << 32) + 5), 5),
        (Value(Type.COUNTER64, (1 << 64) + 5), 5),
        (Value(Type.TIME_TICKS, (1 << 32) + 5), 5),
    ],
)
def test_numbers_that_do_not_fit_wrap_or_stop_as_their_type_says(value: Value, expected: int) -> None:
    pdu, _ = take(encode(Pdu(Notify((VarBind(KEEPALIVED, value),)))))
    assert pdu is not None and isinstance(pdu.body, Notify)
    assert expected == pdu.body.bindings[0].value.data


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("02", "version 2"),
        ("01 63 10 00  00000000 00000000 00000000 00000000", "type 99"),
        ("01 05 10 00  00000000 00000000 00000000 00000003", "3 bytes of payload"),
        ("01 05 10 00  00000000 00000000 00000000 7fffffff", "bytes of payload"),
        ("01 05 10 00  00000000 00000000 00000000 00000004  ff000000", "255 parts"),
        ("01 05 10 00  00000000 00000000 00000000 00000004  02000000", "too early"),
        ("01 01 10 00  00000000 00000000 00000000 0000000c  00000000 00000000 ffffffff", "too early"),
        ("01 0c 10 00  00000000 00000000 00000000 00000004  00630000", "type 99"),
    ],
)
def test_what_does_not_fit_itself_is_refused(data: str, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        take(bytes.fromhex(data))
