"""Values survive the way through JSON, and nothing but our own values can be built."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pykeepalived.ipc.codec import CodecError, codec_for
from pykeepalived.ipc.messages import Message, Reload, Restored, RouterState, RouterStateChanged, SubjectKind
from pykeepalived.vrrp.settings import RouterSettings, VirtualAddress


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Bits(enum.IntFlag):
    ONE = 1
    TWO = 2


@dataclass(frozen=True, slots=True)
class Inner:
    number: int
    address: IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Other:
    number: int


@dataclass(frozen=True, slots=True)
class Everything:
    text: str
    data: bytes
    flag: bool
    ratio: float
    colour: Colour
    bits: Bits
    maybe: int | None
    inner: Inner | None
    many: tuple[Inner, ...]
    pair: tuple[str, int]
    either: Inner | Other
    table: dict[str, Inner]
    names: frozenset[str]


addresses = st.ip_addresses()
inners = st.builds(Inner, st.integers(), addresses)
everythings = st.builds(
    Everything,
    text=st.text(),
    data=st.binary(),
    flag=st.booleans(),
    ratio=st.floats(allow_nan=False),
    colour=st.sampled_from(Colour),
    bits=st.sampled_from([Bits.ONE, Bits.TWO, Bits.ONE | Bits.TWO, Bits(0)]),
    maybe=st.none() | st.integers(),
    inner=st.none() | inners,
    many=st.lists(inners).map(tuple),
    pair=st.tuples(st.text(), st.integers()),
    either=inners | st.builds(Other, st.integers()),
    table=st.dictionaries(st.text(), inners, max_size=3),
    names=st.frozensets(st.text()),
)


def through_json(hint: Any, value: Any) -> Any:
    codec = codec_for(hint)
    return codec.decode(json.loads(json.dumps(codec.encode(value))))


@given(everythings)
def test_every_kind_of_field_survives(value: Everything) -> None:
    assert value == through_json(Everything, value)


@given(everythings)
def test_types_survive_too(value: Everything) -> None:
    read = through_json(Everything, value)
    assert type(value.either) is type(read.either)
    assert type(value.many) is type(read.many)
    assert isinstance(read.bits, Bits)


def test_a_plan_travels_in_a_reload() -> None:
    address = VirtualAddress(IPv4Address("192.0.2.1"), 24, "eth0")
    plan = RouterSettings("VI_1", "eth0", 51, addresses=(address,))
    assert Reload(7, plan) == through_json(Message, Reload(7, plan))


def test_what_is_absent_takes_its_default() -> None:
    assert codec_for(Restored).decode({"died_at": 4}) == Restored(4)


def test_every_message_has_a_codec() -> None:
    for message in get_args(Message):
        codec_for(message).encode  # noqa: B018  building it is the test
        hints = codec_for(message)
        assert hints is codec_for(message)


@pytest.mark.parametrize(
    "data",
    [
        ["NoSuchMessage", {}],
        ["RouterStateChanged", {"name": "x"}],
        ["RouterStateChanged", {"name": "x", "kind": "INSTANCE", "state": "ASLEEP", "priority": 1}],
        ["Reload", {"request_id": 1, "plan": ["os:system", {"command": "true"}]}],
        ["Reload", {"request_id": 1, "plan": ["pykeepalived.ipc.codec:json", {}]}],
        ["Reload", {"request_id": 1, "plan": ["pykeepalived.no.such.module:Thing", {}]}],
    ],
)
def test_foreign_text_is_refused(data: object) -> None:
    with pytest.raises(CodecError):
        codec_for(Message).decode(data)


def test_a_value_of_no_declared_type_is_refused() -> None:
    with pytest.raises(CodecError):
        codec_for(Message).encode(Other(3))
    with pytest.raises(CodecError):
        codec_for(Reload).encode(Reload(1, [1, 2]))


def test_enum_fields_are_their_value() -> None:
    change = RouterStateChanged("V", SubjectKind.GROUP, RouterState.FAULT, 0, 9)
    expected = {"name": "V", "kind": "GROUP", "state": "FAULT", "priority": 0, "changed_at": 9}
    assert expected == codec_for(RouterStateChanged).encode(change)
