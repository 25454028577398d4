"""Writes what a run came to: a page, a picture, and figures with every observation for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pykeepalived.lab.layout import Layout
from pykeepalived.lab.outcome import Event, Outcome
from pykeepalived.lab.page import Setting, page
from pykeepalived.lab.picture import draw
from pykeepalived.lab.timeline import SECOND_NS

REPORT_FORMAT = 1


def write(outcome: Outcome, layout: Layout, setting: Setting, folder: Path) -> None:
    """``report.html``, ``timeline.svg`` and ``report.json`` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(page(outcome, layout, setting), encoding="utf-8")
    (folder / "timeline.svg").write_text(draw(outcome), encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(as_json(outcome, layout, setting)), encoding="utf-8")


def as_json(outcome: Outcome, layout: Layout, setting: Setting) -> dict[str, Any]:
    """Times in ``figures`` are seconds since the start, those in ``record`` CLOCK_MONOTONIC nanoseconds."""
    record = outcome.record
    return {
        "format": REPORT_FORMAT,
        "scenario": outcome.scenario,
        "title": outcome.title,
        "ok": outcome.ok,
        "setting": asdict(setting),
        "figures": [_figures(event, record.began_at) for event in outcome.events],
        "findings": [
            {
                "ok": finding.ok,
                "text": finding.text,
                "at": (finding.at - record.began_at) / SECOND_NS,
                "line": finding.line,
            }
            for finding in outcome.findings
        ],
        "layout": asdict(layout),
        "record": record.as_json(),
    }


def _figures(event: Event, began_at: int) -> dict[str, Any]:
    found = event.takeover
    return {
        "at": (event.mark.at - began_at) / SECOND_NS,
        "event": event.mark.kind.name.lower(),
        "who": event.mark.director,
        "text": event.mark.text,
        "owners_before": list(event.owners_before),
        "owners_after": list(event.owners_after),
        "outage": event.outage_ns / SECOND_NS,
        "lost": event.lost,
        "served": dict(event.served),
        "takeover": None
        if found is None
        else {
            "from": found.old,
            "to": found.new,
            "took": found.took_ns / SECOND_NS,
            "prescribed": None if found.prescribed_ns is None else found.prescribed_ns / SECOND_NS,
            "rule": found.rule,
        },
    }
