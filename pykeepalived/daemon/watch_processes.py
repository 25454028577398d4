"""Tracked processes: counted once from /proc, then followed by the kernel's process events.

In the notifier process: a host that starts thousands of programs a second must not keep the vrrp process from
its advertisements.  Where the kernel has no process events (in most containers) /proc is read every second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon.log import get_logger
from pykeepalived.ipc.details import ProcessReport
from pykeepalived.kernel.process_events import ProcessEvents, scan
from pykeepalived.tracking.processes import ProcessCounts, ProcessEvent, TimerFired
from pykeepalived.tracking.settings import ProcessSettings

CONFIRMATION_SECONDS = 0.1
"""How long the kernel takes at most to confirm that it tells of processes, as in keepalived."""
SETTLE_SECONDS = 1.0
"""After events were lost: how long to let things calm down before /proc is read again."""
POLL_SECONDS = 1.0

log = get_logger()

ReportQuorum = Callable[[str, bool], None]
"""``report(name, has_quorum)``."""


class ProcessWatch:
    """Reports whether each tracked process has its quorum, first at once and then with every change."""

    def __init__(self, loop: asyncio.AbstractEventLoop, report: ReportQuorum) -> None:
        self._loop = loop
        self._report = report
        self._counts = ProcessCounts()
        self._events: ProcessEvents | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._confirm: asyncio.TimerHandle | None = None

    def configure(self, processes: Iterable[ProcessSettings], buffer_bytes: int, force: bool) -> None:
        """Watch these processes from now on; what is there is reported before this returns."""
        processes = tuple(processes)
        self._counts.configure(processes)
        if not processes:
            self.close()
            return
        if self._events is None and self._again is None:
            self._open(buffer_bytes, force)
        self._scan()

    def reports(self) -> tuple[ProcessReport, ...]:
        """Every tracked process as it is counted now."""
        quorums, waiting = self._counts.quorums(), self._counts.waiting()
        return tuple(
            ProcessReport(name, count, quorums.get(name, False), *waiting[name])
            for name, count in self._counts.counts().items()
        )

    def close(self) -> None:
        for handle in (self._timer, self._again, self._confirm):
            if handle is not None:
                handle.cancel()
        self._timer = self._again = self._confirm = None
        self._close_events()

    def _close_events(self) -> None:
        if self._events is not None:
            self._loop.remove_reader(self._events.fileno())
            self._events.close()
            self._events = None

    def _open(self, buffer_bytes: int, force: bool) -> None:
        """Subscribe before /proc is read: what happens in between is seen twice, never missed."""
        try:
            self._events = ProcessEvents(buffer_bytes, force=force)
        except OSError as problem:
            self._poll(f"no process events from the kernel ({problem.strerror})")
            return
        self._loop.add_reader(self._events.fileno(), self._readable)
        self._confirm = self._loop.call_later(CONFIRMATION_SECONDS, self._check_confirmed)

    def _check_confirmed(self) -> None:
        self._confirm = None
        if self._events is None:
            return
        self._readable()
        if self._events is not None and not self._events.confirmed:
            self._close_events()
            self._poll("the kernel does not answer about process events")

    def _poll(self, why: str) -> None:
        log.warning(f"track_process: {why}; /proc is read every {POLL_SECONDS:g} s instead")
        self._poll_again()

    def _poll_again(self) -> None:
        self._again = self._loop.call_later(POLL_SECONDS, self._poll_now)

    def _poll_now(self) -> None:
        self._scan()
        self._poll_again()

    def _readable(self) -> None:
        if self._events is None:
            return
        counts = self._counts
        events, lost = self._events.read(comm=counts.wants_comm, cmdline=counts.wants_cmdline)
        for event in events:
            self._handle(event)
        if lost and self._again is None:
            log.warning(f"track_process: events lost; receive buffer is {self._events.grow()} bytes now")
            self._again = self._loop.call_later(SETTLE_SECONDS, self._settled)
        self._arm()

    def _settled(self) -> None:
        self._again = None
        self._scan()

    def _scan(self) -> None:
        self._handle(scan(comm=self._counts.wants_comm, cmdline=self._counts.wants_cmdline))
        self._arm()

    def _handle(self, event: ProcessEvent) -> None:
        for change in self._counts.handle(event, time.monotonic_ns()):
            self._report(change.name, change.up)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        at = self._counts.deadline
        if at is not None:
            delay = max(0, at - time.monotonic_ns()) / NANOSECONDS_PER_SECOND
            self._timer = self._loop.call_later(delay, self._due)

    def _due(self) -> None:
        self._timer = None
        self._handle(TimerFired())
        self._arm()
