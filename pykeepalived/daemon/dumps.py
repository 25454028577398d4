"""Answering a dump signal: ask the processes, lay out what they say, write the files.

A file is complete when it gets its name.  It is then opened once more for writing and closed untouched, so
that readers that wait for close-after-write of exactly that name (inotify) are woken, too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.daemon.configured import Configured
from pykeepalived.daemon.dump_files import json_file, statistics_file
from pykeepalived.ipc.details import HostReport, ProcessReport, ServiceReport
from pykeepalived.ipc.messages import (
    BfdSnapshots,
    DumpKind,
    DumpRequest,
    InstanceCounters,
    InstanceSnapshot,
    InstanceSnapshots,
    Message,
    Process,
    RouterState,
    VerdictSnapshots,
    WatchSnapshots,
)
from pykeepalived.notify.plan import NotifyPlan
from pykeepalived.vrrp.settings import RouterSettings

MODE = 0o600
SUFFIXES = {Process.SUPERVISOR: "_parent", Process.VRRP: "", Process.CHECKER: "_check", Process.BFD: "_bfd"}
"""What a process adds to the name of its state file."""
SAVED = {Process.VRRP: "vrrp", Process.CHECKER: "check", Process.BFD: "bfd"}
"""Whose state config_save_dir keeps, and what keepalived calls it there."""
_STATEFUL = frozenset({Process.VRRP, Process.CHECKER, Process.BFD})


def write_file(path: Path, text: str) -> None:
    """Put a text at ``path`` in one step, readable by its owner only; OSError when that is impossible."""
    temporary = path.with_name(f"{path.name}{os.urandom(3).hex()}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    try:
        with os.fdopen(fd, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        temporary.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW))


def configured_text(configured: Configured) -> str:
    """-d: the state file of a daemon that has not started yet."""
    from pykeepalived.daemon.dump_layout import Layout

    layout = Layout(configured)
    snapshots = [_before_start(router) for router in configured.instances()[1].values()]
    return layout.vrrp(snapshots, None)


def _before_start(router: RouterSettings) -> InstanceSnapshot:
    return InstanceSnapshot(
        name=router.name,
        state=RouterState.INIT,
        wanted_state=RouterState(router.initial_state.value),
        effective_priority=router.priority,
        master_priority=0,
        master_adver_interval_ns=router.advertisement_interval_ns,
        last_transition_ns=0,
        addresses_set=False,
        counters=InstanceCounters(),
        source_address=str(router.source_address or ""),
    )


@dataclass(slots=True)
class _Dump:
    """A dump that was asked for, and what of it has come."""

    kind: DumpKind
    request_id: int
    waiting: set[Process]
    configured: Configured
    places: Mapping[Process, Path] | None = None
    instances: list[InstanceSnapshot] = field(default_factory=list)
    host: HostReport | None = None
    services: list[ServiceReport] = field(default_factory=list)
    processes: list[ProcessReport] = field(default_factory=list)
    bfd: BfdSnapshots | None = None
    answered: set[Process] = field(default_factory=set)


class DumpCollector:
    """The dumps that are under way."""

    PATIENCE_MS = 2000

    def __init__(self, configured: Callable[[], Configured]) -> None:
        self._configured = configured
        self._dumps: list[_Dump] = []

    def ask(
        self,
        kind: DumpKind,
        request_id: int,
        running: set[Process],
        places: Mapping[Process, Path] | None = None,
        configured: Configured | None = None,
    ) -> list[tuple[Process, Message]]:
        """Begin a dump: which process to ask what.

        ``places``: state files of these processes only, and not where a signal puts them.
        ``configured``: what they run, if that is not the present configuration any more.
        """
        asked = _STATEFUL if kind is DumpKind.DATA else frozenset({Process.VRRP})
        if kind in (DumpKind.DATA, DumpKind.JSON) and self._counts_processes():
            asked |= {Process.NOTIFIER}
        if places is not None:
            asked &= {*places, Process.NOTIFIER}
        dump = _Dump(kind, request_id, running & asked, configured or self._configured(), places)
        self._dumps.append(dump)
        return [(process, DumpRequest(request_id, kind)) for process in sorted(dump.waiting)]

    def _counts_processes(self) -> bool:
        plan = self._configured().plans.get(Process.NOTIFIER)
        return isinstance(plan, NotifyPlan) and bool(plan.watch.processes)

    def answer(self, message: InstanceSnapshots | VerdictSnapshots | BfdSnapshots | WatchSnapshots) -> None:
        """Take a portion of an answer."""
        for dump in self._dumps:
            if dump.request_id != message.request_id:
                continue
            match message:
                case InstanceSnapshots(instances=instances):
                    dump.instances += instances
                    dump.host = message.host or dump.host
                    process = Process.VRRP
                case VerdictSnapshots(details=details):
                    dump.services += details
                    process = Process.CHECKER
                case WatchSnapshots(processes=processes):
                    dump.processes += processes
                    process = Process.NOTIFIER
                case BfdSnapshots():
                    dump.bfd = message
                    process = Process.BFD
            if message.last:
                dump.waiting.discard(process)
                dump.answered.add(process)

    def gone(self, process: Process) -> None:
        """A process ended: no answer will come from it."""
        for dump in self._dumps:
            dump.waiting.discard(process)

    def give_up(self) -> None:
        """Whoever has not answered by now is left out."""
        for dump in self._dumps:
            dump.waiting.clear()

    def write_finished(self) -> list[str]:
        """Write the files of every dump that waits for nobody; sentences about what went wrong."""
        problems: list[str] = []
        for dump in [dump for dump in self._dumps if not dump.waiting]:
            self._dumps.remove(dump)
            for path, text in self._files(dump):
                try:
                    write_file(path, text)
                except OSError as problem:
                    problems.append(f"cannot write {path}: {problem.strerror}")
        return problems

    def _files(self, dump: _Dump) -> Iterator[tuple[Path, str]]:
        # Here and not above: most daemons are never asked, and all should start quickly.
        from pykeepalived.daemon.dump_layout import Layout
        from pykeepalived.daemon.dumptext import json_text, statistics_text

        match dump.kind:
            case DumpKind.DATA:
                for process, text in self._states(dump):
                    if dump.places is None:
                        yield dump.configured.files.state(SUFFIXES[process]), text
                    elif process in dump.places:
                        yield dump.places[process], text
            case DumpKind.JSON if Process.VRRP in dump.answered:
                layout = Layout(dump.configured)
                processes = layout.processes(dump.processes)
                instances = layout.instances(dump.instances)
                yield json_file(), json_text(instances, dump.configured.json_version, processes)
            case DumpKind.STATS | DumpKind.STATS_CLEAR if Process.VRRP in dump.answered:
                yield statistics_file(), statistics_text(dump.instances)

    def _states(self, dump: _Dump) -> Iterator[tuple[Process, str]]:
        from pykeepalived.daemon.dump_global import Part
        from pykeepalived.daemon.dump_layout import Layout

        layout = Layout(dump.configured)
        yield Process.SUPERVISOR, layout.part(Part.PARENT)
        if Process.VRRP in dump.answered:
            yield Process.VRRP, layout.vrrp(dump.instances, dump.host, dump.processes)
        if Process.CHECKER in dump.answered:
            yield Process.CHECKER, layout.checker(dump.services)
        if dump.bfd is not None:
            yield Process.BFD, layout.bfd(dump.bfd)
