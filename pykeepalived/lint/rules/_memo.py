"""What several rules work out of the same configuration, worked out once.

Rules are called one after another with the same subject; a configuration of ten thousand instances must not
be searched again for each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

S = TypeVar("S")
T = TypeVar("T")

KEPT = 32
"""Results kept, oldest forgotten first: enough for the rules of a few routers."""

_results: dict[tuple[int, Callable[[Any], Any]], tuple[Any, Any]] = {}


def once(build: Callable[[S], T], owner: S) -> T:
    """``build(owner)``, remembered for this very ``owner`` (which must not change)."""
    key = (id(owner), build)
    known = _results.get(key)
    if known is None or known[0] is not owner:
        known = (owner, build(owner))
        _results.pop(key, None)
        _results[key] = known
        while len(_results) > KEPT:
            del _results[next(iter(_results))]
    return cast(T, known[1])
