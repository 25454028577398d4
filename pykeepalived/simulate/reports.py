"""A simulation as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pykeepalived.base.units import format_seconds
from pykeepalived.simulate.history import History
from pykeepalived.simulate.singles import Outcome
from pykeepalived.simulate.site import Site
from pykeepalived.simulate.verdict import Finding, Row, Verdict

MOST_LINES = 400
"""A timeline longer than this is cut in its middle; JSON has all of it."""


def text(site: Site, history: History, verdict: Verdict) -> str:
    """Site, timeline and verdict for a terminal."""
    lines = [*_site(site), "", "Timeline", *_shortened(list(_timeline(history)))]
    lines += ["", "Addresses", *(_row(row) for row in verdict.rows), "", "Verdict"]
    lines += [f"  {'! ' if finding.kind.bad else '  '}{finding.text}" for finding in verdict.findings]
    bad = sum(finding.kind.bad for finding in verdict.findings)
    lines.append(f"  {'Good: no defect was seen.' if not bad else _count(bad, 'defect') + ' (marked !).'}")
    return "\n".join(lines) + "\n"


def _site(site: Site) -> Iterator[str]:
    for host, plan in site.plans.items():
        routers = ", ".join(
            f"{router.name} ({router.interface}, VRID {router.vrid}, priority {router.priority})"
            for router in plan.routers[:6]
        )
        more = f" and {len(plan.routers) - 6} more" if len(plan.routers) > 6 else ""
        yield f"{host}: {routers}{more}"
    shown = site.notes[:12]
    yield from (f"  assumed: {note}" for note in shown)
    if len(site.notes) > len(shown):
        yield f"  assumed: {len(site.notes) - len(shown)} more addresses likewise"


def _timeline(history: History) -> Iterator[str]:
    hosts = max(map(len, history.hosts), default=0)
    names = max((len(change.router) for change in history.transitions), default=0)
    entries: list[tuple[int, int, str]] = [(entry.at, 0, f"-- {entry.text}") for entry in history.happenings]
    for change in history.transitions:
        states = f"{change.old} -> {change.new}"
        line = f"{change.host:{hosts}}  {change.router:{names}}  {states:18}  {change.reason}"
        entries.append((change.at, 1, line))
    for address, owners in history.owners.items():
        label = f"{address}"
        entries += [
            (at, 2, f"{'':{hosts}}  {label} is with {' and '.join(who) or 'nobody'}")
            for at, who in owners[1:]
        ]
    entries.sort(key=lambda entry: entry[:2])
    yield from (f"  {at / 1e9:10.3f} s  {line}" for at, _, line in entries)


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    half = MOST_LINES // 2
    return [*lines[:half], f"  ... {len(lines) - MOST_LINES} lines left out ...", *lines[-half:]]


def _row(row: Row) -> str:
    if row.elected_at is None:
        return f"  {row.address}: never elected"
    parts = ", ".join(f"{who} {share:.1%}" for who, share in row.shares)
    words = [f"first owner after {format_seconds(row.elected_at)}", parts, _count(row.changes, "change")]
    if row.without_owner_ns:
        words.append(f"longest gap {format_seconds(row.longest_gap_ns)}")
    return f"  {row.address} ({', '.join(row.routers)}): {'; '.join(words)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def at_rest(findings: Sequence[Finding]) -> str:
    """What is wrong before anything fails; empty when nothing is."""
    if not findings:
        return ""
    return "\n".join(["Before anything fails:", *(f"  ! {finding.text}" for finding in findings)]) + "\n\n"


def table(outcomes: Sequence[Outcome]) -> str:
    """All single failures: what each did to each address that it touched."""
    heads = (
        "failure",
        "address",
        "owner before",
        "meanwhile",
        "afterwards",
        "outage",
        "at repair",
        "two owners",
    )
    rows = [
        (
            outcome.failure,
            str(outcome.address),
            *("+".join(who) or "nobody" for who in (outcome.before, outcome.during, outcome.after)),
            _length(outcome.outage_ns),
            _length(outcome.repair_outage_ns),
            _length(outcome.two_owners_ns),
        )
        for outcome in outcomes
        if outcome.touched
    ]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in [heads, *rows]
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    harmless = dict.fromkeys(o.failure for o in outcomes)
    for outcome in outcomes:
        if outcome.touched:
            harmless.pop(outcome.failure, None)
    if harmless:
        lines.append(f"no effect on any address: {', '.join(harmless)}")
    problems = dict.fromkeys(f"{o.failure}: {problem}" for o in outcomes for problem in o.problems)
    if problems:
        lines += ["", *problems]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _length(length_ns: int) -> str:
    return format_seconds(length_ns) if length_ns else "-"


def as_json(site: Site, history: History, verdict: Verdict) -> dict[str, Any]:
    """Everything, with times in seconds."""
    return {
        "version": 1,
        "hosts": list(history.hosts),
        "assumed": list(site.notes),
        "duration": history.ended_at / 1e9,
        "events": [{"at": entry.at / 1e9, "text": entry.text} for entry in history.happenings],
        "transitions": [
            {
                "at": change.at / 1e9,
                "host": change.host,
                "instance": change.router,
                "from": change.old,
                "to": change.new,
                "reason": change.reason,
            }
            for change in history.transitions
        ],
        "addresses": [
            {
                "address": str(row.address),
                "lan": row.address.lan,
                "instances": list(row.routers),
                "first_owner_at": None if row.elected_at is None else row.elected_at / 1e9,
                "without_owner": row.without_owner_ns / 1e9,
                "longest_gap": row.longest_gap_ns / 1e9,
                "two_owners": row.two_owners_ns / 1e9,
                "shares": dict(row.shares),
                "owners": [
                    {"from": span.begin / 1e9, "to": span.end / 1e9, "owners": list(span.owners)}
                    for span in history.spans(row.address)
                ],
            }
            for row in verdict.rows
        ],
        "adverts_sent": {f"{host} {router}": count for (host, router), count in history.adverts.items()},
        "verdict": {
            "good": verdict.good,
            "findings": [
                {
                    "kind": finding.kind.value,
                    "defect": finding.kind.bad,
                    "text": finding.text,
                    "begin": finding.begin / 1e9,
                    "end": finding.end / 1e9,
                }
                for finding in verdict.findings
            ],
        },
    }


def table_json(outcomes: Sequence[Outcome], rest: Sequence[Finding] = ()) -> dict[str, Any]:
    """All single failures, with times in seconds."""
    return {
        "version": 1,
        "at_rest": [finding.text for finding in rest],
        "outcomes": [
            {
                "failure": outcome.failure,
                "address": str(outcome.address),
                "lan": outcome.address.lan,
                "before": list(outcome.before),
                "meanwhile": list(outcome.during),
                "afterwards": list(outcome.after),
                "outage": outcome.outage_ns / 1e9,
                "repair_outage": outcome.repair_outage_ns / 1e9,
                "two_owners": outcome.two_owners_ns / 1e9,
                "problems": list(outcome.problems),
            }
            for outcome in outcomes
        ],
    }
