"""The supervisor: reads the configuration, starts the other processes, and keeps them going.

It owns no socket of any protocol and does nothing that could fail because of the network.  One selector loop
waits for signals, messages of children, ends of children and deadlines; nothing else in it ever waits.
What is done about them is said in ``family``, ``reloading``, ``respawning`` and ``listeners``.
"""

from __future__ import annotations

import selectors
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pykeepalived import method_cache, module_cache
from pykeepalived.base.umask import DEFAULT_UMASK
from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon import children, garbage, haste, logging, pidfile, short_slices, supervisor_dumps
from pykeepalived.daemon.children import TITLES, Child, Entry
from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.daemonize import Caller
from pykeepalived.daemon.family import Family
from pykeepalived.daemon.kept_start import KeptStart
from pykeepalived.daemon.listeners import Announcements
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.memory import Memory
from pykeepalived.daemon.named_deadlines import NamedDeadlines
from pykeepalived.daemon.once_scripts import run_once
from pykeepalived.daemon.orphans import Orphans
from pykeepalived.daemon.readiness import Readiness
from pykeepalived.daemon.reload_care import ReloadCare
from pykeepalived.daemon.reloading import Configure, Reloading
from pykeepalived.daemon.respawning import EndAll, Respawning, StartAgain, how_it_ended
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.daemon.signals import ENDING, SignalReader
from pykeepalived.daemon.snmp_relay import SnmpRelay
from pykeepalived.daemon.supervisor_control import SupervisorControl
from pykeepalived.daemon.supervisor_dumps import SupervisorDumps
from pykeepalived.ipc.management import AnnounceAgain, ManagementJob, ManagementRequest, SettingChanges
from pykeepalived.ipc.messages import (
    BfdSnapshots,
    InstanceSnapshots,
    Message,
    Process,
    Ready,
    ReloadDone,
    VerdictSnapshots,
    WatchSnapshots,
)
from pykeepalived.netio import early_listener

if TYPE_CHECKING:
    from pykeepalived.daemon.control_command import Situation

EXIT_OK = 0
_CONFIRM = "confirm"
_PATIENCE_NS = 2 * NANOSECONDS_PER_SECOND
"""So long the start is waited for before the files are read that it was made without."""
_KEEP_AFTER_NS = 10 * NANOSECONDS_PER_SECOND
"""After a reload: who reloads every second does not write every second."""

log = get_logger()


