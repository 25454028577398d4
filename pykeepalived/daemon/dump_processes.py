"""Tracked processes in the state file and in JSON, in keepalived 2.4.3's words and order.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pykeepalived.base.units import NANOSECONDS_PER_SECOND
from pykeepalived.config.blocks.vrrp_track_process import VrrpTrackProcess
from pykeepalived.config.values import Weight
from pykeepalived.ipc.details import ProcessReport
from pykeepalived.tracking.settings import NEVER_TOO_MANY, ProcessSettings


def own_weights_of(blocks: Iterable[VrrpTrackProcess]) -> dict[str, Weight]:
    """The weight of each process that has one."""
    return {block.name: block.weight for block in blocks if block.weight is not None}


def weight_text(weight: Weight | None) -> str:
    """A weight with its word."""
    return "0" if weight is None else f"{weight.value}{' reverse' if weight.reverse else ''}"


def process_lines(one: ProcessSettings, weight: Weight | None, report: ProcessReport | None) -> Iterator[str]:
    """One process of the state file, without those who follow it."""
    yield f" VRRP Track process = {one.name}"
    yield f"   Process = {one.path}"
    if one.parameters:
        yield f"   Parameters = {_parameters(one)}"
    match one.match.value:
        case "exact":
            yield "   Param match"
        case "partial" | "initial" as how:
            yield f"   Param match = {how}"
        case _:
            pass
    yield f"   Min processes = {one.quorum}"
    if one.quorum_max != NEVER_TOO_MANY:
        yield f"   Max processes = {one.quorum_max}"
    yield f"   Current processes = {0 if report is None else report.count}"
    yield f"   Have quorum = {_true(report is not None and report.quorum)}"
    yield f"   Weight = {weight_text(weight)}"
    yield f"   Terminate delay = {one.terminate_delay_ns / NANOSECONDS_PER_SECOND:.6f}s"
    yield f"   Fork delay = {one.fork_delay_ns / NANOSECONDS_PER_SECOND:.6f}s"
    yield f"   Fork delay timer {_running(report is not None and report.fork_waits)}"
    yield f"   Terminate delay timer {_running(report is not None and report.terminate_waits)}"
    yield f"   Full command = {_true(one.full_command)}"


def process_objects(
    processes: Sequence[ProcessSettings], weights: Mapping[str, Weight], reports: Sequence[ProcessReport]
) -> list[dict[str, object]]:
    """``track_process`` of the JSON file."""
    known = {report.name: report for report in reports}
    return [_object(one, weights.get(one.name), known.get(one.name)) for one in processes]


def _object(one: ProcessSettings, weight: Weight | None, report: ProcessReport | None) -> dict[str, object]:
    now = report or ProcessReport(one.name, 0, quorum=False)
    number = 0 if weight is None else -weight.value if weight.reverse else weight.value
    found: dict[str, object] = {"process": one.name}
    if one.parameters:
        found["parameters"] = _parameters(one)
    found |= {"param_match": one.match.value, "min_processes": one.quorum}
    if one.quorum_max != NEVER_TOO_MANY:
        found["max_processes"] = one.quorum_max
    return found | {
        "current_processes": now.count,
        "have_quorum": now.quorum,
        "weight": number,
        "terminate_delay": _seconds(one.terminate_delay_ns),
        "fork_delay": _seconds(one.fork_delay_ns),
        "fork_delay_timer_running": now.fork_waits,
        "terminate_delay_timer_running": now.terminate_waits,
        "full_command": one.full_command,
    }


def _parameters(one: ProcessSettings) -> str:
    return one.parameters.rstrip(b"\0").replace(b"\0", b" ").decode(errors="surrogateescape")


def _seconds(duration_ns: int) -> int | float:
    seconds, rest = divmod(duration_ns, NANOSECONDS_PER_SECOND)
    return duration_ns / NANOSECONDS_PER_SECOND if rest else seconds


def _true(value: bool) -> str:
    return "true" if value else "false"


def _running(value: bool) -> str:
    return "running" if value else "not running"
