"""Answering a dump signal: ask the processes, lay out what they say, write the files.

A file is complete when it gets its name.  It is then opened once more for writing and closed untouched, so
that readers that wait for close-after-write of exactly that name (inotify) are woken, too.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pykeepalived.daemon.bfd_dumptext import bfd_text
from pykeepalived.daemon.dumptext import Instance, json_text, state_text, statistics_text
from pykeepalived.daemon.plans import Configured
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
    VerdictChanged,
    VerdictSnapshots,
)
from pykeepalived.vrrp.settings import RouterSettings

MODE = 0o600
STATISTICS_FILE = "keepalived.stats"
JSON_FILE = "keepalived.json"
PARENT_STATE_FILE = "keepalived_parent.data"
VRRP_STATE_FILE = "keepalived.data"
CHECKER_STATE_FILE = "keepalived_check.data"
BFD_STATE_FILE = "keepalived_bfd.data"


def folder() -> Path:
    """keepalived's temporary directory: TMPDIR when it is an absolute existing directory, else /tmp."""
    named = Path(os.environ.get("TMPDIR", ""))
    return named if named.is_absolute() and named.is_dir() else Path("/tmp")


def write_file(path: Path, text: str) -> None:
    """Put a text at ``path`` in one step, readable by its owner only; OSError when that is impossible."""
    temporary = path.with_name(f"{path.name}{secrets.token_hex(3)}")
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
    blocks, settings, groups = configured.instances()
    instances = [
        Instance(blocks[name], router, _before_start(router), groups.get(name))
        for name, router in settings.items()
        if name in blocks
    ]
    return state_text(instances, configured.sync_groups(), configured.global_lines(), configured.static())


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
    kind: DumpKind
    request_id: int
    waiting: set[Process]
    instances: list[InstanceSnapshot] = field(default_factory=list)
    verdicts: list[VerdictChanged] = field(default_factory=list)
    bfd: BfdSnapshots | None = None
    answered: set[Process] = field(default_factory=set)


class DumpCollector:
    """The dumps that are under way."""

    PATIENCE_MS = 2000

    def __init__(self, configured: Callable[[], Configured]) -> None:
        self._configured = configured
        self._dumps: list[_Dump] = []

    def ask(self, kind: DumpKind, request_id: int, running: set[Process]) -> list[tuple[Process, Message]]:
        """Begin a dump: which process to ask what."""
        asked = {Process.VRRP, Process.CHECKER, Process.BFD} if kind is DumpKind.DATA else {Process.VRRP}
        dump = _Dump(kind, request_id, asked & running)
        self._dumps.append(dump)
        return [(process, DumpRequest(request_id, kind)) for process in sorted(dump.waiting)]

    def answer(self, message: InstanceSnapshots | VerdictSnapshots | BfdSnapshots) -> None:
        """Take a portion of an answer."""
        for dump in self._dumps:
            if dump.request_id != message.request_id:
                continue
            match message:
                case InstanceSnapshots(instances=instances):
                    dump.instances += instances
                    process = Process.VRRP
                case VerdictSnapshots(verdicts=verdicts):
                    dump.verdicts += verdicts
                    process = Process.CHECKER
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
            for name, text in self._files(dump):
                try:
                    write_file(folder() / name, text)
                except OSError as problem:
                    problems.append(f"cannot write {folder() / name}: {problem.strerror}")
        return problems

    def _files(self, dump: _Dump) -> list[tuple[str, str]]:
        configured = self._configured()
        files: list[tuple[str, str]] = []
        if dump.kind is DumpKind.DATA:
            files.append((PARENT_STATE_FILE, state_text((), (), configured.global_lines())))
        if Process.VRRP in dump.answered:
            instances = self._instances(dump, configured)
            match dump.kind:
                case DumpKind.DATA:
                    text = state_text(
                        instances, configured.sync_groups(), configured.global_lines(), configured.static()
                    )
                    files.append((VRRP_STATE_FILE, text))
                case DumpKind.JSON:
                    files.append((JSON_FILE, json_text(instances, configured.json_version)))
                case DumpKind.STATS | DumpKind.STATS_CLEAR:
                    files.append((STATISTICS_FILE, statistics_text(dump.instances)))
        if Process.CHECKER in dump.answered:
            files.append((CHECKER_STATE_FILE, "".join(f"{line}\n" for line in _verdict_lines(dump.verdicts))))
        if dump.bfd is not None:
            files.append((BFD_STATE_FILE, bfd_text(dump.bfd)))
        return files

    def _instances(self, dump: _Dump, configured: Configured) -> list[Instance]:
        blocks, settings, groups = configured.instances()
        return [
            Instance(blocks[snapshot.name], settings[snapshot.name], snapshot, groups.get(snapshot.name))
            for snapshot in dump.instances
            if snapshot.name in blocks and snapshot.name in settings
        ]


def _verdict_lines(verdicts: list[VerdictChanged]) -> list[str]:
    lines = ["------< Health checkers >------"]
    for verdict in verdicts:
        lines += [
            f" {verdict.service} -> {verdict.server}",
            f"   Up = {'yes' if verdict.up else 'no'}",
            *([f"   Reason = {verdict.reason}"] if verdict.reason else []),
        ]
    return lines
