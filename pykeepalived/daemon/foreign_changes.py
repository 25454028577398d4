"""Notices when someone else removes our part of the IPVS table (``ipvsadm -C``), and has it put back.

Only what is missing is put back.  A weight that somebody changed by hand stays as it is until the daemon
changes it or reloads, as with keepalived.  Reading a table costs time in which no check runs, so large tables
are not read here: those are put right at the next reload.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from pykeepalived.kernel.ipvs_table import IpvsTable, Outcome, counts
from pykeepalived.lvs.service import Table

INTERVAL_S = 5.0
MAX_ENTRIES = 2000
"""Services and servers that are read back at most: no check runs meanwhile."""

Attempt = Callable[[Callable[[IpvsTable], Outcome]], Outcome | None]

log = structlog.get_logger()


class ForeignChanges:
    """Looks every INTERVAL_S until closed.  ``attempt`` does a change and says what fails."""

    def __init__(self, loop: asyncio.AbstractEventLoop, attempt: Attempt) -> None:
        self._loop = loop
        self._attempt = attempt
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look for the first time after INTERVAL_S."""
        self._timer = self._loop.call_later(INTERVAL_S, self._look)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        outcome = self._attempt(_put_back)
        if outcome is not None and outcome.steps:
            log.warning(
                "Someone removed virtual or real servers of ours from the kernel's IPVS table;"
                f" put back: {counts(outcome.steps)}, first: {outcome.steps[0]}"
            )
        self.start()


def _put_back(table: IpvsTable) -> Outcome:
    if not 0 < entries(table.known) <= MAX_ENTRIES:
        return Outcome(())
    return table.put_back()


def entries(table: Table) -> int:
    """Services and servers of a table."""
    return sum(1 + len(inside) for _, inside in table.values())
