"""Every VRRP table of bench/RESULTS.md by one command: pykeepalived beside keepalived, as Markdown.

    python bench/vrrp.py [--vs /usr/sbin/keepalived] [--only takeover,flood,…] [--out FOLDER] [--harness FILE]

Runs the black-box harness of the shared folder (``../shared/bench/vrrpbench.py``), both programs in turn in
each cell, and prints a table per subject with ``ours / theirs``, medians. About half an hour on a quiet
machine with two processors (the floods are eight minutes of it, half of them with ``--vs ''``); needs root.
Progress goes to standard error, the raw JSON into ``--out``. With ``flood`` the last column says whether ours
holds, and the exit status is 1 when it does not in any cell.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
HARNESS = ROOT.parent / "shared" / "bench" / "vrrpbench.py"


@dataclass(frozen=True)
class Measure:
    """A column: its heading, the harness's name of it, which statistic, and digits after the point."""

    heading: str
    key: str
    digits: int = 2
    statistic: str = "med"


@dataclass(frozen=True)
class Part:
    """One run of the harness and the rows it gives."""

    subject: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """``cells``: heading and the harness's name of what a row is told by."""

    name: str
    title: str
    note: str
    parts: tuple[Part, ...]
    cells: tuple[tuple[str, str], ...]
    measures: tuple[Measure, ...]
    verdict: Callable[[Mapping[str, Any], Mapping[str, Any]], list[str]] | None = None
    """Cell and statistics of ours -> what is not as it must be."""


LATE_INTERVALS = 1.5
"""A gap between adverts above this is one that came late; peers take over after 3 and more."""
LOG_KIB, GROWTH_KIB = 4.0, 256.0
SECONDS = 3


def unimpressed(cell: Mapping[str, Any], stats: Mapping[str, Any]) -> list[str]:
    """What a flood did to us, in words; nothing is what is wanted."""
    value = {key: stats[key]["med"] for key in stats if stats[key].get("med") is not None}
    if not value:
        return ["not measured"]
    found = []
    interval_seconds = 1.0 if cell["kind"] == "auth" else 0.1
    # The window is not cut at adverts: one more or less, and a percent, is its edge. The gap is exact.
    edge = 1 + 100 * interval_seconds / SECONDS
    least = 100 - edge
    # Lower-priority adverts are answered out of turn, three at once and then one per interval.
    most = 200 + 3 * edge if cell["kind"] == "lowprio" else 100 + edge
    if not least <= value["master_adverts_pct"] <= most:
        found.append(f"{value['master_adverts_pct']:.1f} % of the adverts")
    if value["max_gap_over_adv"] > LATE_INTERVALS:
        found.append(f"an advert {value['max_gap_over_adv']:.2f} intervals after the last")
    if value["backup_adverts"]:
        found.append(f"{value['backup_adverts']:.0f} adverts of the backup")
    if not (value["recovered"] and value["alive"]):
        found.append("a daemon ended or has no Master")
    if value["log_kb"] > LOG_KIB:
        found.append(f"{value['log_kb']:.0f} KiB of log")
    if value["rss_growth_kb"] > GROWTH_KIB:
        found.append(f"{value['rss_growth_kb']:.0f} KiB more memory")
    return found


