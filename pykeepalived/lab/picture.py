"""A run as a picture: lanes over one axis of time. Pure.

From top to bottom: each router's state as bands, one per instance, with its adverts as ticks; who has which
virtual address; answered requests per server as columns, lost ones in red. What the lab did is numbered.
Colours are classes, so that the same elements serve light and dark pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from pykeepalived.base import svg
from pykeepalived.lab.outcome import Event, Outcome
from pykeepalived.lab.timeline import REPAIRS, SECOND_NS, MarkKind, Record, State, shares

WIDTH, LEFT, RIGHT = 1180.0, 196.0, 56.0
BAND, THIN, TICKS, COLUMNS, GAP = 26.0, 20.0, 13.0, 38.0, 16.0
ROW = 20.0
MOST_INSTANCES, MOST_BINS, MOST_TICKS = 6, 240, 20
BINS_NS = tuple(int(seconds * SECOND_NS) for seconds in (0.25, 0.5, 1, 2, 5, 15))
OUTAGE_NS = SECOND_NS // 4
"""A silence of the servers that is worth shading."""
CHARACTER = 7.0
"""Width of a character of the small text, for what has to fit."""

DIRECTORS = ("d0", "d1", "d2", "d3")
SERVERS = ("s0", "s1", "s2", "s3", "s4", "s5")
STATE_CLASS = {State.STARTING: "starting", State.OFF: "off", State.FAULT: "fault"}

# class: (light, dark). A hue for each director, strong for Master and pale for Backup; others for servers.
FILLS = {
    "d0": ("#1d6fb8", "#4aa3ee"), "d0p": ("#d3e5f5", "#17324b"),
    "d1": ("#7a3fa0", "#b98ae0"), "d1p": ("#e8dbf1", "#35233f"),
    "d2": ("#0f766e", "#2fb5a8"), "d2p": ("#d2ebe8", "#12352f"),
    "d3": ("#8a5a00", "#d9a03f"), "d3p": ("#f3e6cc", "#3a2c10"),
    "s0": ("#2f8f6b", "#41b98c"), "s1": ("#6aa84f", "#8cc972"), "s2": ("#3d8f94", "#56b5bb"),
    "s3": ("#87a330", "#b0cf4f"), "s4": ("#4f7d3a", "#79ad60"), "s5": ("#2a7f8f", "#4fb0c2"),
    "lost": ("#c8102e", "#ff6b7d"), "outage": ("#fdecec", "#3d171c"),
    "starting": ("#f0f2f4", "#262d35"), "fault": ("#fbd5d5", "#5a1f27"),
    "ground": ("#ffffff", "#14181d"), "ink": ("#1f2933", "#e6eaee"), "faint": ("#5f6b77", "#9aa7b4"),
    "repair": ("#8a5200", "#f0b354"),
}  # fmt: skip
LINES = {
    "grid": ("#e3e8ed", "#29313a"),
    "base": ("#c5ccd3", "#46515d"),
    "measure": ("#1f2933", "#e6eaee"),
} | {f"t{name}": FILLS[name] for name in (*DIRECTORS, "lost", "repair", "ink")}
HATCH = (("#f3f4f6", "#1d232a"), ("#c5ccd3", "#46515d"))

STYLE = """
.lab text { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 13px }
.lab .title { font-size: 19px; font-weight: 600 }
.lab .name { font-weight: 600 }
.lab .small { font-size: 11.5px }
.lab .inside { font-size: 11.5px; font-weight: 600; text-anchor: middle }
.lab .end { text-anchor: end }
.lab .middle { text-anchor: middle }
.lab .halo { paint-order: stroke; stroke-width: 4px; stroke-linejoin: round }
.lab .dashed { stroke-dasharray: 4 3 }
.lab .off { fill: url(#lab-off) }
"""


def style() -> str:
    """The rules of the picture's classes, for light and for dark surroundings."""

    def rules(which: int) -> str:
        fills = [f".lab .{name} {{ fill: {pair[which]} }}" for name, pair in FILLS.items()]
        lines = [f".lab .{name} {{ stroke: {pair[which]} }}" for name, pair in LINES.items()]
        hatch = [f"#lab-off .h{n} {{ fill: {pair[which]} }}" for n, pair in enumerate(HATCH)]
        halo = [f".lab .halo {{ stroke: {FILLS['ground'][which]} }}"]
        light_on_dark = [f".lab .on {{ fill: {('#ffffff', '#0d1116')[which]} }}"]
        return "\n".join([*fills, *lines, *hatch, *halo, *light_on_dark])

    return f"{STYLE}{rules(0)}\n@media (prefers-color-scheme: dark) {{\n{rules(1)}\n}}\n"


DEFINITIONS = (
    '<pattern id="lab-off" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="h0" width="7" height="7"/>'
    '<rect class="h1" width="2" height="7"/></pattern>'
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


def draw(outcome: Outcome, *, embedded: bool = False) -> str:
    """The SVG document; ``embedded``: for a page that has the headline and the style already."""
    rows = 1 + max(_rows(outcome), default=0)
    picture = _Picture(outcome, (8.0 if embedded else 74.0) + ROW * rows)
    parts, height = picture.drawn(with_list=not embedded)
    head = [] if embedded else [*_headline(outcome)]
    background = [] if embedded else [svg.box(0, 0, WIDTH, height, class_="ground")]
    words = f"<style>{style()}</style>" if not embedded else ""
    title = f"<title>{escape(outcome.title)}</title>"
    body = "\n".join([title, words, f"<defs>{DEFINITIONS}</defs>", *background, *head, *parts])
    size = f'width="{WIDTH:g}" height="{height:g}" viewBox="0 0 {WIDTH:g} {height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="lab" {size}>\n{body}\n</svg>\n'


def _headline(outcome: Outcome) -> Iterator[str]:
    yield svg.text(24, 34, outcome.title, class_="title ink")
    figures = []
    for event in outcome.events:
        found = event.takeover
        if found is not None and found.prescribed_ns is not None:
            figures.append(
                f"{found.new} took over {found.took_ns / 1e9:.3f} s after {found.old}'s last advert "
                f"({found.rule} {found.prescribed_ns / 1e9:.3f} s); outage {event.outage_ns / 1e9:.3f} s, "
                f"{event.lost} requests lost"
            )
    yield svg.text(24, 57, figures[0] if figures else "No takeover was seen.", class_="faint")


@dataclass(slots=True)
class _Picture:
    outcome: Outcome
    top: float
    rows: dict[str, float] = field(default_factory=dict)
    """Director -> where its ticks are."""

    @property
    def record(self) -> Record:
        return self.outcome.record

    def drawn(self, *, with_list: bool) -> tuple[list[str], float]:
        record = self.record
        scale = Scale(record.began_at, record.ended_at)
        classes = {name: DIRECTORS[n % len(DIRECTORS)] for n, name in enumerate(record.directors)}
        lanes: list[str] = []
        y = self.top + 12
        for name in record.directors:
            part, y = self._director(scale, name, classes[name], y)
            lanes += part
        for watched in record.watched or ():
            part, y = self._owner(scale, watched.address, watched.instance, classes, y)
            lanes += part
        requests_top = y
        if record.targets:
            part, y = self._requests(scale, classes, y)
            lanes += part
        bottom = y - GAP + 6
        parts = [
            *self._shades(scale, requests_top, bottom),
            *_axis(scale, self.top, bottom),
            *self._event_lines(scale, bottom),
            *lanes,
            *self._events(scale),
            *self._takeovers(scale),
            *_legend(classes, bool(record.targets), bottom + 46),
        ]
        height = bottom + 62
        if with_list:
            rows = [*self._list(bottom + 74)]
            parts += rows
            height += 18 * len(self.outcome.events) + 10
        return parts, height

    # ------------------------------------------------------------------ routers

    def _director(self, scale: Scale, name: str, own: str, y: float) -> tuple[list[str], float]:
        known = self.record.instances.get(name, ())[:MOST_INSTANCES] or ("",)
        height = BAND if len(known) == 1 else THIN
        parts = [
            svg.text(20, y + 16, f"director {name}", class_=f"name {own}"),
        ]
        daemon = self.record.daemons.get(name, "")
        room = int((LEFT - 26) / CHARACTER)
        note_y = y + 31 if len(known) == 1 or len(daemon) < 16 else y + len(known) * (THIN + 2) + 11
        parts.append(svg.text(20, note_y, _shortened(daemon, room), class_="small faint"))
        for instance in known:
            if instance and len(known) > 1:
                parts.append(
                    svg.text(LEFT - 10, y + height - 6, _shortened(instance, 12), class_="small faint end")
                )
            for begin, end, state in self.record.state_spans(name, instance):
                parts += _band(scale, begin, end, y, height, state, own, name)
            y += height + 2
        y -= 2
        self.rows[name] = y
        x_last = -10.0
        for advert in self.record.adverts:
            if advert.director == name:
                x = scale.x(advert.at)
                # At most one tick per half pixel: adverts every 10 ms would be a solid bar of elements.
                if x - x_last >= 0.5:
                    x_last = x
                    parts.append(
                        svg.line(x, y + 2, x, y + TICKS - 2, class_=f"t{own} advert", stroke_width=1.4)
                    )
        return parts, y + TICKS + GAP

    def _owner(
        self, scale: Scale, address: str, instance: str, classes: dict[str, str], y: float
    ) -> tuple[list[str], float]:
        record = self.record
        spans = {name: record.holding_spans(name, address) for name in record.directors}
        # A hand-over of some milliseconds is no shared ownership that could be seen.
        shared = any(
            scale.x(min(one[1], other[1])) - scale.x(max(one[0], other[0])) > 2
            for n, name in enumerate(record.directors)
            for later in record.directors[n + 1 :]
            for one in spans[name]
            for other in spans[later]
        )
        rows = len(record.directors) if shared else 1
        height = 15.0 if shared else THIN
        total = rows * height
        parts = [
            svg.text(20, y + 15, f"{_shortened(address, 22)} is on", class_="name ink"),
            svg.text(20, y + 30, _shortened(instance, 24), class_="small faint"),
            svg.box(LEFT, y, WIDTH - LEFT - RIGHT, total, class_="grid", fill="none"),
        ]
        for n, name in enumerate(record.directors):
            top = y + (n * height if shared else 0)
            for begin, end in spans[name]:
                x, width = scale.x(begin), scale.x(end) - scale.x(begin)
                words = f"{address} on {name} from {scale.seconds(begin):.2f} to {scale.seconds(end):.2f} s"
                parts.append(_titled(svg.box(x, top, width, height, class_=classes[name], rx=2), words))
                if width > len(name) * CHARACTER + 8:
                    parts.append(svg.text(x + width / 2, top + height / 2 + 4, name, class_="inside on"))
        return parts, y + max(total, 32.0) + GAP

    # ------------------------------------------------------------------ requests

    def _requests(self, scale: Scale, classes: dict[str, str], y: float) -> tuple[list[str], float]:
        record = self.record
        bin_ns = next((b for b in BINS_NS if (scale.end - scale.begin) / b <= MOST_BINS), BINS_NS[-1])
        counts: dict[str, dict[int, int]] = {}
        for asked in record.asked:
            slot = (asked.begun_at - record.began_at) // bin_ns
            lane = counts.setdefault(asked.server or "lost", {})
            lane[slot] = lane.get(slot, 0) + 1
        ready_at = record.at(MarkKind.READY, record.ended_at)
        totals = shares(record.between(ready_at, record.ended_at + 1))
        peak = max((count for lane in counts.values() for count in lane.values()), default=1)
        names = [*record.servers, *sorted(counts.keys() - set(record.servers) - {"lost"}), "lost"]
        parts: list[str] = []
        servers = 0
        for name in names:
            if name == "lost":
                own = "lost"
            elif name in classes:
                own = classes[name]
            else:
                own, servers = SERVERS[servers % len(SERVERS)], servers + 1
            label = "requests lost" if name == "lost" else f"answered by {name}"
            base = y + COLUMNS
            parts += [
                svg.text(20, y + 18, label, class_=f"name {own}"),
                svg.text(20, y + 33, f"{totals[name]} since ready", class_="small faint"),
                svg.line(LEFT, y, WIDTH - RIGHT, y, class_="grid"),
                svg.line(LEFT, base, WIDTH - RIGHT, base, class_="base"),
                svg.text(
                    WIDTH - RIGHT + 6, y + 8, f"{peak * SECOND_NS / bin_ns:.0f}/s", class_="small faint"
                ),
                svg.text(WIDTH - RIGHT + 6, base, "0", class_="small faint"),
            ]
            for slot, count in sorted(counts.get(name, {}).items()):
                begin = record.began_at + slot * bin_ns
                end = min(begin + bin_ns, scale.end)
                x, width = scale.x(begin), scale.x(end) - scale.x(begin)
                height = COLUMNS * count / peak
                # What is lost before the service is up is no failure.
                early = name == "lost" and end <= ready_at + BINS_NS[0]
                opacity = {"fill_opacity": 0.3} if early else {}
                column = svg.box(x + 0.3, base - height, max(0.4, width - 0.6), height, class_=own, **opacity)
                parts.append(
                    _titled(column, f"{count} in {bin_ns / 1e9:g} s from {scale.seconds(begin):.2f} s")
                )
            y += COLUMNS + GAP
        return parts, y

    def _shades(self, scale: Scale, top: float, bottom: float) -> Iterator[str]:
        """Times without an answer, behind the lanes of requests."""
        ready = self.record.mark(MarkKind.READY)
        if ready is None:
            return
        for begin, end in self.record.silences(ready.at, self.record.ended_at, OUTAGE_NS):
            x, width = scale.x(begin), scale.x(end) - scale.x(begin)
            words = f"no answer for {(end - begin) / SECOND_NS:.3f} s"
            yield _titled(svg.box(x, top - 6, width, bottom - top + 6, class_="outage"), words)
            label = f"{(end - begin) / SECOND_NS:.2f} s"
            if width > len(label) * CHARACTER + 6:
                yield svg.text(x + width / 2, top + 7, label, class_="small lost middle name")

    # ------------------------------------------------------------------ events

    def _event_lines(self, scale: Scale, bottom: float) -> Iterator[str]:
        """Behind the lanes, where they do not cross out words."""
        for event, row in zip(self.outcome.events, _rows(self.outcome), strict=True):
            x = scale.x(event.mark.at)
            yield svg.line(
                x, self.top - 2 - ROW * row, x, bottom, class_=f"t{_hue(event)} dashed", stroke_width=1.3
            )

    def _events(self, scale: Scale) -> Iterator[str]:
        """A number for each deed; numbers that would touch are set in another row."""
        events = self.outcome.events
        for n, (event, row) in enumerate(zip(events, _rows(self.outcome), strict=True), 1):
            x = scale.x(event.mark.at)
            y = self.top - 10 - ROW * row
            hue = _hue(event)
            following = scale.x(events[n].mark.at) if n < len(events) else WIDTH - RIGHT + 40
            words = event.mark.label
            circle = svg.element("circle", "", cx=x, cy=y, r=8.5, class_=hue)
            yield _titled(circle, f"{n}: {words} at {scale.seconds(event.mark.at):.2f} s")
            yield svg.text(x, y + 4, str(n), class_="inside on")
            if row == 0 and x + 13 + len(words) * CHARACTER < following - 12:
                yield svg.text(x + 13, y + 4, words, class_=f"small {hue}")

    def _takeovers(self, scale: Scale) -> Iterator[str]:
        """A measure from the old Master's last advert to the new one's first."""
        for event in self.outcome.events:
            found = event.takeover
            if found is None or found.prescribed_ns is None or found.new not in self.rows:
                continue
            y = self.rows[found.new] + TICKS / 2
            left, right = scale.x(found.last_at), scale.x(found.first_at)
            yield svg.line(left, y, right, y, class_="measure", stroke_width=1.2)
            for x in (left, right):
                yield svg.line(x, y - 4, x, y + 4, class_="measure", stroke_width=1.2)
            label = f"{found.took_ns / SECOND_NS:.3f} s"
            if right - left > len(label) * CHARACTER + 16:
                yield svg.text((left + right) / 2, y + 4, label, class_="small ink name middle halo")
            else:
                yield svg.text(left - 6, y + 4, label, class_="small ink name end halo")

    def _list(self, y: float) -> Iterator[str]:
        """The numbered events in words."""
        for n, event in enumerate(self.outcome.events, 1):
            yield svg.text(LEFT, y + 18 * n - 14, _told(n, event, self.record), class_="small ink")


def _rows(outcome: Outcome) -> list[int]:
    """For each event in which row above the lanes its number stands, so that none touch."""
    scale = Scale(outcome.record.began_at, outcome.record.ended_at)
    rows: list[int] = []
    last: list[float] = []
    for event in outcome.events:
        x = scale.x(event.mark.at)
        row = next((n for n, taken in enumerate(last) if x - taken > ROW), len(last))
        last[row : row + 1] = [x]
        rows.append(row)
    return rows


def _hue(event: Event) -> str:
    return "repair" if event.mark.kind in REPAIRS else "lost"


def _told(n: int, event: Event, record: Record) -> str:
    seconds = (event.mark.at - record.began_at) / SECOND_NS
    more = f" ({event.mark.text})" if event.mark.text else ""
    owner = " and ".join(event.owners_after) or "nobody"
    has = "have" if len(event.owners_after) > 1 else "has"
    figures = f"outage {event.outage_ns / 1e9:.3f} s, {event.lost} lost, then {owner} {has} {record.vip}"
    return f"{n} at {seconds:.1f} s, {event.mark.label}{more}: {figures}"


def _band(
    scale: Scale, begin: int, end: int, y: float, height: float, state: State, own: str, name: str
) -> Iterator[str]:
    x, width = scale.x(begin), scale.x(end) - scale.x(begin)
    fill = {State.MASTER: own, State.BACKUP: f"{own}p"}.get(state) or STATE_CLASS[state]
    ink = {State.MASTER: "on", State.BACKUP: own, State.FAULT: "lost"}.get(state, "faint")
    words = f"{name} {state} from {scale.seconds(begin):.2f} to {scale.seconds(end):.2f} s"
    yield _titled(svg.box(x, y, width, height, class_=fill, rx=3), words)
    if width > 8.5 * len(state) + 8:
        yield svg.text(x + width / 2, y + height / 2 + 4.5, state.upper(), class_=f"inside {ink}")


def _axis(scale: Scale, top: float, bottom: float) -> Iterator[str]:
    seconds = scale.seconds(scale.end)
    step = next((s for s in (1, 2, 5, 10, 30, 60) if seconds / s <= MOST_TICKS), 120)
    for tick in range(0, int(seconds) + 1, step):
        x = scale.x(scale.begin + tick * SECOND_NS)
        yield svg.line(x, top, x, bottom, class_="grid")
        yield svg.text(x, bottom + 17, str(tick), class_="small faint middle")
    yield svg.line(LEFT, bottom, WIDTH - RIGHT, bottom, class_="base")
    yield svg.text(LEFT - 10, bottom + 17, "seconds", class_="small faint end")


def _legend(classes: dict[str, str], requests: bool, y: float) -> Iterator[str]:
    own = next(iter(classes.values()), "d0")
    x = LEFT
    samples = [
        (own, "Master"),
        (f"{own}p", "Backup"),
        ("starting", "starting"),
        ("off", "off"),
        ("fault", "Fault"),
    ]
    if requests:
        samples += [("outage", "no answer"), ("lost", "lost")]
    for fill, label in samples:
        yield svg.box(x, y - 10, 18, 12, class_=fill, rx=2)
        yield svg.text(x + 24, y, label, class_="small ink")
        x += 24 + CHARACTER * len(label) + 18
    yield svg.line(x + 4, y - 10, x + 4, y + 2, class_=f"t{own}", stroke_width=1.6)
    yield svg.text(x + 12, y, "advert", class_="small ink")
    x += 66
    yield svg.line(x, y - 4, x + 26, y - 4, class_="measure", stroke_width=1.2)
    for edge in (x, x + 26):
        yield svg.line(edge, y - 8, edge, y, class_="measure", stroke_width=1.2)
    yield svg.text(x + 33, y, "takeover: last advert to first", class_="small ink")


def _titled(element: str, words: str) -> str:
    """The element with a text that browsers show under the pointer."""
    opening = element.removesuffix("/>")
    name = element[1:].split()[0]
    return f"{opening}><title>{escape(words)}</title></{name}>"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
