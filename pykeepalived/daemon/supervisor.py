"""The supervisor: reads the configuration, starts the other processes, and keeps them going.

It owns no socket of any protocol and does nothing that could fail because of the network.  One selector loop
waits for signals, messages of children, ends of children and deadlines; nothing else in it ever waits.
"""

from __future__ import annotations

import gc
import selectors
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.units import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from pykeepalived.config.tested import tested_text
from pykeepalived.daemon import children, haste, logging, pidfile, reload, short_slices, supervisor_dumps
from pykeepalived.daemon.children import TITLES, Birth, Child, Entry, Switchboard
from pykeepalived.daemon.daemonize import Caller
from pykeepalived.daemon.memory import Memory, RestartPolicy
from pykeepalived.daemon.once_scripts import run_once
from pykeepalived.daemon.options import ProcessOptions
from pykeepalived.daemon.plans import Configured, UnusableConfigurationError
from pykeepalived.daemon.readiness import Readiness
from pykeepalived.daemon.reload_care import ReloadCare
from pykeepalived.daemon.settings import DEFAULT_UMASK, DaemonSettings
from pykeepalived.daemon.signals import ENDING, SignalReader
from pykeepalived.daemon.snmp_relay import SnmpRelay
from pykeepalived.daemon.supervisor_control import SupervisorControl
from pykeepalived.daemon.supervisor_dumps import SupervisorDumps
from pykeepalived.ipc.messages import (
    AnnounceAgain,
    BfdSnapshots,
    InstanceSnapshots,
    ManagementJob,
    ManagementRequest,
    Message,
    PeerGone,
    PeerRestarted,
    Process,
    Ready,
    Reload,
    ReloadDone,
    RouterStateChanged,
    Stop,
    VerdictSnapshots,
    WatchSnapshots,
)
from pykeepalived.netio import early_listener
from pykeepalived.plan.vrrp_change import change_between

if TYPE_CHECKING:
    from pykeepalived.daemon.control_command import Situation

EXIT_OK = 0
EXIT_FATAL = 1
PERMANENT = frozenset({1, 2, 4})
"""Exit statuses of a child that starting it again cannot mend, as in keepalived."""

_STOP_ORDER = (Process.VRRP, Process.CHECKER, Process.BFD, Process.NOTIFIER, Process.DBUS, Process.SNMP)
"""Addresses go before services, and whoever tells others goes last."""
_INFORMED = frozenset({Process.DBUS, Process.SNMP})
"""Who is told the present states at a first start, too."""
_RELOAD_PATIENCE_NS = 10 * NANOSECONDS_PER_SECOND
_TERMINATED_PATIENCE_NS = 200 * NANOSECONDS_PER_MILLISECOND

log = structlog.get_logger()

Configure = Callable[[DaemonSettings], Configured]
"""Loads and plans; raises UnusableConfigurationError."""


def report(configured: Configured) -> None:
    """Everything there is to say about a configuration, each where it stands."""
    for diagnostic in configured.diagnostics:
        if diagnostic.severity >= Severity.WARNING:
            log.warning(str(diagnostic), code=diagnostic.code)
        else:
            log.debug(str(diagnostic), code=diagnostic.code)
    for note in configured.notes:
        log.warning(note)


