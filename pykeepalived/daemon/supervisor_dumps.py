"""The supervisor's side of dumps: whom a signal, the bus or a reload makes it ask, and how long it waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND
from pykeepalived.daemon.children import Child
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.dumps import SAVED, DumpCollector
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.signalnames import SIGNALS
from pykeepalived.ipc.management import ManagementJob
from pykeepalived.ipc.messages import (
    BfdSnapshots,
    DumpKind,
    InstanceSnapshots,
    Message,
    Process,
    VerdictSnapshots,
    WatchSnapshots,
)

BY_SIGNAL = {
    SIGNALS["DATA"]: DumpKind.DATA,
    SIGNALS["STATS"]: DumpKind.STATS,
    SIGNALS["STATS_CLEAR"]: DumpKind.STATS_CLEAR,
    SIGNALS["JSON"]: DumpKind.JSON,
}
BY_JOB = {
    ManagementJob.DATA: DumpKind.DATA,
    ManagementJob.STATS: DumpKind.STATS,
    ManagementJob.STATS_CLEAR: DumpKind.STATS_CLEAR,
}

log = get_logger()


class SupervisorDumps:
    """``after(name, delay_ns, action)`` sets a deadline, ``next_id`` gives numbers for requests."""

    def __init__(
        self,
        *,
        configured: Callable[[], Configured],
        children: Mapping[Process, Child],
        send: Callable[[Process, Message], None],
        next_id: Callable[[], int],
        after: Callable[[str, int, Callable[[], None]], None],
    ) -> None:
        self._configured = configured
        self._children = children
        self._send = send
        self._next_id = next_id
        self._after = after
        self._collector = DumpCollector(configured)

    def signalled(self, number: int) -> None:
        """What a signal asks for."""
        self._ask(BY_SIGNAL[number])

    def managed(self, job: ManagementJob) -> None:
        """What somebody on the bus asks for: PrintData of keepalived is its VRRP process's work alone."""
        kind = BY_JOB[job]
        only = {Process.VRRP: self._configured().files.state("")} if kind is DumpKind.DATA else None
        self._ask(kind, only)

    def save_states(self, number: int, when: str, configured: Configured) -> None:
        """config_save_dir: what the processes know before (``pre``) and after (``post``) a reload."""
        folder = configured.reload.save_directory
        if folder is None:
            return
        places = {
            process: Path(folder) / f"keepalived_{SAVED[process]}.{child.pid}.{number}.{when}"
            for process, child in self._children.items()
            if process in SAVED
        }
        self._ask(DumpKind.DATA, places, configured)

    def answer(self, message: InstanceSnapshots | VerdictSnapshots | BfdSnapshots | WatchSnapshots) -> None:
        """A child said what it knows."""
        self._collector.answer(message)
        self._check()

    def gone(self, process: Process) -> None:
        """A child ended; no answer will come from it."""
        self._collector.gone(process)
        self._check()

    def _ask(
        self,
        kind: DumpKind,
        places: Mapping[Process, Path] | None = None,
        configured: Configured | None = None,
    ) -> None:
        asked = self._collector.ask(kind, self._next_id(), set(self._children), places, configured)
        for process, message in asked:
            self._send(process, message)
        patience_ns = self._collector.PATIENCE_MS * NANOSECONDS_PER_MILLISECOND
        self._after("dump", patience_ns, self._give_up)
        self._check()

    def _give_up(self) -> None:
        self._collector.give_up()
        self._check()

    def _check(self) -> None:
        for problem in self._collector.write_finished():
            log.error(problem)
