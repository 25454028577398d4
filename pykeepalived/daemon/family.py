"""The processes of the daemon: started with what they have to do, told things, heard, and ended in order."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon import children, pidfile
from pykeepalived.daemon.children import TITLES, Birth, Child, Entry, Switchboard
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.listeners import INFORMED
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.memory import Memory
from pykeepalived.daemon.named_deadlines import NamedDeadlines
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.daemon.signals import SignalReader
from pykeepalived.ipc.messages import Message, PeerGone, PeerRestarted, Process, Reload, Stop
from pykeepalived.netio import early_listener

STOP_ORDER = (Process.VRRP, Process.CHECKER, Process.BFD, Process.NOTIFIER, Process.DBUS, Process.SNMP)
"""Addresses go before services, and whoever tells others goes last."""

_OWNERS = frozenset({Process.VRRP, Process.CHECKER})
"""Who has things in the kernel that outlive it: addresses and what belongs to them, services."""

log = get_logger()


class Family:
    """The children that run, by process.

    ``configured`` is what runs; a reload replaces it.  ``not_theirs`` are calls that each child begins with,
    to close what belongs to the supervisor.  ``heard`` gets each message of a child, ``started`` every one
    that was started, and ``ended`` one that is no more, after its last words, and its exit status.
    """

    def __init__(
        self,
        settings: DaemonSettings,
        configured: Configured,
        entries: Mapping[Process, Entry],
        pid_files: Mapping[Process, Path],
        *,
        selector: selectors.BaseSelector,
        signals: SignalReader,
        deadlines: NamedDeadlines,
        memory: Memory,
        started: Callable[[Process], None],
        heard: Callable[[Child, Message], None],
        ended: Callable[[Child, int], None],
    ) -> None:
        self.configured = configured
        self.running: dict[Process, Child] = {}
        self.not_theirs: list[Callable[[], None]] = [selector.close]
        self._settings = settings
        self._entries = entries
        self._pid_files = pid_files
        self._selector = selector
        self._signals = signals
        self._deadlines = deadlines
        self._memory = memory
        self._started = started
        self._heard = heard
        self._ended = ended
        self._switchboard = Switchboard()
        self._left_behind: dict[Process, int] = {}
        """Who died in disorder and has not been started since, and when (CLOCK_MONOTONIC)."""

    @property
    def pids(self) -> dict[Process, int]:
        return {process: child.pid for process, child in self.running.items()}

    def adopt(self, configured: Configured) -> None:
        """The configuration that runs, read again: the same, in other objects."""
        self.configured = configured
        for process, child in self.running.items():
            child.plan = configured.plans.get(process)

    def wanted(self, process: Process) -> bool:
        """Whether the configuration has something to do for it."""
        return self.configured.plans.get(process) is not None

    # ------------------------------------------------------------ life

    def start(self, process: Process, restored: bool = False, died_at: int = 0) -> None:
        """``restored``: it goes on where the one before it died."""
        self._switchboard.discard(process)
        overhears = process in children.SIGTERM_STOPS
        birth = Birth(
            process,
            self.configured.plans[process],
            self._options(process, restored, died_at),
            self._settings.log,
            self.configured.names[process],
            frozenset(self.running),
            self._signals.socket if overhears else None,
        )
        close_in_child = [
            *self.not_theirs,
            self._signals.overhear_in_child if overhears else self._signals.close_in_child,
            *(child.forget for child in self.running.values()),
        ]
        if process is not Process.VRRP:
            close_in_child.append(early_listener.forget)
        try:
            child = children.fork(birth, self._entries[process], self._switchboard, close_in_child)
        except OSError as problem:
            log.error(f"cannot start {TITLES[process]} process: {problem}")
            self.start_later(process, NANOSECONDS_PER_SECOND)
            return
        log.info(f"Starting {TITLES[process]} child process, pid={child.pid}", child=process.name)
        self.running[process] = child
        self._left_behind.pop(process, None)
        self._selector.register(child.channel, selectors.EVENT_READ, lambda: self._receive(child))
        self._selector.register(child.end, selectors.EVENT_READ, lambda: self._reap(child))
        self._write_pid_file(child)
        self._tell_others(process, PeerRestarted(process))
        self._started(process)

    def start_later(self, process: Process, delay_ns: int) -> None:
        """Again, after it died or could not be started, if it is wanted then."""
        died_at = time.monotonic_ns()

        def start() -> None:
            if self.wanted(process) and process not in self.running:
                self.start(process, restored=True, died_at=died_at)

        self._deadlines.after(_start_of(process), delay_ns, start)

    def starts_later(self, process: Process) -> bool:
        return _start_of(process) in self._deadlines

    def start_who_waits(self, plans: Mapping[Process, object]) -> None:
        """Before ``plans`` replace those of now: who died and waits to be started again is started at once,
        if its plan changes, with the plan it had.

        A process that starts takes away only what its own plan names; what a new plan leaves out would stay
        in the kernel for ever.
        """
        for process, died_at in tuple(self._left_behind.items()):
            old = self.configured.plans.get(process)
            if old is not None and old != plans.get(process) and process not in self.running:
                self._deadlines.forget(_start_of(process))
                self.start(process, restored=True, died_at=died_at)

    def _options(self, process: Process, restored: bool, died_at: int) -> ProcessOptions:
        settings, pid_file = self._settings, self._pid_files.get(process)
        return ProcessOptions(
            address_monitoring=settings.address_monitoring,
            release_vips=settings.release_vips,
            keep_addresses=settings.keep_addresses,
            keep_services=settings.keep_services,
            # Beside the pid file, so that daemons with pid files of their own have journals of their own.
            journal=str(pid_file.with_suffix(".journal")) if pid_file is not None else None,
            restored=self._memory.restored(died_at) if restored or process in INFORMED else None,
        )

    def _write_pid_file(self, child: Child) -> None:
        path = self._pid_files.get(child.process)
        if path is not None:
            try:
                pidfile.write(path, child.pid)
            except pidfile.PidFileError as problem:
                log.error(str(problem))

    def _reap(self, child: Child) -> None:
        self._receive(child)  # its last words
        self._selector.unregister(child.end)
        if child.channel in self._selector.get_map():
            self._selector.unregister(child.channel)
        status = child.reap()
        child.channel.close()
        process = child.process
        del self.running[process]
        # One that we had to kill at its end would need to be killed again.
        if status != 0 and process in _OWNERS and not child.stop_asked:
            self._left_behind[process] = time.monotonic_ns()
        self._deadlines.forget(_kill_of(process))
        if process in self._pid_files:
            pidfile.remove(self._pid_files[process], child.pid)
        self._tell_others(process, PeerGone(process))
        self._ended(child, status)

    # ------------------------------------------------------------ messages

    def send(self, process: Process, message: Message) -> None:
        """Tell one that runs."""
        child = self.running[process]
        child.channel.send(message)
        self._watch(child)

    def tell_plan(
        self, process: Process, request_id: int, *, idle: object = None, always: bool = False
    ) -> bool:
        """Tell one that runs its plan of now, as far as it runs another; whether it was told.

        ``idle``: its plan when it has nothing to do.  ``always``: it is told of a reload even when its plan
        stays the same.
        """
        # Here and not above: for that no router shall wait at the start.
        from pykeepalived.plan.plan_change import plan_change, tells_changes
        from pykeepalived.plan.vrrp_change import change_between

        child, plan = self.running[process], self.configured.plans.get(process, idle)
        told: object
        if tells_changes(child.plan, plan):
            told = plan_change(child.plan, plan)
            differs = not told.empty
        else:
            differs = child.plan is not plan and child.plan != plan
            told = change_between(child.plan, plan) if differs else plan
        child.plan = plan
        if differs or always:
            self.send(process, Reload(request_id, told))
        return differs or always

    def _tell_others(self, process: Process, message: Message) -> None:
        for other in self.running:
            if other is not process:
                self.send(other, message)

    def _watch(self, child: Child) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if child.channel.pending else 0)
        if child.channel in self._selector.get_map():
            self._selector.modify(child.channel, events, lambda: self._receive(child))

    def _receive(self, child: Child) -> None:
        if child.channel.pending:
            child.channel.flush()
            self._watch(child)
        for message in child.channel.receive():
            self._heard(child, message)
        if child.channel.closed and child.channel in self._selector.get_map():
            self._selector.unregister(child.channel)

    # ------------------------------------------------------------ stop

    def stop(self, process: Process) -> None:
        """Ask one that runs to end; one that does not within ``child_wait_time`` is killed."""
        child = self.running[process]
        if child.stop_asked:
            return
        child.stop_asked = True
        self.send(process, Stop())
        wait = self.configured.child_wait_time * NANOSECONDS_PER_SECOND
        self._deadlines.after(_kill_of(process), wait, lambda: self._kill(child))

    def stop_next(self) -> None:
        """Ask the next process in line to end; the one after it is asked when that one has.

        One that died and waits to be started again is started now, to take away what it left.
        """
        for process in STOP_ORDER:
            if process in self._left_behind and process not in self.running and self._has_to_release(process):
                del self._left_behind[process]
                log.info(f"{TITLES[process]} process died: what it left is taken away")
                self.start(process)
                self._deadlines.forget(_start_of(process))  # should it not have been possible
            if process in self.running:
                self.stop(process)
                return

    def _has_to_release(self, process: Process) -> bool:
        keep = self._settings.keep_addresses if process is Process.VRRP else self._settings.keep_services
        return self.wanted(process) and not keep

    def _kill(self, child: Child) -> None:
        log.error(f"{TITLES[child.process]} child process({child.pid}) did not stop in time: killing it")
        child.kill()


def _start_of(process: Process) -> str:
    return f"start {process.name}"


def _kill_of(process: Process) -> str:
    return f"kill {process.name}"
