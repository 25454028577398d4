"""A bound block as it would be if its lines stood somewhere else in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeVar

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.config.bound import NOTHING, Bound
from pykeepalived.config.memo import MovedPlaces
from pykeepalived.syntax.nodes import Statement
from pykeepalived.syntax.repeats import moved_statement

B = TypeVar("B", bound=Bound)

_PLACES = ("head", "where")
_PLACELESS = {int, str, bool, float, bytes, type(None), IPv4Address, IPv6Address}
_PLACELESS_NAMES = frozenset(
    {"int", "str", "bool", "float", "bytes", "None", "tuple", "IPAddress", "IPv4Address", "IPv6Address"}
)


class ImmovableError(PykeepalivedError):
    """A block has a value of a kind that nobody has said how to move."""


class _MovedPlace:
    """Where a block stands that was moved."""

    __slots__ = ("_head", "_shift", "_where")

    def __init__(self, head: Statement, where: Mapping[str, Statement], shift: int) -> None:
        self._head = head
        self._where = where
        self._shift = shift

    def head(self) -> Statement:
        return moved_statement(self._head, self._shift)

    def where(self) -> Mapping[str, Statement]:
        return MovedPlaces(self._where, self._shift)

    def further(self, shift: int) -> _MovedPlace:
        return _MovedPlace(self._head, self._where, self._shift + shift)


def moved_block(block: B, shift: int) -> B:
    """The same block so many lines further down, with all that is in it; ImmovableError: nobody knows how.

    However often a block is moved, it holds nothing of what it was in between.
    """
    kind: Any = block.__class__
    before = vars(block)
    made: B = object.__new__(kind)
    state = vars(made)
    state.update(before)
    for name in _placed_attributes(kind):
        if name in before:
            state[name] = _moved(before[name], shift)
    place = before.get("place")
    if place is not None:
        state["place"] = place.further(shift)
    else:
        state["place"] = _MovedPlace(state.pop("head"), state.pop("where", NOTHING), shift)
    return made


def _moved(value: Any, shift: int) -> Any:
    """A value with the places in it moved; the very same when it has none."""
    return _mover(value.__class__)(value, shift)


@cache
def _mover(kind: Any) -> Callable[[Any, int], Any]:
    """How values of a kind are moved, found out once for each."""
    if kind in _PLACELESS or issubclass(kind, Enum):
        return _stays
    if kind is tuple:
        return _moved_tuple
    if issubclass(kind, Bound):
        return moved_block
    if issubclass(kind, Statement):
        return moved_statement
    lines = is_dataclass(kind)  # which would narrow the type of ``kind`` in the condition
    if not lines:
        raise ImmovableError(f"{kind.__name__} in a block of the configuration")
    placed = _placed_fields(kind)
    return _mover_of_lines(kind, placed) if placed else _stays


def _stays(value: Any, _shift: int) -> Any:
    return value


def _moved_tuple(value: tuple[Any, ...], shift: int) -> tuple[Any, ...]:
    moved = tuple([_mover(item.__class__)(item, shift) for item in value])
    return value if all(map(_same, moved, value)) else moved


def _same(one: object, other: object) -> bool:
    return one is other


def _mover_of_lines(kind: Any, placed: tuple[str, ...]) -> Callable[[Any, int], Any]:
    """For a dataclass: ``dataclasses.replace`` without what that checks, as address lines come by the ten
    thousand.
    """
    names = tuple(field.name for field in fields(kind))
    put = object.__setattr__  # also into one that is frozen

    def moved(value: Any, shift: int) -> Any:
        changed = {}
        for name in placed:
            before = getattr(value, name)
            after = _mover(before.__class__)(before, shift)
            if after is not before:
                changed[name] = after
        if not changed:
            return value
        made = object.__new__(kind)
        for name in names:
            put(made, name, changed[name] if name in changed else getattr(value, name))
        return made

    return moved


@cache
def _placed_fields(kind: Any) -> tuple[str, ...]:
    """Fields that may hold a place."""
    return tuple(field.name for field in fields(kind) if not _placeless(str(field.type)))


@cache
def _placed_attributes(kind: Any) -> tuple[str, ...]:
    """Attributes of a block that may hold a place, but for where the block itself stands."""
    return tuple(name for name in _placed_fields(kind) if name not in _PLACES)


def _placeless(annotation: str) -> bool:
    """Whether a type is made of nothing but numbers, text and addresses."""
    return _PLACELESS_NAMES.issuperset(re.findall(r"\w+", annotation))
