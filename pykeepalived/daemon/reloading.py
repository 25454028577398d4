"""A reload: another configuration is read, judged, and given to the processes one kind after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.daemon import garbage, haste, reload
from pykeepalived.daemon.children import TITLES
from pykeepalived.daemon.configured import Configured, UnusableConfigurationError
from pykeepalived.daemon.family import Family
from pykeepalived.daemon.listeners import LISTENERS
from pykeepalived.daemon.log import get_logger
from pykeepalived.daemon.named_deadlines import NamedDeadlines
from pykeepalived.daemon.readiness import Readiness
from pykeepalived.daemon.reload_care import ReloadCare
from pykeepalived.daemon.settings import DaemonSettings
from pykeepalived.daemon.supervisor_dumps import SupervisorDumps
from pykeepalived.ipc.management import SettingChange
from pykeepalived.ipc.messages import Process

_WORKERS = (Process.VRRP, Process.CHECKER, Process.BFD)
_PATIENCE_NS = 10 * NANOSECONDS_PER_SECOND

log = get_logger()

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


class Reloading:
    """One reload at a time; one that is asked for meanwhile follows it.

    ``last`` is when one was tried last (CLOCK_REALTIME in ns, 0: never), and why it was refused, if it was.
    ``next_id`` numbers requests.  ``keep`` is told what runs from now on, for the next start.
    """

    def __init__(
        self,
        settings: DaemonSettings,
        configure: Configure,
        family: Family,
        *,
        care: ReloadCare,
        dumps: SupervisorDumps,
        readiness: Readiness,
        deadlines: NamedDeadlines,
        next_id: Callable[[], int],
        keep: Callable[[Configured], None],
    ) -> None:
        self.last: tuple[int, list[str]] = (0, [])
        self._settings = settings
        self._configure = configure
        self._family = family
        self._care = care
        self._dumps = dumps
        self._readiness = readiness
        self._deadlines = deadlines
        self._next_id = next_id
        self._keep = keep
        self._request_id = 0
        self._answers_due: set[Process] = set()
        self._had_run: frozenset[Process] = frozenset()
        self._open = False
        self._again = False
        self._waiting: list[SettingChange] = []
        self._count = 0

    # ------------------------------------------------------------ when

    def open(self) -> None:
        """The daemon has started: from now on a reload can be, and one that was asked for before is."""
        self._open = True
        self._adjust_now()
        self._once_more()

    def close(self) -> None:
        """The daemon ends: no reload begins, and one that is under way changes nothing any more."""
        self._open = self._again = False
        self._answers_due.clear()
        self._waiting.clear()

    def begin(self) -> None:
        """Reload, now or as soon as it can be."""
        if self._answers_due or not self._open:
            self._again = True
            return
        log.info("Reloading ...")
        with haste.hurried():
            self._reload()

    def _reload(self) -> None:
        began = time.perf_counter()
        new = self._read()
        if new is None:
            return
        log.debug(f"Read and planned in {time.perf_counter() - began:.3f} s")
        report(new)
        running = self._family.configured
        for sentence in reload.unchangeable(running.fixed, new.fixed):
            log.warning(sentence)
        self._readiness.reloading()
        self.last = (time.time_ns(), [])
        self._hand_out(running, new)
        if not self._answers_due:
            self._finish()
        else:
            self._deadlines.after("reload", _PATIENCE_NS, self._finish_without_answers)

    def confirm(self) -> None:
        """What runs was kept by the last start: read, and reload if that says something else.

        Before :meth:`open`.
        """
        running = self._family.configured
        try:
            new = self._configure(self._settings)
        except Exception as problem:  # a file that changed just now, or a bug: the reload will say
            log.debug(f"Cannot confirm the start: {problem}")
            self._again = True
            return
        if replace(new, config=None, inputs=None) == running:
            self._family.adopt(new)
            self._deadlines.after("garbage", NANOSECONDS_PER_SECOND, garbage.keep_the_new)
        else:
            log.warning("What the last start left for this one is out of date: reloading")
            self._again = True

    def adjust(self, changes: Sequence[SettingChange]) -> None:
        """Settings of what runs change together; the next reload brings back what the file says.

        What comes while a reload is under way waits for its end, and is about what runs then.
        """
        if self._answers_due or not self._open:
            self._waiting += changes
            return
        from pykeepalived.daemon.adjusting import adjusted_together

        found = adjusted_together(self._family.configured, changes)
        for sentence in found.sentences:
            log.info(sentence)
        for reason in found.refused:
            log.warning(reason)
        self._family.configured = found.configured
        for process in found.processes:
            if process in self._family.running:
                self._family.tell_plan(process, self._next_id())

    def answered(self, process: Process, request_id: int) -> None:
        """A process runs the plan that it was told under this number, or none.

        What was told before a reload, because of a setting, may be answered in the middle of it.
        """
        if request_id == self._request_id:
            self.gone(process)

    def gone(self, process: Process) -> None:
        """A process has answered, or is no more and will not."""
        if process in self._answers_due:
            self._answers_due.discard(process)
            if not self._answers_due:
                self._finish()

    def _adjust_now(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self.adjust(waiting)

    def _once_more(self) -> None:
        if self._again:
            self._again = False
            self.begin()

    # ------------------------------------------------------------ whether

    def _read(self) -> Configured | None:
        """The new configuration; None when the running one stays."""
        try:
            with self._care.reading():
                new = self._configure(self._settings)
        except UnusableConfigurationError as problem:
            self._care.refuses(problem.exit_status, f"{problem}\n")
            self.last = (time.time_ns(), [str(problem)])
            log.error(f"Reload refused, the running configuration stays: {problem}")
            return None
        except Exception:
            # A bug of ours in reading a file must not end a daemon that runs well.
            self.last = (time.time_ns(), ["a bug of pykeepalived, see the log"])
            log.exception("Reload refused, the running configuration stays: this is a bug of pykeepalived")
            return None
        if refused := self._reasons_against(new):
            self.last = (time.time_ns(), refused)
            for reason in refused:
                log.error(reason)
            errors = f"{len(refused)} new error{'' if len(refused) == 1 else 's'}"
            log.error(f"Reload refused, the running configuration stays: {errors}")
            return None
        return new

    def _reasons_against(self, new: Configured) -> list[str]:
        from pykeepalived.config.tested import tested_text  # as what read it: not for the start

        running = self._family.configured
        errors = reload.new_errors(running.diagnostics, new.diagnostics, idle=running.empty)
        reasons = [str(error) for error in errors]
        if new.empty and not running.empty:
            reasons.append(f"{self._settings.config_file}: there is no instance and no virtual server in it")
        if failed := self._care.refuses(new.test_status, tested_text(new.findings)):
            reasons.append(failed)
        return reasons

    # ------------------------------------------------------------ how

    def _hand_out(self, old: Configured, new: Configured) -> None:
        """To the workers; of the listeners only what must be done before."""
        self._family.start_who_waits(new.plans)
        self._family.configured = new
        self._count += 1
        self._dumps.save_states(self._count, "pre", old)
        self._request_id = self._next_id()
        self._had_run = frozenset(self._family.running)
        for listener in LISTENERS:
            if listener.goes_first and listener.process not in self._family.running:
                self._start_or_stop(listener.process, informed=True)
        for process in _WORKERS:
            self._change(process)
        for listener in LISTENERS:
            process = listener.process
            if listener.takes_plans or process not in self._family.running:
                continue
            if old.plans.get(process) != new.plans.get(process):
                self._family.stop(process)  # its end starts it anew, if it is wanted

    def _change(self, process: Process) -> None:
        """Bring a worker to a new plan: nothing, Reload, start or stop."""
        if not self._family.wanted(process) or process not in self._family.running:
            self._start_or_stop(process)
        elif self._family.tell_plan(process, self._request_id):
            self._answers_due.add(process)

    def _start_or_stop(self, process: Process, *, informed: bool = False) -> None:
        """``informed``: it starts with what is known of the others."""
        runs, wanted = process in self._family.running, self._family.wanted(process)
        if runs and not wanted:
            self._family.stop(process)
        elif wanted and not runs and not self._family.starts_later(process):
            self._family.start(process, restored=informed)

    def _finish(self) -> None:
        """The workers run the new plan; who tells others learns of it last, as it has to say what went."""
        self._deadlines.forget("reload")
        configured = self._family.configured
        for listener in LISTENERS:
            process, idle = listener.process, listener.idle
            useful = self._family.wanted(process) or idle is not None
            if listener.takes_plans and useful and process in self._family.running:
                always = process in self._had_run
                self._family.tell_plan(process, self._request_id, idle=idle, always=always)
            elif idle is None:
                self._start_or_stop(process)
        log.info("Reload finished")
        self._care.configure(configured.reload)
        self._care.save(configured.text)
        self._keep(configured)
        self._dumps.save_states(self._count, "post", configured)
        self._readiness.ready()
        garbage.keep_the_new()  # now that nobody waits for us
        self._adjust_now()
        self._once_more()

    def _finish_without_answers(self) -> None:
        late = ", ".join(TITLES[process] for process in self._answers_due)
        log.warning(f"{late}: no answer to the reload yet")
        self._answers_due.clear()
        self._finish()
