"""What a bound block is: a frozen object that holds what the file gives and remembers where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, dataclass_transform

from pykeepalived.base.span import Span
from pykeepalived.syntax.nodes import Statement

if TYPE_CHECKING:
    from pykeepalived.config.schema import BlockSchema

T = TypeVar("T")
C = TypeVar("C", bound="Bound")

NOTHING: Mapping[str, Statement] = MappingProxyType({})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def as_bound(cls: type[T]) -> type[T]:
    """Collect the fields of a block, without the methods that dataclass would write.

    dataclass compiles some six methods for each class from text, for our 40 blocks half of the time that
    ``--version`` or a small ``-t`` may take.  :class:`Bound` has one of each for all of them.
    """
    made = dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=True)
    return made(cls)


@as_bound
class Bound:
    """Base of every bound block: frozen, and remembers the statement that gave each attribute.

    An object holds only what differs from the defaults, which are attributes of its class: a block has up to
    90 attributes and a file gives a handful of them, for tens of thousands of blocks.  (This is why blocks
    have no slots: those would all have to be filled.)
    """

    head: Statement | None = field(default=None, compare=False, repr=False)
    where: Mapping[str, Statement] = field(default_factory=lambda: NOTHING, compare=False, repr=False)

    schema: ClassVar[BlockSchema]

    def __init__(self, **values: Any) -> None:
        unknown = values.keys() - (field.name for field in fields(type(self)))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        vars(self).update(values)

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _compared(self) -> tuple[Any, ...]:
        return tuple(getattr(self, f.name) for f in fields(self) if f.compare)

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, Bound)
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def __repr__(self) -> str:
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def span_of(self, attribute: str, word: int = 1) -> Span | None:
        """Where the value of ``attribute`` stands; None when it is a default."""
        statement = self.where.get(attribute)
        return statement.span(word) if statement is not None else None

    def is_set(self, attribute: str) -> bool:
        """Whether the file gives ``attribute``."""
        return attribute in self.where

    def has_any(self, attributes: frozenset[str]) -> bool:
        """Whether any of these has been given a value, by the file or by what it inherits from; none has the
        others' defaults.  As quick as asking for one: of thousands of blocks few have any.
        """
        return not attributes.isdisjoint(vars(self))


class Place(Protocol):
    """Says where a block stands that was not read but repeated (see :mod:`pykeepalived.config.memo`)."""

    def head(self) -> Statement: ...

    def where(self) -> Mapping[str, Statement]: ...

    def further(self, shift: int) -> Place:
        """The same place so many lines further down."""
        ...


class _Head:
    """``head`` of a block that has none of its own."""

    def __get__(self, bound: Bound | None, _: type[Bound]) -> Statement | None:
        place: Place | None = vars(bound).get("place") if bound is not None else None
        return None if place is None else place.head()


class _Where:
    """``where`` of a block that has none of its own."""

    def __get__(self, bound: Bound | None, _: type[Bound]) -> Mapping[str, Statement]:
        place: Place | None = vars(bound).get("place") if bound is not None else None
        return NOTHING if place is None else place.where()


# What stands in the object itself comes before these, as they can only be read.
Bound.head = _Head()  # type: ignore[assignment]
Bound.where = _Where()  # type: ignore[assignment]


def amend(bound: Bound, **values: Any) -> None:
    """Give attributes of a block their resolved values, before the configuration is handed out.

    Only :mod:`pykeepalived.config` calls this, and only while it builds: copying 10,000 instances for each
    inherited default would cost more than reading them.
    """
    vars(bound).update(values)


def fill(bound: Bound, inherited: dict[str, Any]) -> None:
    """Give a block the attributes that the file does not give it, under the conditions of :func:`amend`.

    The binder never stores None, so an attribute that is there was given.
    """
    object.__setattr__(bound, "__dict__", inherited | vars(bound))


def assemble(
    block_class: type[C], head: Statement | None, where: Mapping[str, Statement], values: dict[str, Any]
) -> C:
    """A block from values whose names are known to be right; the binder makes them by the ten thousand."""
    made = object.__new__(block_class)
    state = vars(made)
    state.update(values)
    state["head"] = head
    if where:
        state["where"] = where
    return made