TABLES = (
    Table(
        "takeover",
        "Takeover",
        "Milliseconds after the moment at which the protocol allows it. `missed` and `premature` are shares.",
        (
            Part(
                "takeover",
                ("--only", r"version=3 adv=0\.1 mode=(kill9|term|linkdown vips=(1|200)$)", "-n", "3"),
            ),
            Part("takeover", ("--only", r"version=3 adv=0\.01 mode=kill9", "-n", "3")),
            Part(
                "takeover",
                ("--only", r"version=3 adv=1\.0 mode=(kill9|term) vips=(1|200)", "-n", "2", "--lanes", "2"),
            ),
        ),
        (("version", "version"), ("interval s", "adv"), ("event", "mode"), ("VIPs", "vips")),
        (
            Measure("first advert", "over_adv_ms"),
            Measure("first VIP", "over_vip_ms"),
            Measure("first GARP", "over_garp_ms"),
            Measure("last VIP", "over_last_vip_ms"),
            Measure("last VIP announced", "over_last_garp_ms"),
            Measure("ping answered", "over_ping_ms"),
            Measure("SIGTERM to priority 0", "term_to_prio0_ms"),
            Measure("missed", "miss", 2, "mean"),
            Measure("premature", "premature", 2, "mean"),
        ),
    ),
    Table(
        "flood",
        "Hostile traffic",
        "3 s of packets that a router must not be impressed by, 0.1 s adverts (`auth`: 1 s); one run a cell. "
        "`lowprio` are valid adverts of priority 1: answering them is right, at a limited rate.",
        (Part("flood", ("--seconds", str(SECONDS))),),
        (("packets", "kind"), ("pps", "pps"), ("at the", "victim")),
        (
            Measure("adverts sent, %", "master_adverts_pct", 1),
            Measure("longest gap, intervals", "max_gap_over_adv"),
            Measure("adverts of the backup", "backup_adverts", 0),
            Measure("CPU, %", "cpu_pct", 1),
            Measure("log, KiB", "log_kb", 1),
            Measure("RSS growth, KiB", "rss_growth_kb", 0),
        ),
        unimpressed,
    ),
    Table(
        "jitter",
        "Regularity of adverts",
        "`busy`: one endless loop per processor; the last row is 60 s of 10 ms adverts. "
        "`adverts of the backup` are false transitions.",
        (
            Part("jitter", ("--quick", "--only", "version=3 adv=0.1 ", "--seconds", "8")),
            Part("jitter", ("--quick", "--only", "version=3 adv=0.01 load=idle", "--seconds", "8")),
            Part("jitter", ("--quick", "--only", "version=3 adv=0.01 load=busy", "--seconds", "60")),
        ),
        (("interval s", "adv"), ("load", "load")),
        (
            Measure("mean gap ms", "mean_gap_ms"),
            Measure("deviation p50 ms", "dev_p50_ms", 3),
            Measure("p99 ms", "dev_p99_ms"),
            Measure("longest ms", "dev_max_ms"),
            Measure("adverts of the backup", "backup_adverts", 0),
            Measure("CPU %", "cpu_pct"),
        ),
    ),
    Table(
        "scale",
        "Scale",
        "1,000 instances on four interfaces, one run a cell.",
        (Part("scale", ("--only", "n=1000 ", "-n", "1")),),
        (("interval s", "adv"), ("role", "role")),
        (
            Measure("CPU, %", "cpu_pct"),
            Measure("PSS of all processes, MB", "pss_mb", 1),
            Measure("adverts, %", "advert_rate_pct", 1),
            Measure("VRIDs that flapped", "flapped_vrids", 0),
        ),
    ),
    Table(
        "start",
        "Start and stop",
        "Milliseconds.",
        (Part("startup", ("--only", "what=first-advert", "-n", "3")),),
        (("instances", "n"),),
        (
            Measure("first advert", "first_advert_ms", 0),
            Measure("all adverts", "all_adverts_ms", 0),
            Measure("all VIPs", "all_vips_ms", 0),
            Measure("CPU of the start", "cpu_ms", 0),
            Measure("SIGTERM to exit", "term_to_exit_ms", 0),
            Measure("PSS of all processes, KiB", "pss_kb", 0),
        ),
    ),
    Table(
        "reload",
        "Reload",
        "One address added to, or removed from, the first instance.",
        (Part("startup", ("--only", "what=reload", "-n", "4")),),
        (("instances", "n"),),
        (
            Measure("SIGHUP to applied, ms", "hup_to_applied_ms", 0),
            Measure("longest gap, intervals", "max_gap_over_adv"),
            Measure("priority 0 sent", "prio0_sent", 0),
            Measure("adverts of the backup", "backup_adverts", 1, "mean"),
            Measure("VIPs dropped", "vips_dropped", 0),
        ),
    ),
)


