"""Time units.  Inside the program a duration is an integer of nanoseconds; only codecs convert."""

from __future__ import annotations

from functools import lru_cache

NANOSECONDS_PER_SECOND = 1_000_000_000
NANOSECONDS_PER_CENTISECOND = 10_000_000
NANOSECONDS_PER_MILLISECOND = 1_000_000
NANOSECONDS_PER_MICROSECOND = 1_000


@lru_cache(maxsize=256)
def seconds_to_ns(seconds: float) -> int:
    """Seconds as the nearest nanosecond; the same few durations are asked for by the ten thousand."""
    return round(seconds * NANOSECONDS_PER_SECOND)


def format_seconds(duration_ns: int) -> str:
    """A duration for a human: ``3.609s``, ``41.4ms``, ``120us``."""
    if abs(duration_ns) >= NANOSECONDS_PER_SECOND:
        return f"{duration_ns / NANOSECONDS_PER_SECOND:.3f}s"
    if abs(duration_ns) >= NANOSECONDS_PER_MILLISECOND:
        return f"{duration_ns / NANOSECONDS_PER_MILLISECOND:.1f}ms"
    return f"{duration_ns / NANOSECONDS_PER_MICROSECOND:.0f}us"
