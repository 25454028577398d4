"""KEEPALIVED-MIB, ``vrrp``: tracked things, and who tracks what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.track_file import TrackFile
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.blocks.vrrp_script import VrrpScript
from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup
from pykeepalived.config.blocks.vrrp_track_process import VrrpTrackProcess
from pykeepalived.config.values import TrackEntry, Weight
from pykeepalived.snmp.keepalived_vrrp import groups
from pykeepalived.snmp.mib import Column, Index, Table, gauge, integer, text, truth
from pykeepalived.snmp.oids import VRRP
from pykeepalived.snmp.view import View, instances
from pykeepalived.snmp.words import command, path
from pykeepalived.tracking.settings import TrackerKind
from pykeepalived.wire.agentx import Value

USEC: Final = 1_000_000
"""Microseconds per second."""

_SCRIPT_UNKNOWN, _SCRIPT_BAD, _SCRIPT_GOOD, _SCRIPT_INIT_FAILED = 1, 2, 3, 5
"""vrrpScriptResult."""
_WITHOUT_MAXIMUM = -1
"""What keepalived shows as vrrpProcessQuorumMax when none is set."""

# ---------------------------------------------------------------- tracked things


def _weight(weight: Weight | None, default: int = 0) -> Value:
    return integer(default if weight is None else weight.value)


def _reversed(weight: Weight | None) -> Value:
    return truth(weight is not None and weight.reverse)


@dataclass(frozen=True, slots=True)
class ScriptRow:
    """A vrrp_script and the last word about it: 1 good, 0 bad."""

    block: VrrpScript
    status: int | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A track_file and the number in it."""

    block: TrackFile
    status: int | None


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A vrrp_track_process and whether there are as many as there should be."""

    block: VrrpTrackProcess
    status: int | None


@dataclass(frozen=True, slots=True)
class BfdRow:
    """A bfd_instance that VRRP tracks, and whether its session is up."""

    name: str
    up: bool


def _scripts(view: View) -> Iterator[tuple[Index, ScriptRow]]:
    for number, block in enumerate(view.config.vrrp_scripts, 1):
        yield (number,), ScriptRow(block, view.trackers.get((TrackerKind.SCRIPT, block.name)))


def _files(view: View) -> Iterator[tuple[Index, FileRow]]:
    for number, block in enumerate(view.config.track_files, 1):
        yield (number,), FileRow(block, view.trackers.get((TrackerKind.FILE, block.name)))


def _processes(view: View) -> Iterator[tuple[Index, ProcessRow]]:
    for number, block in enumerate(view.config.vrrp_track_processes, 1):
        yield (number,), ProcessRow(block, view.trackers.get((TrackerKind.PROCESS, block.name)))


def _sessions(view: View) -> Iterator[tuple[Index, BfdRow]]:
    for number, block in enumerate(view.config.bfd_instances, 1):
        yield (number,), BfdRow(block.name, view.bfd.get(block.name, False))


def _result(row: ScriptRow) -> int:
    if row.status is None:
        return _SCRIPT_INIT_FAILED if row.block.init_fail else _SCRIPT_UNKNOWN
    return _SCRIPT_GOOD if row.status else _SCRIPT_BAD


def _timeout(row: ScriptRow) -> int:
    seconds = row.block.interval if row.block.timeout is None else row.block.timeout
    return round(seconds * USEC)


def _quorum_max(row: ProcessRow) -> int:
    return _WITHOUT_MAXIMUM if row.block.quorum_max is None else row.block.quorum_max


SCRIPTS: Table[ScriptRow] = Table(
    (*VRRP, 9, 1),
    (
        Column(2, "vrrpScriptName", lambda row: text(row.block.name)),
        Column(3, "vrrpScriptCommand", lambda row: command(row.block.script)),
        Column(4, "vrrpScriptInterval", lambda row: integer(int(row.block.interval))),
        Column(5, "vrrpScriptWeight", lambda row: _weight(row.block.weight)),
        Column(6, "vrrpScriptResult", lambda row: integer(_result(row))),
        Column(7, "vrrpScriptRise", lambda row: gauge(row.block.rise)),
        Column(8, "vrrpScriptFall", lambda row: gauge(row.block.fall)),
        Column(9, "vrrpScriptWgtRev", lambda row: _reversed(row.block.weight)),
        Column(10, "vrrpScriptPath", lambda row: path(row.block.script)),
        Column(11, "vrrpScriptIntervalUsec", lambda row: gauge(round(row.block.interval * USEC))),
        Column(12, "vrrpScriptTimeoutUsec", lambda row: gauge(_timeout(row))),
    ),
    _scripts,
)

FILES: Table[FileRow] = Table(
    (*VRRP, 13, 1),
    (
        Column(2, "vrrpFileName", lambda row: text(row.block.name)),
        Column(3, "vrrpFilePath", lambda row: text(row.block.file)),
        Column(4, "vrrpFileResult", lambda row: integer(row.status or 0)),
        Column(5, "vrrpFileWeight", lambda row: _weight(row.block.weight, 1)),
        Column(6, "vrrpFileWgtRev", lambda row: _reversed(row.block.weight)),
    ),
    _files,
)

BFD: Table[BfdRow] = Table(
    (*VRRP, 18, 1),
    (
        Column(2, "vrrpBfdName", lambda row: text(row.name)),
        Column(3, "vrrpBfdResult", lambda row: integer(row.up)),
        Column(4, "vrrpBfdWeight", lambda row: integer(0)),
        Column(5, "vrrpBfdWgtRev", lambda row: truth(False)),
    ),
    _sessions,
)

PROCESSES: Table[ProcessRow] = Table(
    (*VRRP, 21, 1),
    (
        Column(2, "vrrpProcessName", lambda row: text(row.block.name)),
        Column(3, "vrrpProcessPath", lambda row: text(row.block.process.name if row.block.process else None)),
        Column(
            4,
            "vrrpProcessParams",
            lambda row: text(" ".join(row.block.process.arguments if row.block.process else ())),
        ),
        Column(6, "vrrpProcessWeight", lambda row: _weight(row.block.weight)),
        Column(7, "vrrpProcessWgtRev", lambda row: _reversed(row.block.weight)),
        Column(8, "vrrpProcessQuorum", lambda row: gauge(row.block.quorum)),
        Column(9, "vrrpProcessQuorumMax", lambda row: integer(_quorum_max(row))),
        Column(10, "vrrpProcessForkDelay", lambda row: gauge(round(row.block.fork_delay * USEC))),
        Column(11, "vrrpProcessTerminateDelay", lambda row: gauge(round(row.block.terminate_delay * USEC))),
        Column(12, "vrrpProcessFullCommand", lambda row: truth(row.block.full_command)),
        Column(14, "vrrpProcessResult", lambda row: truth(row.status)),
    ),
    _processes,
)

# ---------------------------------------------------------------- who tracks what


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a ``track_…`` block, with what the tracked block says where the line says nothing."""

    name: str
    weight: int
    reverse: bool


