"""From configuration to what the notifier process watches: scripts, files and processes that are followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pykeepalived.base.errors import PykeepalivedError
from pykeepalived.base.units import seconds_to_ns
from pykeepalived.plan.tracking import first_of_name, followed
from pykeepalived.tracking.settings import (
    NEVER_TOO_MANY,
    FileSettings,
    ParameterMatch,
    ProcessSettings,
    ScriptSettings,
    TrackerKind,
    TrackingSettings,
    WatchSettings,
)

if TYPE_CHECKING:
    from pykeepalived.config.blocks.root import Config
    from pykeepalived.config.blocks.track_file import TrackFile
    from pykeepalived.config.blocks.vrrp_script import VrrpScript
    from pykeepalived.config.blocks.vrrp_track_process import VrrpTrackProcess
    from pykeepalived.config.values import Account, Script

Identity = tuple[int, int, tuple[int, ...]]
"""uid, gid, supplementary groups."""

_OPEN_FILE = ("/bin/sh", "-c", ': < "$0"')
"""``script "</path"``: succeeds when the file can be opened."""


def plan_watching(
    config: Config,
    tracking: TrackingSettings,
    identity: Callable[[Account | None], Identity],
) -> tuple[WatchSettings, list[str]]:
    """What is to be watched, and notes about scripts that will not run.

    ``identity`` resolves an account (None: the default one) and raises for an unknown one.  Scripts that are
    missing or that others could change (enable_script_security) are not in ``config`` any more.
    """
    used = followed(tracking)
    notes: list[str] = []
    scripts = []
    for name, block in first_of_name(config.vrrp_scripts).items():
        if (TrackerKind.SCRIPT, name) not in used or block.script is None:
            continue
        try:
            who = identity(block.user or block.script.account)
        except PykeepalivedError as problem:
            notes.append(f"track script {name} will not run: {problem}")
            continue
        scripts.append(_script(block, block.script, who, config.global_defs.use_symlink_paths))
    files = first_of_name(config.track_files)
    processes = first_of_name(config.vrrp_track_processes)
    defaults = config.global_defs
    return WatchSettings(
        scripts=tuple(scripts),
        files=tuple(_file(block) for name, block in files.items() if (TrackerKind.FILE, name) in used),
        processes=tuple(
            process_settings(block)
            for name, block in processes.items()
            if (TrackerKind.PROCESS, name) in used
        ),
        process_buffer=defaults.process_monitor_rcv_bufs or 0,
        process_buffer_force=bool(defaults.process_monitor_rcv_bufs_force),
    ), notes


def _script(block: VrrpScript, script: Script, who: Identity, by_symlink: bool) -> ScriptSettings:
    uid, gid, groups = who
    argv = script.argv
    if argv[0].startswith("<"):
        argv = (*_OPEN_FILE, argv[0][1:].lstrip())
    interval_ns = seconds_to_ns(block.interval)
    return ScriptSettings(
        name=block.name,
        argv=argv,
        uid=uid,
        gid=gid,
        groups=groups,
        interval_ns=interval_ns,
        timeout_ns=interval_ns if block.timeout is None else seconds_to_ns(block.timeout),
        rise=block.rise,
        fall=block.fall,
        starts_failed=block.init_fail,
        by_symlink=by_symlink,
    )


def _file(block: TrackFile) -> FileSettings:
    initial = block.init_file
    return FileSettings(
        name=block.name,
        path=block.file or "",
        initial=None if initial is None else initial.value,
        overwrite=initial is not None and initial.overwrite,
    )


def process_settings(block: VrrpTrackProcess) -> ProcessSettings:
    """What a block says about the processes it counts."""
    process = block.process
    arguments = () if process is None else process.arguments
    match = ParameterMatch.EXACT if arguments else ParameterMatch.NONE
    if block.param_match is not None:
        match = ParameterMatch(block.param_match)
    quorum = block.quorum
    if block.quorum_max == 0:
        quorum = 0  # any match is a failure
    return ProcessSettings(
        name=block.name,
        path="" if process is None else process.name,
        parameters=b"".join(word.encode(errors="surrogateescape") + b"\0" for word in arguments),
        match=match,
        full_command=block.full_command or bool(arguments) or block.param_match is not None,
        quorum=quorum,
        quorum_max=NEVER_TOO_MANY if block.quorum_max is None else block.quorum_max,
        fork_delay_ns=seconds_to_ns(block.fork_delay or block.delay),
        terminate_delay_ns=seconds_to_ns(block.terminate_delay or block.delay),
    )
