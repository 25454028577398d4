"""Tracked things in the state file, in keepalived 2.4.3's words and order.  Pure.

Who watches a script counts its runs in another process: ``Result`` is what the count is once it has come to
rest (``rise + fall - 1`` for good, 0 for bad).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.blocks.vrrp_instance import VrrpInstance
from pykeepalived.config.blocks.vrrp_script import VrrpScript
from pykeepalived.config.blocks.vrrp_sync_group import VrrpSyncGroup
from pykeepalived.config.values import Account, TrackEntry, Weight
from pykeepalived.daemon.dump_global import Identify, quoted
from pykeepalived.daemon.dump_processes import own_weights_of, process_lines, weight_text
from pykeepalived.ipc.details import HostReport, ProcessReport
from pykeepalived.plan.watching import process_settings
from pykeepalived.tracking.settings import (
    Follow,
    RouterTracking,
    TrackerKind,
    WatchSettings,
)

Statuses = Mapping[tuple[TrackerKind, str], int | None]


def statuses(host: HostReport | None) -> Statuses:
    """What was last heard of each thing."""
    return {} if host is None else {(one.kind, one.name): one.status for one in host.tracked}


def follow_lines(block: VrrpInstance | VrrpSyncGroup, weights: Mapping[str, Weight]) -> Iterator[str]:
    """The ``track_…`` entries of an instance or group; ``weights`` are those that the things bring along."""
    kinds: Sequence[tuple[str, tuple[TrackEntry, ...], str, str]] = (
        ("interfaces", block.track_interface, " weight", "interface"),
        ("scripts", block.track_script, " weight", "script"),
        ("files", block.track_file, ", weight", "file"),
        ("processes", block.track_process, ", weight", "process"),
        ("BFDs", block.track_bfd, ": weight", "bfd"),
    )
    for title, entries, between, kind in kinds:
        if not entries:
            continue
        yield f"   Tracked {title} :"
        for entry in entries:
            weight = weights.get(f"{kind} {entry.name}", Weight(0))
            if entry.weight is not None:
                weight = Weight(entry.weight, bool(entry.reverse))
            yield f"     {entry.name}{between} {weight_text(weight)}"


def own_weights(config: Config) -> dict[str, Weight]:
    """``kind name``: the weight that a thing has wherever no other is given."""
    found: dict[str, Weight | None] = {}
    for script in config.vrrp_scripts:
        found[f"script {script.name}"] = script.weight
    for file in config.track_files:
        found[f"file {file.name}"] = file.weight or Weight(1)
    for process in config.vrrp_track_processes:
        found[f"process {process.name}"] = process.weight
    for session in config.bfd_instances:
        found[f"bfd {session.name}"] = session.weight
    return {name: weight for name, weight in found.items() if weight is not None}


@dataclass(frozen=True, slots=True)
class Followed:
    """What is tracked, by whom, and how it is."""

    watch: WatchSettings
    routers: Sequence[RouterTracking]
    known: Statuses
    processes: Sequence[ProcessReport] = ()


def tracking_sections(config: Config, what: Followed, identify: Identify) -> Iterator[str]:
    """Scripts, files, processes and BFD sessions that are configured."""
    watch, routers, known = what.watch, what.routers, what.known
    followed = {follow.key for router in routers for follow in router.follows}
    scripts = [one for one in config.vrrp_scripts if (TrackerKind.SCRIPT, one.name) in followed]
    if scripts:
        yield "------< VRRP Scripts >------"
        yield from _scripts(scripts, watch, routers, known, identify)
    files = [one for one in config.track_files if (TrackerKind.FILE, one.name) in followed]
    if files:
        yield "------< VRRP Track files >------"
        for file in files:
            status = known.get((TrackerKind.FILE, file.name))
            yield f" Track file = {file.name}"
            yield f"   File = {file.file or ''}"
            yield f"   Status = {status or 0}"
            yield f"   Weight = {weight_text(file.weight or Weight(1))}"
            yield from followers(TrackerKind.FILE, file.name, routers)
    if config.vrrp_track_processes:
        yield "------< VRRP Track processes >------"
        weights = own_weights_of(config.vrrp_track_processes)
        reports = {report.name: report for report in what.processes}
        for one in map(process_settings, config.vrrp_track_processes):
            yield from process_lines(one, weights.get(one.name), reports.get(one.name))
            yield from followers(TrackerKind.PROCESS, one.name, routers)
    sessions = [one for one in config.bfd_instances if (TrackerKind.BFD, one.name) in followed]
    if sessions:
        yield "------< VRRP Track BFDs >------"
        for session in sessions:
            up = known.get((TrackerKind.BFD, session.name))
            yield f" VRRP Track BFD = {session.name}"
            yield f"   Weight = {weight_text(session.weight)}"
            yield f"   Bfd is {'up' if up else 'down'}"
            yield "   Tracking VRRP instances :"
            yield from followers(TrackerKind.BFD, session.name, routers)


def followers(kind: TrackerKind, name: str, routers: Iterable[RouterTracking]) -> Iterator[str]:
    """Who follows a thing, a router once per line of the configuration that says so; nobody: no heading."""
    lines = [
        f"     {router.name}, weight {_follow_weight(follow)}"
        for router in routers
        for follow in router.follows
        if follow.key == (kind, name)
    ]
    if lines:
        yield "   Tracking instances :"
        yield from lines


def _follow_weight(follow: Follow) -> str:
    return f"{follow.weight}{' reverse' if follow.reverse else ''}"


def _scripts(
    scripts: Iterable[VrrpScript],
    watch: WatchSettings,
    routers: Sequence[RouterTracking],
    known: Statuses,
    identify: Identify,
) -> Iterator[str]:
    running = {one.name: one for one in watch.scripts}
    for block in scripts:
        settings = running.get(block.name)
        status = known.get((TrackerKind.SCRIPT, block.name))
        good = bool(status)
        account: Account | None = block.user
        yield f" VRRP Script = {block.name}"
        yield f"   Command = {'' if block.script is None else quoted(block.script)}"
        yield f"   Interval = {_seconds(block.interval)} sec"
        yield f"   Timeout = {_seconds(block.timeout or 0)} sec"
        yield f"   Weight = {weight_text(block.weight)}"
        yield f"   Rise = {block.rise}"
        yield f"   Fall = {block.fall}"
        yield f"   Result = {block.rise + block.fall - 1 if good else 0}"
        yield f"   Insecure = {'no' if settings is not None else 'yes'}"
        begins = "INIT/FAILED" if block.init_fail else "INIT"
        yield f"   Init state = {begins if status is None else 'unknown'}"
        yield f"   Status = {'GOOD' if good else 'BAD'}"
        yield f"   Script uid:gid = {identify(account)}"
        yield "   VRRP instances :"
        yield from followers(TrackerKind.SCRIPT, block.name, routers)
        yield "   State = idle"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f}" if float(seconds).is_integer() else f"{seconds:.3f}"