class Supervisor:
    """The running daemon.

    ``kept``: for the next start.  ``unconfirmed``: ``configured`` is what the last start left there, and is
    compared with what the files say as soon as everything runs.
    """

    def __init__(
        self,
        settings: DaemonSettings,
        configure: Configure,
        configured: Configured,
        entries: Mapping[Process, Entry],
        paths: pidfile.PidPaths,
        own_pid_file: pidfile.OwnPidFile,
        *,
        kept: KeptStart | None = None,
        unconfirmed: bool = False,
    ) -> None:
        self._settings = settings
        self._configure = configure
        self._own_pid_file = own_pid_file
        self._kept = kept
        self._unconfirmed = unconfirmed
        self._to_keep = None if unconfirmed else configured
        self._selector = selectors.DefaultSelector()
        self._signals = SignalReader(frozenset({signal.SIGINT}) if settings.ignore_sigint else frozenset())
        self._deadlines = NamedDeadlines()
        self._memory = Memory()
        self._respawning = Respawning(settings.respawn)
        self._readiness = Readiness()
        self._request_id = 0
        self._family = Family(
            settings,
            configured,
            entries,
            {Process.VRRP: paths.vrrp, Process.CHECKER: paths.checker, Process.BFD: paths.bfd},
            selector=self._selector,
            signals=self._signals,
            deadlines=self._deadlines,
            memory=self._memory,
            started=lambda process: self._announcements.started(process),
            heard=self._handle,
            ended=self._ended,
        )
        running, send = self._family.running, self._family.send
        self._announcements = Announcements(send, running, self._family.wanted)
        self._snmp = SnmpRelay(send, running, self._next_request_id)
        self._dumps = SupervisorDumps(
            configured=lambda: self._family.configured,
            children=running,
            send=send,
            next_id=self._next_request_id,
            after=self._deadlines.after,
        )
        self._control = SupervisorControl(
            paths.supervisor,
            self._selector,
            situation=self._situation,
            ask=send,
            next_id=self._next_request_id,
        )
        self._care = ReloadCare(
            self._selector,
            after=self._deadlines.after,
            forget=self._deadlines.forget,
            reload=lambda: self._reloading.begin(),
        )
        self._reloading = Reloading(
            settings,
            configure,
            self._family,
            care=self._care,
            dumps=self._dumps,
            readiness=self._readiness,
            deadlines=self._deadlines,
            next_id=self._next_request_id,
            keep=self._keep_soon,
        )
        self._family.not_theirs += [
            own_pid_file.close_in_child,
            self._control.close_in_child,
            self._care.close_in_child,
        ]
        self._started_realtime_ns = time.time_ns()
        self._begun = False
        self._dumps_asked: list[int] = []
        """Before there was anybody to ask."""
        self._started = False
        self._stopping = False
        self._exit_status = EXIT_OK

    # ------------------------------------------------------------ life

    def run(self, caller: Caller) -> int:
        """Start everything, say so, then wait for events until everything has ended; the exit status."""
        family, configured = self._family, self._family.configured
        family.not_theirs.append(caller.close_in_child)
        self._selector.register(self._signals, selectors.EVENT_READ, lambda: None)
        garbage.keep_all()  # what was imported and loaded is there to stay
        self._read_signals()
        if configured.startup is not None and not self._stopping:
            haste.relax()  # its time is its own, and what it starts would inherit ours
            run_once(configured.startup, self._script_umask(), self._signals, self._stop_asked)
            haste.hasten()
        for process in children.ENTRY_MODULES:
            if not self._stopping and family.wanted(process):
                family.start(process)
        early_listener.forget()
        haste.relax()
        short_slices.ask()
        if not self._stopping:
            if not self._unconfirmed:
                self._control.open()
            self._care.configure(configured.reload)
            self._care.save(configured.text)
        caller.succeeded()
        self._check_started()
        if self._stopping:
            family.stop_next()
        else:
            if self._unconfirmed:
                self._deadlines.after(_CONFIRM, _PATIENCE_NS, self._confirm)
            else:
                self._reloading.open()
            self._begun = True
            for number in self._dumps_asked:
                self._dump(number)
            Orphans(lambda: frozenset(family.pids.values()), self._deadlines.after).begin()
        while family.running or not self._stopping:
            self._turn()
        if family.configured.shutdown is not None:
            run_once(family.configured.shutdown, self._script_umask())
        return self._exit_status

    def _stop_asked(self) -> bool:
        self._read_signals()
        return self._stopping

    def _script_umask(self) -> int:
        configured = self._family.configured.umask
        return configured if configured is not None else DEFAULT_UMASK

    def _turn(self) -> None:
        waited_for = [at for at in (self._deadlines.earliest, self._control.deadline) if at is not None]
        timeout = None
        if waited_for:
            timeout = max(0.0, (min(waited_for) - time.monotonic_ns()) / NANOSECONDS_PER_SECOND)
        events = self._selector.select(timeout)
        self._read_signals()  # first: a service manager may have terminated us and a child at once
        for key, _ in events:
            # An earlier event may have ended this one and closed its file, or given the number to another.
            now_there = self._selector.get_map().get(key.fd)
            if now_there is not None and now_there.fileobj is key.fileobj:
                now_there.data()
        now = time.monotonic_ns()
        self._control.expire(now)
        self._deadlines.expire(now)
        logging.flush()

    def _read_signals(self) -> None:
        for number in self._signals.read():
            if number in ENDING:
                self._stop()
            elif number == signal.SIGHUP and not self._stopping:
                self._reloading.begin()
            elif number in supervisor_dumps.BY_SIGNAL and not self._stopping:
                self._dump(number)

    def _dump(self, number: int) -> None:
        if not self._begun:
            self._dumps_asked.append(number)
            return
        self._confirm()  # it shows what the files say
        self._dumps.signalled(number)

    def _check_started(self) -> None:
        children_ready = all(child.ready for child in self._family.running.values())
        if not self._started and not self._stopping and children_ready:
            self._started = True
            self._confirm()
            log.info("Startup complete")
            self._readiness.ready()
            if self._kept is not None and self._to_keep is not None:
                self._kept.keep(self._to_keep)
            self._to_keep = None

    def _confirm(self) -> None:
        """Read the files that the start was made without, once, and be there for others from then on."""
        if not self._unconfirmed or self._stopping:
            return
        self._unconfirmed = False
        self._deadlines.forget(_CONFIRM)
        module_cache.begin()  # what reads is imported now
        method_cache.begin()
        self._reloading.confirm()
        method_cache.end()
        module_cache.end()
        self._control.open()
        self._reloading.open()

    def _keep_soon(self, configured: Configured) -> None:
        if (kept := self._kept) is not None:
            self._deadlines.after("keep", _KEEP_AFTER_NS, lambda: kept.keep(configured))

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        self._reloading.close()
        self._deadlines.clear()
        self._selector.unregister(self._signals)  # there is nothing more to say, and it stays readable
        self._family.stop_next()  # first of all: the peers wait for the priority-0 advert
        log.info("Stopping")
        self._control.close()
        self._readiness.stopping()

    # ------------------------------------------------------------ children

    def _handle(self, child: Child, message: Message) -> None:
        if self._control.take(child.process, message) or self._snmp.take(child.process, message):
            return
        match message:
            case Ready():
                child.ready = True
                self._check_started()
            case ReloadDone(request_id=request_id, problem=problem):
                if problem:
                    log.error(f"{TITLES[child.process]} process: {problem}")
                self._reloading.answered(child.process, request_id)
            case InstanceSnapshots() | VerdictSnapshots() | BfdSnapshots() | WatchSnapshots():
                self._dumps.answer(message)
            case ManagementRequest(job=job, instance=instance):
                self._manage(job, instance)
            case SettingChanges(changes=changes):
                self._reloading.adjust(changes)
            case _:
                self._memory.note(message)
                self._announcements.copy(message)

    def _manage(self, job: ManagementJob, instance: str) -> None:
        """Someone on this host, whom the bus lets through, wants what signals do as well."""
        if self._stopping:
            return
        if job in supervisor_dumps.BY_JOB:
            self._confirm()
            self._dumps.managed(job)
        elif job is ManagementJob.RELOAD:
            self._reloading.begin()
        elif Process.VRRP in self._family.running:
            self._family.send(Process.VRRP, AnnounceAgain(instance))

    def _ended(self, child: Child, status: int) -> None:
        process = child.process
        self._dumps.gone(process)
        self._control.gone(process)
        self._reloading.gone(process)
        if not self._stopping and not child.stop_asked:
            self._died(child, status)
            return
        if status != 0:
            log.warning(f"{TITLES[process]} child process({child.pid}) {how_it_ended(status)} while stopping")
        if self._stopping:
            self._family.stop_next()
        elif self._family.wanted(process):
            self._family.start(process)

    def _died(self, child: Child, status: int) -> None:
        lived_ns = time.monotonic_ns() - child.started_at
        consequence = self._respawning.after(child.process, status, lived_ns)
        log.error(f"{TITLES[child.process]} child process({child.pid}) {consequence.words}")
        match consequence:
            case StartAgain(delay_ns=delay_ns):
                self._family.start_later(child.process, delay_ns)
            case EndAll(exit_status=exit_status):
                self._exit_status = exit_status
                self._stop()

    # ------------------------------------------------------------ those who ask

    def _situation(self) -> Situation:
        from pykeepalived.daemon.control_command import Situation
        from pykeepalived.daemon.reload_record import reload_record

        return Situation(
            self._family.configured,
            self._memory,
            self._family.pids,
            str(self._own_pid_file.path),
            self._started_realtime_ns,
            self._settings.config_file,
            lambda file: self._configure(replace(self._settings, config_file=file)),
            reload_record(*self._reloading.last),
        )

    def _next_request_id(self) -> int:
        self._request_id += 1
        return self._request_id