@dataclass(frozen=True, slots=True)
class _Kind:
    """``field`` is the one of the tracking block, ``default`` the weight of a thing that has none."""

    word: str
    field: str
    blocks: Callable[[Config], Iterable[Any]]
    default: int
    of_instances: int
    of_groups: int
    first_column: int = 2


_KINDS = (
    _Kind("Interface", "track_interface", lambda config: (), 0, 4, 14, 1),
    _Kind("Script", "track_script", lambda config: config.vrrp_scripts, 0, 5, 15),
    _Kind("File", "track_file", lambda config: config.track_files, 1, 12, 16),
    _Kind("Bfd", "track_bfd", lambda config: (), 0, 17, 19),
    _Kind("Process", "track_process", lambda config: config.vrrp_track_processes, 0, 20, 22),
)


def _lines(kind: _Kind, owner: VrrpInstance | VrrpSyncGroup, config: Config) -> Iterator[Line]:
    entries: tuple[TrackEntry, ...] = getattr(owner, kind.field)
    own = {block.name: block.weight for block in kind.blocks(config)}
    for entry in entries:
        inherited = own.get(entry.name) or Weight(kind.default)
        weight = inherited.value if entry.weight is None else entry.weight
        yield Line(entry.name, weight, inherited.reverse if entry.reverse is None else entry.reverse)


def _instance_lines(kind: _Kind, view: View) -> Iterator[tuple[Index, Line]]:
    for instance in instances(view):
        for number, line in enumerate(_lines(kind, instance.block, view.config), 1):
            yield (instance.number, number), line


def _group_lines(kind: _Kind, view: View) -> Iterator[tuple[Index, Line]]:
    for index, group in groups(view):
        for number, line in enumerate(_lines(kind, group.block, view.config), 1):
            yield (*index, number), line


def _tracking(
    number: int, name: str, kind: _Kind, rows: Callable[[_Kind, View], Iterator[tuple[Index, Line]]]
) -> Table[Line]:
    first = kind.first_column
    return Table(
        (*VRRP, number, 1),
        (
            Column(first, f"{name}Name", lambda row: text(row.name)),
            Column(first + 1, f"{name}Weight", lambda row: integer(row.weight)),
            Column(first + 2, f"{name}WgtRev", lambda row: truth(row.reverse)),
        ),
        partial(rows, kind),
    )


TABLES: tuple[Table[Any], ...] = (
    SCRIPTS,
    FILES,
    BFD,
    PROCESSES,
    *(_tracking(kind.of_instances, f"vrrpTracked{kind.word}", kind, _instance_lines) for kind in _KINDS),
    *(_tracking(kind.of_groups, f"vrrpSyncGroupTracked{kind.word}", kind, _group_lines) for kind in _KINDS),
)
