"""Notices when someone else removes our part of the IPVS table (``ipvsadm -C``), and has it put back.

Only what is missing is put back.  A weight that somebody changed by hand stays as it is until the daemon
changes it or reloads, as with keepalived.  The table is read one service at a time, in slices of a few
milliseconds with rests between: checks and takeovers wait for one slice at most, and reading a table of any
size takes a tenth of the processor at most.  Once something is found missing there are no rests.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from pykeepalived.base.errors import KernelFeatureMissingError, KernelRefusedError
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.loop import Clock
from pykeepalived.kernel.ipvs_table import IpvsTable, counts
from pykeepalived.lvs.service import ServiceKey
from pykeepalived.plan.lvs_steps import Step

INTERVAL_S = 5.0
"""Between the end of one look and the begin of the next."""
SLICE_NS = 5_000_000
"""No check runs during a slice; it may take one service longer."""
REST = 9
"""The rest after a slice, as a multiple of what it took."""
MOST_TOLD = 5
"""Refusals that are written out for one look."""

GetTable = Callable[[], IpvsTable | None]

log = get_logger()


class ForeignChanges:
    """Looks every INTERVAL_S until closed.  ``table`` gives the table of now, None without IPVS."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, table: GetTable, clock: Clock = time.monotonic_ns
    ) -> None:
        self._loop = loop
        self._table = table
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._left: list[ServiceKey] = []
        self._steps: list[Step] = []
        self._refused: list[str] = []
        self._told: frozenset[str] = frozenset()

    def start(self) -> None:
        """Look for the first time after INTERVAL_S."""
        self._timer = self._loop.call_later(INTERVAL_S, self._look)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        table = self._table()
        self._left = table.ours() if table is not None else []
        self._slice()

    def _slice(self) -> None:
        began, missing = self._clock(), False
        try:
            while self._left and self._clock() - began < SLICE_NS:
                missing |= self._check(self._left.pop())
        except (KernelRefusedError, KernelFeatureMissingError, OSError) as problem:
            self._left = []
            self._refused.append(f"cannot be read back: {problem}")
        if not self._left:
            self._finish()
            return
        took = self._clock() - began
        self._timer = self._loop.call_later(0 if missing else took * REST / 1e9, self._slice)

    def _check(self, key: ServiceKey) -> bool:
        """Whether something of this service was missing."""
        table = self._table()
        if table is None:
            return False
        outcome = table.put_back(key)
        self._steps += outcome.steps
        self._refused += (str(error) for error in outcome.refused)
        return bool(outcome.steps)

    def _finish(self) -> None:
        """One line about a look, and of what the kernel refuses only what was not said before."""
        steps, self._steps = tuple(self._steps), []
        problems, self._refused = list(dict.fromkeys(self._refused)), []
        if steps:
            log.warning(
                "Someone removed virtual or real servers of ours from the kernel's IPVS table;"
                f" put back: {counts(steps)}, first: {steps[0]}"
            )
        for problem in [one for one in problems if one not in self._told][:MOST_TOLD]:
            log.error(f"IPVS table: {problem}")
        self._told = frozenset(problems)
        self.start()
