"""What the body of a block says, once for all blocks with the same lines.

A body is read once in the ordinary way and watched meanwhile.  When it neither complained nor looked at
anything outside itself (the header of its block, the blocks around it, names defined before), every other
block with these lines gets the same values, and places so many lines further down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, cast

from pykeepalived.config.bound import Bound
from pykeepalived.config.frame import Context, Frame
from pykeepalived.syntax.nodes import Statement
from pykeepalived.syntax.repeats import RepeatedBlock, moved_statement


class MovedPlaces(Mapping[str, Statement]):
    """The places of another block's attributes, so many lines further down."""

    __slots__ = ("_places", "_shift")

    def __init__(self, places: Mapping[str, Statement], shift: int) -> None:
        self._places = places
        self._shift = shift

    def __getitem__(self, attribute: str) -> Statement:
        return moved_statement(self._places[attribute], self._shift)

    def __contains__(self, attribute: object) -> bool:
        return attribute in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class HeaderWatch(dict[str, Any]):
    """The values of a block while its body is read: notes when one that its header gave is used."""

    def __init__(self, header: Mapping[str, Any]) -> None:
        super().__init__(header)
        self._header = frozenset(header)
        self.used = False

    def _note(self, attribute: object) -> None:
        if attribute in self._header:
            self.used = True

    def __getitem__(self, attribute: str) -> Any:
        self._note(attribute)
        return super().__getitem__(attribute)

    def __setitem__(self, attribute: str, value: Any) -> None:
        self._note(attribute)
        super().__setitem__(attribute, value)

    def __delitem__(self, attribute: str) -> None:
        self._note(attribute)
        super().__delitem__(attribute)

    def __contains__(self, attribute: object) -> bool:
        self._note(attribute)
        return super().__contains__(attribute)

    def get(self, attribute: str, default: Any = None) -> Any:
        self._note(attribute)
        return super().get(attribute, default)

    def setdefault(self, attribute: str, default: Any = None) -> Any:
        self._note(attribute)
        return super().setdefault(attribute, default)

    def body(self) -> dict[str, Any]:
        """What the body added."""
        return {name: value for name, value in self.items() if name not in self._header}


class _Inner:
    """A block within the body."""

    __slots__ = ("head", "inner", "made", "places", "state")

    def __init__(self, bound: Bound) -> None:
        self.made = type(bound)
        self.head = bound.head
        self.places = bound.where
        self.inner: list[tuple[str, list[_Inner]]] = []
        self.state: dict[str, Any] = {}
        for attribute, value in vars(bound).items():
            blocks = _blocks(value)
            if blocks:
                self.inner.append((attribute, [_Inner(block) for block in blocks]))
            elif attribute not in _PLACES:
                self.state[attribute] = value

    def again(self, shift: int) -> Bound:
        made = object.__new__(self.made)
        state = vars(made)
        state.update(self.state)
        state["place"] = _Moved(self, shift)
        for attribute, blocks in self.inner:
            state[attribute] = tuple([block.again(shift) for block in blocks])
        return made


class _Moved:
    """The place of a repeated block; nearly nobody asks."""

    __slots__ = ("_original", "_shift")

    def __init__(self, original: _Inner, shift: int) -> None:
        self._original = original
        self._shift = shift

    def head(self) -> Statement:
        assert self._original.head is not None
        return moved_statement(self._original.head, self._shift)

    def where(self) -> Mapping[str, Statement]:
        return MovedPlaces(self._original.places, self._shift)

    def further(self, shift: int) -> _Moved:
        return _Moved(self._original, self._shift + shift)


def _blocks(value: Any) -> list[Bound]:
    """The blocks of an attribute that holds a list of them."""
    if isinstance(value, (list, tuple)):
        return [item for item in value if isinstance(item, Bound)]
    return []


def _movable(value: Any) -> bool:
    """Whether a value holds no place in the file, or only as a list of blocks that can be moved."""
    if isinstance(value, Statement):
        return False
    if isinstance(value, (list, tuple)):
        blocks = _blocks(value)
        if blocks:
            return len(blocks) == len(value) and all(
                _movable(inner)
                for block in blocks
                for name, inner in vars(block).items()
                if name not in _PLACES
            )
        return all(map(_movable, value))
    if isinstance(value, Bound):
        return False
    if is_dataclass(value):
        return all(_movable(getattr(value, field.name)) for field in fields(value))
    return True


_PLACES = frozenset({"head", "where"})


class Reading:
    """What one body says."""

    __slots__ = ("_inert", "_inner", "_keyword", "_line", "_schema", "_values", "_where")

    def __init__(self, frame: Frame, values: dict[str, Any], inert: list[tuple[list[Any], int]]) -> None:
        assert frame.head is not None
        self._keyword = frame.keyword
        self._schema = frame.schema
        self._line = frame.head.line
        self._where = dict(frame.where)
        self._inner = [
            (name, [_Inner(block) for block in _blocks(v)]) for name, v in values.items() if _blocks(v)
        ]
        self._values = {name: value for name, value in values.items() if not _blocks(value)}
        self._inert = inert

    def frame(self, parent: Frame, node: RepeatedBlock) -> Frame:
        """An open block for a repetition."""
        made = Frame(parent.context, self._schema, self._keyword, node.head, parent)
        made.close = node
        return made

    def repeat(self, frame: Frame) -> None:
        """Give an open block with the same body what it would say."""
        assert frame.head is not None
        shift = frame.head.line - self._line
        values = frame.values
        values.update(self._values)
        for attribute, blocks in self._inner:
            values[attribute] = tuple([block.again(shift) for block in blocks])
        # It only needs to be read from here on: the body is complete.
        frame.where = cast("dict[str, Statement]", MovedPlaces(self._where, shift))
        for entry, count in self._inert:
            entry[3] += count


class Watch:
    """Around the first reading of a body: ``reading`` is then what it says, or None when that depends on
    more than its lines."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._values = HeaderWatch(frame.values)
        frame.values = self._values
        self._before = self._state(frame.context)
        self._inert = {key: entry[3] for key, entry in frame.context.inert.items()}

    @staticmethod
    def _state(context: Context) -> tuple[int, int, bool | None]:
        return len(context.findings), context.asked_outside, context.account

    def reading(self) -> Reading | None:
        frame = self._frame
        frame.values = dict(self._values)
        body = self._values.body()
        if (
            self._values.used
            or frame.scratch
            or self._state(frame.context) != self._before
            or not all(map(_movable, body.values()))
        ):
            return None
        counts = [
            (entry, entry[3] - self._inert.get(key, 0))
            for key, entry in frame.context.inert.items()
            if entry[3] != self._inert.get(key, 0)
        ]
        return Reading(frame, body, counts)