def number(statistics: Mapping[str, Any], measure: Measure) -> str:
    value = statistics.get(measure.key, {}).get(measure.statistic)
    return "–" if value is None else f"{value:,.{measure.digits}f}"


def rows(table: Table, document: Mapping[str, Any]) -> tuple[list[str], bool]:
    """One row per cell of a result of the harness, and whether ours holds; a cell that failed says so."""
    by_cell: dict[str, dict[str, Mapping[str, Any]]] = {}
    for cell in document["cells"]:
        by_cell.setdefault(json.dumps(cell["cell"]), {})[cell["subject"]] = cell
    lines = []
    holds = True
    for key, subjects in by_cell.items():
        told = [str(json.loads(key).get(name, "")) for _, name in table.cells]
        ours, theirs = subjects.get("cmd", {}), subjects.get("vs", {})
        values = []
        for measure in table.measures:
            pair = [number(one.get("stats", {}), measure) for one in (ours, theirs)][: 1 + bool(theirs)]
            values.append("–" if set(pair) == {"–"} else " / ".join(pair))
        if table.verdict is not None:
            wrong = table.verdict(json.loads(key), ours.get("stats", {}))
            holds &= not wrong
            values.append("; ".join(wrong) or "yes")
        failed = "; ".join({*ours.get("errors", ()), *theirs.get("errors", ())})
        lines.append(f"| {' | '.join(told + values)} |{' failed: ' + failed if failed else ''}")
    return lines, holds


def head(table: Table) -> list[str]:
    headings = [heading for heading, _ in table.cells] + [measure.heading for measure in table.measures]
    headings += ["ours holds"] if table.verdict else []
    return [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]


def run(part: Part, program: str, other: str, harness: Path, out: Path, limit: float) -> dict[str, Any]:
    """The harness's result; empty when it could not make one."""
    command = [sys.executable, str(harness), part.subject, "--cmd", program]
    command += ["--vs", other] if other else []
    command += [*part.arguments, "--limit", str(limit), "--out", str(out)]
    # Without bytecode every start of ours would cost 0.15 s more, which no installation does.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=False)
    if not out.exists():
        return {"cells": []}
    result: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return result


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--program", default=f"{sys.executable} -m pykeepalived", help="what is ours")
    parser.add_argument("--vs", default="/usr/sbin/keepalived", help="what is beside it; '' is nothing")
    parser.add_argument(
        "--only", default=",".join(table.name for table in TABLES), help="tables, with commas"
    )
    parser.add_argument("--out", type=Path, help="keep the harness's JSON here")
    parser.add_argument("--harness", type=Path, default=HARNESS)
    parser.add_argument("--minutes", type=float, default=35, help="begin no cell after this")
    options = parser.parse_args(argv)
    wanted = options.only.split(",")
    unknown = set(wanted) - {table.name for table in TABLES}
    if unknown:
        parser.error(f"no such table: {', '.join(sorted(unknown))}; there are {parser.get_default('only')}")
    end = time.monotonic() + options.minutes * 60
    holds = True
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = options.out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            if table.name not in wanted:
                continue
            begun = time.monotonic()
            pairs = " Each pair is ours / keepalived." if options.vs else ""
            print(f"\n## {table.title}\n\n{table.note}{pairs}\n")
            print("\n".join(head(table)), flush=True)
            for at, part in enumerate(table.parts):
                out = folder / f"{table.name}-{at}.json"
                document = run(
                    part, options.program, options.vs, options.harness, out, end - time.monotonic()
                )
                lines, good = rows(table, document)
                holds &= good
                print("\n".join(lines), flush=True)
            print(f"{table.name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
