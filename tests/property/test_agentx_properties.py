"""Any AgentX PDU, whole, in parts and damaged; and noise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.wire import agentx
from pykeepalived.wire.agentx import (
    Bare,
    Close,
    Get,
    GetBulk,
    GetNext,
    Kind,
    MalformedError,
    Notify,
    Open,
    Pdu,
    Register,
    Response,
    SearchRange,
    Type,
    Value,
    VarBind,
)
from pykeepalived.wire.agentx_codec import encode, take

KEEPALIVED = (1, 3, 6, 1, 4, 1, 9586, 100, 5)

subids = st.integers(0, 0xFFFFFFFF)
oids = st.one_of(
    st.just(()),
    st.lists(subids, max_size=20).map(lambda rest: (*KEEPALIVED, *rest)),
    st.lists(subids, max_size=20).map(tuple),
)
values = st.one_of(
    st.builds(Value, st.just(Type.INTEGER), st.integers(-(1 << 31), (1 << 31) - 1)),
    st.builds(Value, st.sampled_from([Type.COUNTER32, Type.GAUGE32, Type.TIME_TICKS]), subids),
    st.builds(Value, st.just(Type.COUNTER64), st.integers(0, (1 << 64) - 1)),
    st.builds(Value, st.sampled_from([Type.OCTET_STRING, Type.OPAQUE]), st.binary(max_size=40)),
    st.builds(Value, st.just(Type.IP_ADDRESS), st.binary(min_size=4, max_size=4)),
    st.builds(Value, st.just(Type.OBJECT_IDENTIFIER), oids),
    st.builds(Value, st.sampled_from([Type.NULL, Type.NO_SUCH_OBJECT, Type.END_OF_MIB_VIEW])),
)
bindings = st.lists(st.builds(VarBind, oids, values), max_size=4).map(tuple)
ranges = st.lists(st.builds(SearchRange, oids, oids, st.booleans()), max_size=4).map(tuple)
u16, byte = st.integers(0, 0xFFFF), st.integers(0, 0xFF)
bodies = st.one_of(
    st.builds(Open, st.binary(max_size=20), oids, byte),
    st.builds(Close, byte),
    st.builds(Register, oids, byte, byte),
    st.builds(Get, ranges),
    st.builds(GetNext, ranges),
    st.builds(GetBulk, u16, u16, ranges),
    st.builds(agentx.TestSet, bindings),
    st.builds(Notify, bindings),
    st.builds(Response, u16, u16, bindings, subids),
    st.builds(Bare, st.sampled_from([Kind.PING, Kind.COMMIT_SET, Kind.UNDO_SET, Kind.CLEANUP_SET])),
)
pdus = st.builds(Pdu, bodies, subids, subids, subids, st.binary(max_size=8))


@given(pdus, st.binary(max_size=8))
def test_what_was_encoded_is_read_again_and_nothing_behind_it(pdu: Pdu, behind: bytes) -> None:
    data = encode(pdu)
    assert (pdu, len(data)) == take(data + behind)


@given(pdus, st.data())
def test_a_part_of_a_pdu_is_waited_for(pdu: Pdu, draw: st.DataObject) -> None:
    data = encode(pdu)
    part = data[: draw.draw(st.integers(0, len(data) - 1))]
    assert (None, 0) == take(part)


@given(pdus, st.data())
def test_a_damaged_pdu_is_read_or_refused_and_never_more(pdu: Pdu, draw: st.DataObject) -> None:
    data = bytearray(encode(pdu))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(byte)
    try:
        _, taken = take(data)
    except MalformedError:
        return
    assert 0 <= taken <= len(data)


@given(st.binary(max_size=200))
def test_noise_is_refused_or_waited_for(noise: bytes) -> None:
    header = bytes([1, 5, 16, 0]) + bytes(12) + (len(noise) // 4 * 4).to_bytes(4, "big")
    try:
        pdu, taken = take(header + noise)
    except MalformedError:
        return
    assert pdu is not None and 20 + len(noise) // 4 * 4 == taken
