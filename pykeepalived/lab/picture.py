"""A run as a picture: lanes over time for the directors, the address, and the requests. Pure.

From top to bottom: each director's state as a band with its adverts as ticks, who has the VIP, answered
requests per server as columns, lost requests in red. One shared axis in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pykeepalived.base import svg
from pykeepalived.lab.summary import Summary, takeover
from pykeepalived.lab.timeline import SECOND_NS, MarkKind, Record, State, shares

WIDTH, LEFT, RIGHT, TOP = 1180.0, 150.0, 30.0, 118.0
BAND, TICKS, COLUMNS, GAP = 26.0, 14.0, 40.0, 16.0
BIN_NS = SECOND_NS // 4

INK, FAINT, GRID, LOST, AMBER = "#1f2933", "#66727f", "#e3e8ed", "#c8102e", "#b45309"
# One hue for each director, strong for Master and pale for Backup; servers in hues of their own.
DIRECTOR_HUES = (
    ("#1d6fb8", "#d3e5f5"),
    ("#7a3fa0", "#e8dbf1"),
    ("#0f766e", "#d2ebe8"),
    ("#8a5a00", "#f3e6cc"),
)
SERVER_HUES = ("#2f8f6b", "#6aa84f", "#3d8f94", "#87a330")

NOTE = {"class_": "small", "text_anchor": "end", "fill": FAINT}

STYLE = """
text { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 13px }
.title { font-size: 19px; font-weight: 600 }
.lane { font-weight: 600; text-anchor: end }
.small { font-size: 11.5px }
.inside { font-size: 11.5px; font-weight: 600; text-anchor: middle }
.figure { font-weight: 600 }
"""
DEFINITIONS = (
    '<pattern id="off" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#f3f4f6"/><rect width="2" height="7" fill="#c5ccd3"/></pattern>'
)


@dataclass(frozen=True, slots=True)
class Scale:
    begin: int
    end: int

    def x(self, at: int) -> float:
        share = (min(max(at, self.begin), self.end) - self.begin) / max(1, self.end - self.begin)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def seconds(self, at: int) -> float:
        return (at - self.begin) / SECOND_NS


def draw(record: Record, summary: Summary) -> str:
    """The SVG document."""
    scale = Scale(record.began_at, record.ended_at)
    hues = {name: DIRECTOR_HUES[n % len(DIRECTOR_HUES)] for n, name in enumerate(record.directors)}
    lanes: list[str] = []
    y = TOP
    advert_lanes: dict[str, float] = {}
    for name in record.directors:
        lanes += _director(record, scale, name, hues[name], y)
        advert_lanes[name] = y + BAND
        y += BAND + TICKS + GAP
    lanes += _owner(record, scale, hues, y)
    y += BAND + GAP
    server_hues = {name: SERVER_HUES[n % len(SERVER_HUES)] for n, name in enumerate(record.servers)}
    if not set(record.servers).isdisjoint(record.directors):
        server_hues |= {name: hues[name][0] for name in record.servers if name in hues}
    peak = max((count for *_, count in _columns(record, None)), default=1)
    for server in [*record.servers, "lost"]:
        lanes += _requests(record, scale, server, server_hues.get(server, LOST), y, peak)
        y += COLUMNS + GAP
    bottom = y - GAP + 6
    parts = [
        *_headline(record, summary),
        *_shade(record, scale, bottom),
        *_axis(scale, bottom),
        *lanes,
        *_events(record, scale, bottom),
        *_takeover(record, scale, advert_lanes),
        *_legend(record, hues, bottom + 44),
    ]
    return svg.document(WIDTH, bottom + 84, INK, STYLE, DEFINITIONS, parts, "Failover timeline")


def _headline(record: Record, summary: Summary) -> Iterator[str]:
    yield svg.text(24, 34, f"{record.title or 'Failover'}", class_="title")
    figures = []
    if summary.takeover_ns is not None and summary.master_down_ns is not None:
        figures.append(
            f"{summary.new_master} took over {summary.takeover_ns / 1e9:.3f} s after {summary.old_master}'s "
            f"last advert (Master_Down_Interval {summary.master_down_ns / 1e9:.3f} s)"
        )
    if summary.outage_ns is not None:
        lost = sum(phase.served.get("lost", 0) for phase in summary.phases if phase.name == "outage")
        figures.append(f"client's outage {summary.outage_ns / 1e9:.3f} s, {lost} requests lost")
    yield svg.text(24, 57, "; ".join(figures) or "No failover was seen.", fill=FAINT)


def _director(record: Record, scale: Scale, name: str, hue: tuple[str, str], y: float) -> Iterator[str]:
    strong, pale = hue
    yield svg.text(LEFT - 14, y + 15, f"director {name}", class_="lane", fill=strong)
    yield svg.text(LEFT - 14, y + 30, record.daemons.get(name, ""), **NOTE)
    fills = {
        State.MASTER: (strong, "#ffffff"),
        State.BACKUP: (pale, strong),
        State.STARTING: ("#f3f4f6", FAINT),
        State.OFF: ("url(#off)", FAINT),
        State.FAULT: ("#fbd5d5", LOST),
    }
    for begin, end, state in record.state_spans(name):
        x, width = scale.x(begin), scale.x(end) - scale.x(begin)
        fill, ink = fills[state]
        yield svg.box(x, y, width, BAND, fill=fill, rx=3, stroke="#ffffff", stroke_width=1)
        label = "no power" if state is State.OFF else state.upper()
        if width > 9 * len(label):
            yield svg.text(x + width / 2, y + 17.5, label, class_="inside", fill=ink)
    for advert in record.adverts:
        if advert.director == name:
            x = scale.x(advert.at)
            yield svg.line(x, y + BAND + 2, x, y + BAND + TICKS - 2, stroke=strong, stroke_width=1.6)


def _owner(record: Record, scale: Scale, hues: dict[str, tuple[str, str]], y: float) -> Iterator[str]:
    yield svg.text(LEFT - 14, y + 15, "VIP is on", class_="lane")
    yield svg.text(LEFT - 14, y + 30, record.vip, **NOTE)
    yield svg.box(scale.x(scale.begin), y, scale.x(scale.end) - LEFT, BAND, fill="#ffffff", stroke=GRID)
    for name in record.directors:
        for begin, end in record.holding_spans(name):
            x, width = scale.x(begin), scale.x(end) - scale.x(begin)
            yield svg.box(x, y, width, BAND, fill=hues[name][0], rx=3)
            if width > 20:
                yield svg.text(x + width / 2, y + 17.5, name, class_="inside", fill="#ffffff")


def _columns(record: Record, server: str | None) -> Iterator[tuple[int, int, int]]:
    """(from, to, requests) of each quarter of a second; ``server`` None: every request."""
    counts: dict[int, int] = {}
    for asked in record.asked:
        if server is None or (asked.server or "lost") == server:
            slot = (asked.begun_at - record.began_at) // BIN_NS
            counts[slot] = counts.get(slot, 0) + 1
    for slot, count in sorted(counts.items()):
        begin = record.began_at + slot * BIN_NS
        yield begin, begin + BIN_NS, count


def _requests(record: Record, scale: Scale, server: str, hue: str, y: float, peak: int) -> Iterator[str]:
    ready_at = record.at(MarkKind.READY, record.ended_at)
    total = shares(record.between(ready_at, record.ended_at + 1))[server]
    label = "requests lost" if server == "lost" else f"served by {server}"
    yield svg.text(LEFT - 14, y + 18, label, class_="lane", fill=hue)
    yield svg.text(LEFT - 14, y + 33, f"{total} once ready", **NOTE)
    base = y + COLUMNS
    yield svg.line(LEFT, base, WIDTH - RIGHT, base, stroke="#c5ccd3")
    for begin, end, count in _columns(record, server):
        height = COLUMNS * count / peak
        x, width = scale.x(begin), scale.x(end) - scale.x(begin)
        # What is lost before the service is up is no failure.
        opacity = 0.3 if server == "lost" and end <= ready_at + BIN_NS else 1.0
        yield svg.box(x + 0.4, base - height, width - 0.8, height, fill=hue, fill_opacity=opacity)


def _shade(record: Record, scale: Scale, bottom: float) -> Iterator[str]:
    """The client's outage, behind all lanes."""
    killed = record.mark(MarkKind.KILLED)
    if killed is None:
        return
    good = [asked.ended_at for asked in record.asked if asked.server]
    last = max((at for at in good if at <= killed.at + SECOND_NS // 20), default=killed.at)
    first = min((at for at in good if at > last), default=record.ended_at)
    x, width = scale.x(last), scale.x(first) - scale.x(last)
    yield svg.box(x, TOP - 8, width, bottom - TOP + 8, fill="#fdecec")
    label = f"outage {(first - last) / SECOND_NS:.2f} s"
    yield svg.text(scale.x(killed.at) + 8, TOP - 28, label, class_="figure", fill=LOST)


def _axis(scale: Scale, bottom: float) -> Iterator[str]:
    seconds = scale.seconds(scale.end)
    step = next((step for step in (1, 2, 5, 10, 30, 60) if seconds / step <= 20), 120)
    yield svg.line(LEFT, bottom, WIDTH - RIGHT, bottom, stroke=FAINT)
    for tick in range(0, int(seconds) + 1, step):
        x = scale.x(scale.begin + tick * SECOND_NS)
        yield svg.line(x, TOP - 8, x, bottom, stroke=GRID)
        yield svg.text(
            x, bottom + 17, f"{tick} s" if tick == 0 else str(tick), class_="small", text_anchor="middle"
        )


def _events(record: Record, scale: Scale, bottom: float) -> Iterator[str]:
    words = {
        MarkKind.READY: ("service ready", FAINT),
        MarkKind.KILLED: ("killed", LOST),
        MarkKind.RETURNED: ("boots again", AMBER),
    }
    for mark in record.marks:
        if mark.kind not in words:
            continue
        label, hue = words[mark.kind]
        x = scale.x(mark.at)
        dashes = {} if mark.kind is MarkKind.KILLED else {"stroke_dasharray": "4 3"}
        yield svg.line(x, TOP - 22, x, bottom, stroke=hue, stroke_width=1.6, **dashes)
        anchor = {"text_anchor": "end"} if mark.kind is MarkKind.KILLED else {"text_anchor": "middle"}
        shift = -8 if mark.kind is MarkKind.KILLED else 0
        yield svg.text(x + shift, TOP - 28, f"{mark.director} {label}".strip(), fill=hue, **anchor)


def _takeover(record: Record, scale: Scale, lanes: dict[str, float]) -> Iterator[str]:
    """A measure from the dead Master's last advert to the new Master's first."""
    killed = record.mark(MarkKind.KILLED)
    last, first = takeover(record, killed.at, killed.director) if killed else (None, None)
    if last is None or first is None:
        return
    y = lanes[first.director] + TICKS / 2
    left, right = scale.x(last.at), scale.x(first.at)
    yield svg.line(left, lanes[last.director] + 2, left, y + 5, stroke=INK, stroke_dasharray="2 2")
    yield svg.line(left, y, right, y, stroke=INK, stroke_width=1.2)
    yield svg.line(left, y - 4, left, y + 4, stroke=INK, stroke_width=1.2)
    yield svg.line(right, y - 4, right, y + 4, stroke=INK, stroke_width=1.2)
    label = f"takeover {(first.at - last.at) / SECOND_NS:.3f} s"
    yield svg.text(left - 8, y + 5, label, class_="figure", text_anchor="end")


def _legend(record: Record, hues: dict[str, tuple[str, str]], y: float) -> Iterator[str]:
    strong, pale = hues[record.directors[0]]
    x = LEFT
    for fill, label in ((strong, "Master"), (pale, "Backup"), ("url(#off)", "no power")):
        yield svg.box(x, y - 10, 18, 12, fill=fill, rx=2)
        yield svg.text(x + 24, y, label, class_="small")
        x += 32 + 7 * len(label) + 20
    yield svg.line(x + 4, y - 10, x + 4, y + 2, stroke=strong, stroke_width=1.6)
    yield svg.text(x + 12, y, "one advert", class_="small")
    x += 110
    yield svg.box(x, y - 10, 18, 12, fill="#fdecec")
    yield svg.text(x + 24, y, "the client gets no answer", class_="small")
    words = "Each director has its own hue. Columns: requests per quarter of a second. Axis: seconds."
    yield svg.text(LEFT, y + 22, words, class_="small", fill=FAINT)
