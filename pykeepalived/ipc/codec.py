"""Frozen dataclasses as JSON values and back, driven by their type hints.

Carried: None, bool, int, float, str, bytes (as hex), enums (as their value), ipaddress objects (as text),
tuples and frozensets (as arrays), ``dict[str, X]``, dataclasses (as objects), unions.  A union of one type
and None is the value or null; any other union is ``[tag, value]`` where the tag is the class name.  A field
declared as ``object`` may hold a dataclass of this project; its tag then names the module too.

Converters are built once per type.  No type is ever chosen by the data beyond those tags, so the reader can
never be made to build anything but our own values.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import ipaddress
import sys
import types
import typing
from collections.abc import Callable

from pykeepalived.base.errors import PykeepalivedError

Json = typing.Any
"""What the json module reads and writes."""

Converter = Callable[[typing.Any], Json]

_PLAIN = (bool, int, float, str, type(None))
_ADDRESSES = (
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Network,
    ipaddress.IPv6Network,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
)
PACKAGES = ["pykeepalived"]
"""Whose dataclasses an ``object`` field may hold; tests add their own."""


class CodecError(PykeepalivedError):
    """A value or a received text does not fit its declared type."""


@dataclasses.dataclass(frozen=True, slots=True)
class Codec:
    """Both directions for one type."""

    encode: Converter
    decode: Converter


def _identity(value: typing.Any) -> typing.Any:
    return value


_IDENTITY = Codec(_identity, _identity)
_BYTES = Codec(bytes.hex, bytes.fromhex)


@functools.cache
def codec_for(hint: typing.Any) -> Codec:
    """The converters of a type hint; CodecError for one that cannot be carried."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(hint))
    if origin in (tuple, frozenset):
        return _sequence(origin, typing.get_args(hint))
    if origin is dict:
        return _mapping(typing.get_args(hint))
    if origin is typing.Literal:
        return _IDENTITY
    if hint in (object, typing.Any):
        return Codec(_encode_tagged, _decode_tagged)
    if not isinstance(hint, type):
        raise CodecError(f"{hint!r} cannot be carried in a message")
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint)
    if issubclass(hint, enum.Enum):
        return Codec(lambda member: member.value, hint)
    if hint is bytes:
        return _BYTES
    if hint in _ADDRESSES:
        return Codec(str, hint)
    if hint in _PLAIN:
        return _IDENTITY
    raise CodecError(f"{hint!r} cannot be carried in a message")


def _sequence(kind: type, arguments: tuple[typing.Any, ...]) -> Codec:
    if kind is frozenset or (len(arguments) == 2 and arguments[1] is Ellipsis):
        item = codec_for(arguments[0])
        if item is _IDENTITY:
            return Codec(list, kind)
        encode, decode = item.encode, item.decode
        return Codec(
            lambda values: [encode(v) for v in values], lambda values: kind(decode(v) for v in values)
        )
    items = [codec_for(argument) for argument in arguments]
    return Codec(
        lambda values: [item.encode(v) for item, v in zip(items, values, strict=True)],
        lambda values: tuple(item.decode(v) for item, v in zip(items, values, strict=True)),
    )


def _mapping(arguments: tuple[typing.Any, ...]) -> Codec:
    if arguments[0] is not str:
        raise CodecError("only dictionaries with text keys can be carried in a message")
    item = codec_for(arguments[1])
    return Codec(
        lambda values: {k: item.encode(v) for k, v in values.items()},
        lambda values: {k: item.decode(v) for k, v in values.items()},
    )


def _union(options: tuple[typing.Any, ...]) -> Codec:
    real = [option for option in options if option is not type(None)]
    optional = len(real) < len(options)
    if len(real) == 1:
        inner = codec_for(real[0])
    else:
        inner = _tagged_union(real)
    if not optional or inner is _IDENTITY:
        return inner
    encode, decode = inner.encode, inner.decode
    return Codec(
        lambda value: None if value is None else encode(value),
        lambda value: None if value is None else decode(value),
    )


def _tagged_union(options: list[typing.Any]) -> Codec:
    by_tag: dict[str, Codec] = {}
    by_type: dict[type, tuple[str, Codec]] = {}
    for option in options:
        kind = typing.get_origin(option) or option
        if kind in by_type:
            raise CodecError(f"{option!r} cannot be told from another member of its union")
        tag = kind.__name__
        if tag in by_tag:
            raise CodecError(f"two classes named {tag} in one union")
        by_tag[tag] = codec_for(option)
        by_type[kind] = (tag, by_tag[tag])

    def encode(value: typing.Any) -> Json:
        try:
            tag, codec = by_type[type(value)]
        except KeyError:
            raise CodecError(f"{type(value).__name__} is none of {', '.join(by_tag)}") from None
        return [tag, codec.encode(value)]

    def decode(pair: Json) -> typing.Any:
        tag, value = pair
        try:
            return by_tag[tag].decode(value)
        except KeyError:
            raise CodecError(f"unknown kind {tag!r}; known are {', '.join(by_tag)}") from None

    return Codec(encode, decode)


def _dataclass(cls: type) -> Codec:
    hints: dict[str, typing.Any] | None = None

    def fields() -> list[tuple[str, Codec]]:
        # Hints are read on first use: classes may mention each other.
        nonlocal hints
        if hints is None:
            hints = typing.get_type_hints(cls)
        return [(f.name, codec_for(hints[f.name])) for f in dataclasses.fields(cls) if f.init]

    known: list[tuple[str, Codec]] = []

    def encode(value: typing.Any) -> Json:
        if not known:
            known.extend(fields())
        return {name: codec.encode(getattr(value, name)) for name, codec in known}

    def decode(data: Json) -> typing.Any:
        if not known:
            known.extend(fields())
        try:
            return cls(**{name: codec.decode(data[name]) for name, codec in known if name in data})
        except (TypeError, ValueError, AttributeError) as problem:
            raise CodecError(f"not a {cls.__name__}: {problem}") from problem

    return Codec(encode, decode)


def _encode_tagged(value: typing.Any) -> Json:
    if value is None:
        return None
    cls = type(value)
    if not dataclasses.is_dataclass(cls):
        raise CodecError(f"{cls.__name__} is not a dataclass, and its field does not say its type")
    return [f"{cls.__module__}:{cls.__qualname__}", codec_for(cls).encode(value)]


def _decode_tagged(pair: Json) -> typing.Any:
    if pair is None:
        return None
    tag, value = pair
    module, _, name = tag.partition(":")
    # Only what this process has already imported of this project can be named.
    ours = module.partition(".")[0] in PACKAGES
    found = getattr(sys.modules.get(module), name, None) if ours else None
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise CodecError(f"unknown kind {tag!r}")
    return codec_for(found).decode(value)
