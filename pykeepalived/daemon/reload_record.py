"""How the last reload went, for those who ask later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class ReloadRecord:
    """The last attempt: when (CLOCK_REALTIME in ns, 0: there was none), and why it was refused, if it was."""

    realtime_ns: int = 0
    refused: tuple[str, ...] = ()


def reload_record(realtime_ns: int, reasons: Iterable[str]) -> ReloadRecord:
    """As the supervisor noted it; of very many reasons the first."""
    return ReloadRecord(realtime_ns, tuple(reasons)[:MOST_REASONS])
