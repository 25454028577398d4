"""A simulation as a picture: a band of states per router, below it who owns each address."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pykeepalived.base import svg
from pykeepalived.simulate.history import History
from pykeepalived.simulate.verdict import HANDOVER_NS, Verdict

WIDTH, RIGHT, TOP = 1180.0, 30.0, 92.0
BAND, GAP = 22.0, 8.0
MOST_BANDS = 60
"""Of a larger site the first routers and addresses are drawn; the title says how many there are."""

INK, FAINT, GRID, LOST = "#1f2933", "#66727f", "#e3e8ed", "#c8102e"
HUES = ("#1d6fb8", "#7a3fa0", "#0f766e", "#8a5a00", "#a3324e", "#4d6b1f")
PALE = ("#d3e5f5", "#e8dbf1", "#d2ebe8", "#f3e6cc", "#f3d6dd", "#e2ebd0")
STYLE = """
text { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 12.5px }
.title { font-size: 19px; font-weight: 600 }
.lane { text-anchor: end }
.small { font-size: 11.5px }
.inside { font-size: 11px; font-weight: 600; text-anchor: middle }
"""
DEFINITIONS = (
    '<pattern id="off" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#f3f4f6"/><rect width="2" height="7" fill="#c5ccd3"/></pattern>'
)
_CHARACTER = 7.4
_LEAST_LABEL = 46.0


class _Canvas:
    """Where time lies on the page."""

    def __init__(self, history: History, left: float) -> None:
        self.left = left
        self.end = max(1, history.ended_at)
        self.hue = {host: HUES[number % len(HUES)] for number, host in enumerate(history.hosts)}
        self.pale = {host: PALE[number % len(PALE)] for number, host in enumerate(history.hosts)}

    def x(self, at: int) -> float:
        return self.left + at / self.end * (WIDTH - self.left - RIGHT)

    def band(self, y: float, begin: int, end: int, fill: str, label: str, ink: str) -> Iterator[str]:
        x, width = self.x(begin), self.x(end) - self.x(begin)
        yield svg.box(x, y, max(width, 1.0), BAND, fill=fill)
        if width > max(_LEAST_LABEL, len(label) * _CHARACTER):
            yield svg.text(x + width / 2, y + BAND / 2 + 4, label, class_="inside", fill=ink)


def draw(history: History, verdict: Verdict) -> str:
    """The SVG document."""
    routers = list(dict.fromkeys((change.host, change.router) for change in history.transitions))
    addresses = list(history.owners)
    labels = [f"{host} {router}" for host, router in routers] + [str(address) for address in addresses]
    canvas = _Canvas(history, 30 + min(34, max(map(len, labels), default=0)) * _CHARACTER)
    parts: list[str] = []
    y = TOP
    for host, router in routers[:MOST_BANDS]:
        parts.append(_lane(canvas, y, f"{host} {router}", canvas.hue[host]))
        parts += _states(canvas, history, host, router, y)
        y += BAND + GAP
    y += GAP
    for address in addresses[:MOST_BANDS]:
        parts.append(_lane(canvas, y, str(address), INK))
        for span in history.spans(address):
            parts += _ownership(canvas, y, span.begin, span.end, span.owners)
        y += BAND + GAP
    bottom = y
    document = [
        *_headline(history, verdict, len(routers), len(addresses)),
        *_axis(canvas, bottom),
        *parts,
        *_events(canvas, history, bottom),
        *_legend(canvas, history, bottom + 46),
    ]
    return svg.document(WIDTH, bottom + 72, INK, STYLE, DEFINITIONS, document, "Simulated timeline")


def _headline(history: History, verdict: Verdict, routers: int, addresses: int) -> Iterator[str]:
    yield svg.text(24, 32, "Simulation: " + " and ".join(history.hosts[:8]), class_="title")
    bad = [finding for finding in verdict.findings if finding.kind.bad]
    words = bad[0].text if bad else "No defect was seen."
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    shown = (
        f"; the first {MOST_BANDS} of {routers} routers and {addresses} addresses are drawn"
        if max(routers, addresses) > MOST_BANDS
        else ""
    )
    line = words + more + shown
    yield svg.text(24, 54, line if len(line) < 150 else line[:149] + "…", fill=LOST if bad else FAINT)


def _lane(canvas: _Canvas, y: float, label: str, fill: str) -> str:
    short = label if len(label) <= 34 else label[:33] + "…"
    return svg.text(canvas.left - 10, y + BAND / 2 + 4, short, class_="lane", fill=fill)


def _states(canvas: _Canvas, history: History, host: str, router: str, y: float) -> Iterator[str]:
    fills = {
        "MASTER": (canvas.hue[host], "#ffffff"),
        "BACKUP": (canvas.pale[host], canvas.hue[host]),
        "FAULT": ("#fbd5d5", LOST),
        "OFF": ("url(#off)", FAINT),
    }
    for begin, end, state in history.states(host, router):
        fill, ink = fills.get(state, ("#f3f4f6", FAINT))
        yield from canvas.band(y, begin, end, fill, state, ink)


def _ownership(canvas: _Canvas, y: float, begin: int, end: int, owners: tuple[str, ...]) -> Iterator[str]:
    if not owners:
        yield svg.box(
            canvas.x(begin), y + 3, max(1.0, canvas.x(end) - canvas.x(begin)), BAND - 6,
            fill="#ffffff", stroke=LOST, stroke_dasharray="3 3",
        )  # fmt: skip
    elif len(owners) == 1 or end - begin <= HANDOVER_NS:
        yield from canvas.band(y, begin, end, canvas.hue[owners[-1]], owners[-1], "#ffffff")
    else:
        yield from canvas.band(y, begin, end, LOST, " + ".join(owners), "#ffffff")


def _axis(canvas: _Canvas, bottom: float) -> Iterator[str]:
    seconds = canvas.end / 1e9
    step = _step(seconds)
    for number in range(math.floor(seconds / step) + 1):
        x = canvas.x(round(number * step * 1e9))
        yield svg.line(x, TOP - 8, x, bottom, stroke=GRID)
        yield svg.text(
            x, bottom + 16, f"{number * step:g} s", class_="small", text_anchor="middle", fill=FAINT
        )


def _step(seconds: float) -> float:
    """Eight to sixteen ticks at round numbers."""
    least = seconds / 16
    power = 10 ** math.floor(math.log10(least)) if least > 0 else 1.0
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _events(canvas: _Canvas, history: History, bottom: float) -> Iterator[str]:
    """A line for each command; its words stand above, in the first row where they fit."""
    ends = [0.0, 0.0]
    for entry in history.happenings:
        x = canvas.x(entry.at)
        yield svg.line(x, TOP - 8, x, bottom, stroke=INK, stroke_dasharray="2 3")
        for row, used in enumerate(ends):
            if x - 4 > used:
                yield svg.text(x, TOP - 12 - 13 * row, entry.text, class_="small", fill=INK)
                ends[row] = x + len(entry.text) * 6.6
                break


def _legend(canvas: _Canvas, history: History, y: float) -> Iterator[str]:
    x = canvas.left
    entries = [(canvas.hue[host], f"{host} is Master or owner") for host in history.hosts[: len(HUES)]]
    entries += [("#fbd5d5", "Fault"), ("url(#off)", "off"), (LOST, "two owners")]
    for fill, words in entries:
        yield svg.box(x, y - 10, 14, 12, fill=fill)
        yield svg.text(x + 19, y, words, class_="small", fill=FAINT)
        x += 40 + len(words) * 6.4
