"""Plans as bytes, of which Python's own pickle makes plans again; at half the time that its usual form takes.

Plans are frozen dataclasses by the ten thousand.  What ``dataclasses`` gives those for unpickling looks up
the fields of the class for every object; here the class's slots are known after the first.
"""

from __future__ import annotations

import dataclasses
import enum
import io
import ipaddress
import pickle
from collections.abc import Callable
from typing import Any

_PLAIN = frozenset({bool, int, float, str, bytes, type(None)})
_setters: dict[type, list[Callable[[Any, Any], None]]] = {}


def dumps(value: object) -> bytes:
    """For :func:`loads`; what cannot be pickled raises what pickle raises (TypeError, PicklingError …)."""
    file = io.BytesIO()
    _Pickler(file).dump(value)
    return file.getvalue()


def loads(data: bytes) -> Any:
    """From :func:`dumps`, and from nobody else: such bytes can make Python do anything."""
    return pickle.loads(data)


def rebuilt(cls: type, *values: Any) -> Any:
    """An object with slots, whose fields have these values."""
    made: Any = object.__new__(cls)
    setters = _setters.get(cls)
    if setters is None:
        setters = _setters[cls] = [getattr(cls, name).__set__ for name in _fields(cls)]
    for put, value in zip(setters, values, strict=True):
        put(made, value)
    return made


class _Pickler(pickle.Pickler):
    """Of small values that are the same, as a thousand routers have them, one is written."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self._shared: dict[tuple[object, ...], object] = {}

    def reducer_override(self, value: object) -> Any:
        cls = type(value)
        if isinstance(value, ipaddress.IPv4Address) and cls is ipaddress.IPv4Address:  # no IPv4Interface
            return cls, (int(value),)  # otherwise a text, which has to be read
        if dataclasses.is_dataclass(cls) and not hasattr(value, "__dict__"):
            return rebuilt, (cls, *(self._one(getattr(value, name)) for name in _fields(cls)))
        return NotImplemented

    def _one(self, value: Any) -> Any:
        """The first of those that have the same plain values in all fields, compared or not."""
        cls = type(value)
        if not dataclasses.is_dataclass(cls) or hasattr(value, "__dict__"):
            return value
        values = [getattr(value, name) for name in _fields(cls)]
        if not all(type(one) in _PLAIN or isinstance(one, enum.Enum) for one in values):
            return value
        return self._shared.setdefault((cls, *map(type, values), *values), value)


def _fields(cls: type) -> list[str]:
    return [field.name for field in dataclasses.fields(cls)]