class Supervisor:
    """The running daemon."""

    def __init__(
        self,
        settings: DaemonSettings,
        configure: Configure,
        configured: Configured,
        entries: Mapping[Process, Entry],
        paths: pidfile.PidPaths,
        own_pid_file: pidfile.OwnPidFile,
    ) -> None:
        self._settings = settings
        self._configure = configure
        self._configured = configured
        self._entries = entries
        self._pid_files = {Process.VRRP: paths.vrrp, Process.CHECKER: paths.checker, Process.BFD: paths.bfd}
        self._own_pid_file = own_pid_file
        self._selector = selectors.DefaultSelector()
        self._signals = SignalReader(frozenset({signal.SIGINT}) if settings.ignore_sigint else frozenset())
        self._switchboard = Switchboard()
        self._children: dict[Process, Child] = {}
        self._memory = Memory()
        self._policies = {process: RestartPolicy() for process in Process}
        self._deadlines: dict[str, tuple[int, Callable[[], None]]] = {}
        self._readiness = Readiness()
        self._dumps = SupervisorDumps(
            configured=lambda: self._configured,
            children=self._children,
            send=self._send,
            next_id=self._next_request_id,
            after=self._after,
        )
        self._request_id = 0
        self._control = SupervisorControl(
            paths.supervisor,
            self._selector,
            situation=self._situation,
            ask=lambda process, message: self._send(self._children[process], message),
            next_id=self._next_request_id,
        )
        self._care = ReloadCare(
            self._selector,
            after=self._after,
            forget=lambda name: self._deadlines.pop(name, None),
            reload=self._reload,
        )
        self._reloads = 0
        self._last_reload: tuple[int, list[str]] = (0, [])
        self._snmp = SnmpRelay(
            send=lambda process, message: self._send(self._children[process], message),
            running=lambda: self._children,
            next_id=self._next_request_id,
            wanted=lambda: Process.SNMP in self._configured.plans,
        )
        self._started_realtime_ns = time.time_ns()
        self._reloading: set[Process] = set()
        self._reload_again = False
        self._begun = False
        self._started = False
        self._stopping = False
        self._exit_status = EXIT_OK

    # ------------------------------------------------------------ life

    def run(self, caller: Caller) -> int:
        """Start everything, say so, then wait for events until everything has ended; the exit status."""
        self._caller = caller
        self._selector.register(self._signals, selectors.EVENT_READ, lambda: None)
        self._freeze(collect=False)  # what was imported and loaded is there to stay
        self._read_signals()
        if self._configured.startup is not None and not self._stopping:
            run_once(self._configured.startup, self._script_umask(), self._signals, self._stop_asked)
        for process in children.ENTRY_MODULES:
            if not self._stopping and self._configured.plans.get(process) is not None:
                self._start(process)
        early_listener.forget()
        haste.relax()
        short_slices.ask()
        if not self._stopping:
            self._control.open()
            self._care.configure(self._configured.reload)
            self._care.save(self._configured.text)
        caller.succeeded()
        self._begun = True
        self._check_started()
        if self._stopping:
            self._advance_stop()
        elif self._reload_again:
            self._reload_again = False
            self._reload()
        while self._children or not self._stopping:
            self._turn()
        if self._configured.shutdown is not None:
            run_once(self._configured.shutdown, self._script_umask())
        return self._exit_status

    def _stop_asked(self) -> bool:
        self._read_signals()
        return self._stopping

    def _script_umask(self) -> int:
        configured = self._configured.umask
        return configured if configured is not None else DEFAULT_UMASK

    def _turn(self) -> None:
        now = time.monotonic_ns()
        next_at = min((at for at, _ in self._deadlines.values()), default=None)
        if self._control.deadline is not None:
            next_at = min(next_at or self._control.deadline, self._control.deadline)
        timeout = None if next_at is None else max(0.0, (next_at - now) / NANOSECONDS_PER_SECOND)
        events = self._selector.select(timeout)
        self._read_signals()  # first: a service manager may have terminated us and a child at once
        for key, _ in events:
            # An earlier event may have ended this one and closed its file, or given the number to another.
            now_there = self._selector.get_map().get(key.fd)
            if now_there is not None and now_there.fileobj is key.fileobj:
                now_there.data()
        now = time.monotonic_ns()
        self._control.expire(now)
        for name, (at, action) in list(self._deadlines.items()):
            if at <= now and self._deadlines.get(name) == (at, action):
                del self._deadlines[name]
                action()
        logging.flush()

    def _freeze(self, *, collect: bool) -> None:
        """Everything that is there now stays: neither we nor a child ever looks through it again."""
        if collect:
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        gc.enable()  # a start is made without

    # ------------------------------------------------------------ signals

    def _read_signals(self) -> None:
        for number in self._signals.read():
            if number in ENDING:
                self._stop()
            elif number == signal.SIGHUP and not self._stopping:
                self._reload()
            elif number in supervisor_dumps.BY_SIGNAL and not self._stopping:
                self._dumps.signalled(number)

    # ------------------------------------------------------------ children

    def _start(self, process: Process, restored: bool = False, died_at: int = 0) -> None:
        settings = self._settings
        self._switchboard.discard(process)
        options = ProcessOptions(
            log_detail=settings.log.detail,
            address_monitoring=settings.address_monitoring,
            release_vips=settings.release_vips,
            keep_addresses=settings.keep_addresses,
            keep_services=settings.keep_services,
            journal=self._journal(process),
            restored=self._memory.restored(died_at) if restored or process in _INFORMED else None,
        )
        overhears = process in children.SIGTERM_STOPS
        birth = Birth(
            process,
            self._configured.plans[process],
            options,
            settings.log,
            self._configured.names[process],
            frozenset(self._children),
            self._signals.socket if overhears else None,
        )
        close_in_child: list[Callable[[], None]] = [
            self._selector.close,
            self._signals.overhear_in_child if overhears else self._signals.close_in_child,
            self._own_pid_file.close_in_child,
            self._control.close_in_child,
            self._care.close_in_child,
            self._caller.close_in_child,
            *(child.forget for child in self._children.values()),
        ]
        if process is not Process.VRRP:
            close_in_child.append(early_listener.forget)
        try:
            child = children.fork(birth, self._entries[process], self._switchboard, close_in_child)
        except OSError as problem:
            log.error(f"cannot start {TITLES[process]} process: {problem}")
            self._start_later(process, NANOSECONDS_PER_SECOND)
            return
        log.info(f"Starting {TITLES[process]} child process, pid={child.pid}", child=process.name)
        self._children[process] = child
        self._selector.register(child.channel, selectors.EVENT_READ, lambda: self._receive(child))
        self._selector.register(child.pidfd, selectors.EVENT_READ, lambda: self._ended(child))
        self._write_pid_file(child)
        self._tell_partners(process, PeerRestarted(process))
        if process is Process.SNMP:
            self._snmp.started()

    def _journal(self, process: Process) -> str | None:
        """Beside the pid file, so that daemons with pid files of their own have journals of their own."""
        path = self._pid_files.get(process)
        return str(path.with_suffix(".journal")) if path is not None else None

    def _start_later(self, process: Process, delay_ns: int) -> None:
        died_at = time.monotonic_ns()

        def start() -> None:
            if self._configured.plans.get(process) is not None and process not in self._children:
                self._start(process, restored=True, died_at=died_at)

        self._after(f"start {process.name}", delay_ns, start)

    def _write_pid_file(self, child: Child) -> None:
        path = self._pid_files.get(child.process)
        if path is not None:
            try:
                pidfile.write(path, child.pid)
            except pidfile.PidFileError as problem:
                log.error(str(problem))

    def _tell_partners(self, process: Process, message: Message) -> None:
        for other in self._children.values():
            if other.process is not process:
                self._send(other, message)

    def _send(self, child: Child, message: Message) -> None:
        child.channel.send(message)
        self._watch(child)

    def _watch(self, child: Child) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if child.channel.pending else 0)
        if child.channel in self._selector.get_map():
            self._selector.modify(child.channel, events, lambda: self._receive(child))

    def _receive(self, child: Child) -> None:
        if child.channel.pending:
            child.channel.flush()
            self._watch(child)
        for message in child.channel.receive():
            self._handle(child, message)
        if child.channel.closed and child.channel in self._selector.get_map():
            self._selector.unregister(child.channel)

    def _handle(self, child: Child, message: Message) -> None:
        if self._control.take(child.process, message) or self._snmp.take(child.process, message):
            return
        match message:
            case Ready():
                child.ready = True
                self._check_started()
            case ReloadDone(problem=problem):
                if problem:
                    log.error(f"{TITLES[child.process]} process: {problem}")
                self._reloaded(child.process)
            case InstanceSnapshots() | VerdictSnapshots() | BfdSnapshots() | WatchSnapshots():
                self._dumps.answer(message)
            case ManagementRequest(job=job, instance=instance):
                self._manage(job, instance)
            case _:
                self._memory.note(message)
                self._snmp.copy(message)
                if isinstance(message, RouterStateChanged) and Process.DBUS in self._children:
                    self._send(self._children[Process.DBUS], message)

    def _ended(self, child: Child) -> None:
        self._receive(child)  # its last words
        self._selector.unregister(child.pidfd)
        if child.channel in self._selector.get_map():
            self._selector.unregister(child.channel)
        status = child.reap()
        child.channel.close()
        process = child.process
        del self._children[process]
        self._deadlines.pop(f"kill {process.name}", None)
        if process in self._pid_files:
            pidfile.remove(self._pid_files[process], child.pid)
        self._tell_partners(process, PeerGone(process))
        self._dumps.gone(process)
        self._control.gone(process)
        self._reloaded(process)
        if self._stopping:
            self._note_end(child, status)
            self._advance_stop()
        elif child.stop_asked:
            self._note_end(child, status)
            self._start_if_wanted(process)
        else:
            self._died(child, status)

    def _start_if_wanted(self, process: Process) -> None:
        if self._configured.plans.get(process) is not None:
            self._start(process)

    def _note_end(self, child: Child, status: int) -> None:
        if status != 0:
            log.warning(f"{TITLES[child.process]} child process({child.pid}) {_how(status)} while stopping")

    def _died(self, child: Child, status: int) -> None:
        title = TITLES[child.process]
        if status in PERMANENT:
            log.error(f"{title} child process({child.pid}) ended with permanent error {status}. Terminating")
            self._exit_status = status
            self._stop()
            return
        if not self._settings.respawn:
            log.error(f"{title} child process({child.pid}) {_how(status)}. Terminating")
            self._exit_status = EXIT_FATAL
            self._stop()
            return
        lived = time.monotonic_ns() - child.started_at
        delay = self._policies[child.process].delay_ns(lived)
        if status == 0:
            # It was terminated and released everything.  If that was a service manager, we are next.
            delay = max(delay, _TERMINATED_PATIENCE_NS)
        later = f" in {delay // NANOSECONDS_PER_SECOND}s" if delay >= NANOSECONDS_PER_SECOND else ""
        log.error(f"{title} child process({child.pid}) {_how(status)}: Respawning{later}")
        self._start_later(child.process, delay)

    def _check_started(self) -> None:
        if not self._started and not self._stopping and all(c.ready for c in self._children.values()):
            self._started = True
            log.info("Startup complete")
            self._readiness.ready()

    # ------------------------------------------------------------ stop

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        self._deadlines.clear()
        self._selector.unregister(self._signals)  # there is nothing more to say, and it stays readable
        self._advance_stop()  # first of all: the peers wait for the priority-0 advert
        log.info("Stopping")
        self._control.close()
        self._readiness.stopping()

    def _advance_stop(self) -> None:
        """Ask the next process in line to end; the one after it is asked when that one has."""
        for process in _STOP_ORDER:
            child = self._children.get(process)
            if child is not None:
                self._stop_child(child)
                return

    def _stop_child(self, child: Child) -> None:
        if child.stop_asked:
            return
        child.stop_asked = True
        self._send(child, Stop())
        wait = self._configured.child_wait_time * NANOSECONDS_PER_SECOND
        self._after(f"kill {child.process.name}", wait, lambda: self._kill(child))

    def _kill(self, child: Child) -> None:
        log.error(f"{TITLES[child.process]} child process({child.pid}) did not stop in time: killing it")
        child.kill()

    # ------------------------------------------------------------ reload

    def _reload(self) -> None:
        if self._reloading or not self._begun:
            self._reload_again = True
            return
        log.info("Reloading ...")
        try:
            with self._care.reading():
                new = self._configure(self._settings)
        except UnusableConfigurationError as problem:
            self._care.refuses(problem.exit_status, f"{problem}\n")
            self._last_reload = (time.time_ns(), [str(problem)])
            log.error(f"Reload refused, the running configuration stays: {problem}")
            return
        except Exception:
            # A bug of ours in reading a file must not end a daemon that runs well.
            self._last_reload = (time.time_ns(), ["a bug of pykeepalived, see the log"])
            log.exception("Reload refused, the running configuration stays: this is a bug of pykeepalived")
            return
        if refused := self._reasons_against(new):
            self._last_reload = (time.time_ns(), refused)
            for reason in refused:
                log.error(reason)
            log.error(
                f"Reload refused, the running configuration stays: {_plural(len(refused), 'new error')}"
            )
            return
        report(new)
        for sentence in reload.unchangeable(self._configured.fixed, new.fixed):
            log.warning(sentence)
        self._readiness.reloading()
        self._last_reload = (time.time_ns(), [])
        old, self._configured = self._configured, new
        self._reloads += 1
        self._dumps.save_states(self._reloads, "pre", old)
        self._request_id += 1
        if Process.NOTIFIER not in self._children:
            # First, as at a start: whoever starts now has somebody to tell.
            self._apply(Process.NOTIFIER, None, new.plans.get(Process.NOTIFIER))
        for process in (Process.VRRP, Process.CHECKER, Process.BFD):
            self._apply(process, old.plans.get(process), new.plans.get(process))
        self._replace(Process.SNMP, old.plans.get(Process.SNMP), new.plans.get(Process.SNMP))
        if not self._reloading:
            self._finish_reload()
        else:
            self._after("reload", _RELOAD_PATIENCE_NS, self._reload_late)

    def _reasons_against(self, new: Configured) -> list[str]:
        reasons = [str(error) for error in reload.new_errors(self._configured.diagnostics, new.diagnostics)]
        if new.empty and not self._configured.empty:
            reasons.append(f"{self._settings.config_file}: there is no instance and no virtual server in it")
        if failed := self._care.refuses(new.test_status, tested_text(new.findings)):
            reasons.append(failed)
        return reasons

    def _apply(self, process: Process, old: object, new: object) -> None:
        """Bring one child to a new plan: nothing, Reload, start or stop."""
        child = self._children.get(process)
        if child is None:
            if new is not None and f"start {process.name}" not in self._deadlines:
                self._start(process)
        elif new is None:
            self._stop_child(child)
        elif new != old:
            self._reloading.add(process)
            self._send(child, Reload(self._request_id, change_between(old, new)))

    def _replace(self, process: Process, old: object, new: object) -> None:
        """Bring a child that takes no other plan to a new one: start it anew."""
        if process not in self._children:
            self._apply(process, old, new)
        elif new != old:
            self._stop_child(self._children[process])

    def _reloaded(self, process: Process) -> None:
        if process in self._reloading:
            self._reloading.discard(process)
            if not self._reloading:
                self._finish_reload()

    def _finish_reload(self) -> None:
        """The others run the new plan; who tells others learns of it last, as it has to say what went."""
        self._deadlines.pop("reload", None)
        notifier, plan = self._children.get(Process.NOTIFIER), self._configured.plans.get(Process.NOTIFIER)
        if notifier is not None and plan is not None:
            self._send(notifier, Reload(self._request_id, plan))
        dbus, plan = self._children.get(Process.DBUS), self._configured.plans.get(Process.DBUS)
        if dbus is not None and plan is not None:
            self._send(dbus, Reload(self._request_id, plan))
        else:
            self._apply(Process.DBUS, None, plan)
        log.info("Reload finished")
        self._care.configure(self._configured.reload)
        self._care.save(self._configured.text)
        self._dumps.save_states(self._reloads, "post", self._configured)
        self._readiness.ready()
        self._freeze(collect=True)  # now that nobody waits for us
        if self._reload_again:
            self._reload_again = False
            self._reload()

    def _reload_late(self) -> None:
        late = ", ".join(TITLES[process] for process in self._reloading)
        log.warning(f"{late}: no answer to the reload yet")
        self._reloading.clear()
        self._finish_reload()

    # ------------------------------------------------------------ the bus

    def _manage(self, job: ManagementJob, instance: str) -> None:
        """Someone on this host, whom the bus lets through, wants what signals do as well."""
        if self._stopping:
            return
        if job in supervisor_dumps.BY_JOB:
            self._dumps.managed(job)
        elif job is ManagementJob.RELOAD:
            self._reload()
        elif Process.VRRP in self._children:
            self._send(self._children[Process.VRRP], AnnounceAgain(instance))

    # ------------------------------------------------------------ control

    def _situation(self) -> Situation:
        from pykeepalived.daemon.control_command import Situation
        from pykeepalived.daemon.reload_record import reload_record

        pids = {process: child.pid for process, child in self._children.items()}
        return Situation(
            self._configured,
            self._memory,
            pids,
            str(self._own_pid_file.path),
            self._started_realtime_ns,
            self._settings.config_file,
            lambda file: self._configure(replace(self._settings, config_file=file)),
            reload_record(*self._last_reload),
        )

    def _next_request_id(self) -> int:
        self._request_id += 1
        return self._request_id

    def _after(self, name: str, delay_ns: int, action: Callable[[], None]) -> None:
        self._deadlines[name] = (time.monotonic_ns() + delay_ns, action)


def _how(status: int) -> str:
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
