"""What was planned for the blocks of a configuration, for those that the next one has, too.

A block that did not change (see :mod:`pykeepalived.config.recall`) is mostly planned to the same, but only
mostly: whoever asks here must still compare what the plan takes from elsewhere.  What is kept is the very
object, so that whoever is told of a new plan sees at once what is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from pykeepalived.config.bound import Bound

T = TypeVar("T")


class Kept(Generic[T]):
    """Plans by their blocks, while a configuration is planned.

    ``recalled`` has, by its id, for each unchanged block what it was in the configuration that ``before``
    was for.
    """

    __slots__ = ("_before", "_now", "_recalled")

    def __init__(self, before: Kept[T] | None = None, recalled: Mapping[int, Bound] | None = None) -> None:
        self._before = {} if before is None else before._now
        self._recalled = recalled or {}
        # With the block, as an id says nothing about one that is gone.
        self._now: dict[int, tuple[Bound, T]] = {}

    def of(self, block: Bound) -> T | None:
        """What was planned for this block when it stood in the earlier configuration."""
        earlier = self._recalled.get(id(block))
        found = None if earlier is None else self._before.get(id(earlier))
        return None if found is None else found[1]

    def keep(self, block: Bound, plan: T) -> None:
        """For the next time."""
        self._now[id(block)] = block, plan

    def end(self) -> None:
        """Everything is planned: what was before is not needed any more."""
        self._before = {}
        self._recalled = {}
