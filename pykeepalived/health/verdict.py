"""The outcome of one probe."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the server answered as it should, and why not in words for the log.

    ``reason`` is empty for a good verdict.  ``weight`` is set only by checks that choose a weight
    (MISC_CHECK with ``misc_dynamic``).
    """

    ok: bool
    reason: str = ""
    weight: int | None = None
