"""Effective priority: the base plus what tracked things add or take (keepalived.conf(5), ``weight``)."""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.vrrp.settings import PRIORITY_OWNER

LOWEST = 1
HIGHEST = 254


def effective_priority(base: int, weights: Iterable[int] = ()) -> int:
    """``base`` plus all ``weights``, kept within 1..254; the owner's 255 is not touched by weights."""
    if base == PRIORITY_OWNER:
        return PRIORITY_OWNER
    return max(LOWEST, min(HIGHEST, base + sum(weights)))
