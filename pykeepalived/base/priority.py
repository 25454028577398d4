"""Limits of a VRRP priority, and what tracked things may make of it (keepalived.conf(5), ``weight``)."""

from __future__ import annotations

from collections.abc import Iterable

OWNER = 255
"""The router whose own addresses these are (RFC 9568 section 5.2.4)."""
LOWEST = 1
HIGHEST = 254


def effective_priority(base: int, weights: Iterable[int] = ()) -> int:
    """``base`` plus all ``weights``, kept within 1..254; the owner's 255 is not touched by weights."""
    if base == OWNER:
        return OWNER
    return max(LOWEST, min(HIGHEST, base + sum(weights)))
