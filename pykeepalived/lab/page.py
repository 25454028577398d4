"""The report as one HTML page that needs nothing else: no network, no script, light and dark. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from pykeepalived.lab.layout import Layout
from pykeepalived.lab.outcome import Event, Outcome
from pykeepalived.lab.picture import draw
from pykeepalived.lab.picture import style as picture_style
from pykeepalived.lab.timeline import SECOND_NS, MarkKind, Record

STYLE = Path(__file__).with_name("report.css")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and with what a run was made, for its report."""

    where: str
    """Such as "network namespaces on Linux 6.1"."""
    when: str
    files: tuple[str, ...]
    scenario_text: str
    scripts: tuple[str, ...] = ()
    """Calls of the users' scripts that were noted."""


def page(outcome: Outcome, layout: Layout, setting: Setting) -> str:
    record = outcome.record
    parts = [
        f"<h1>{escape(outcome.title)}</h1>",
        f'<p class="faint">{escape(f"Scenario {outcome.scenario}, {setting.when}, {setting.where}.")}<br>'
        f"{escape(_daemons(record))}.</p>",
        *(f'<p class="faint">Note: {escape(note)}.</p>' for note in outcome.notes),
        _verdict(outcome),
        *_figures(outcome),
        "<h2>What happened</h2>",
        _events(outcome),
        "<h2>Over time</h2>",
        f'<div class="wide">{draw(outcome, embedded=True)}</div>',
        '<p class="faint">Numbers on dashed lines are the events of the table above. Point at a band, a '
        "column or a number for its figures.</p>",
        "<h2>Expectations</h2>",
        _findings(outcome),
        "<h2>Scenario</h2>",
        _scenario(outcome, setting.scenario_text),
        "<h2>The site</h2>",
        _site(layout, setting),
    ]
    if setting.scripts:
        parts += ["<h2>Scripts that were called</h2>", _list(setting.scripts)]
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(outcome.title)}</title>\n<style>{STYLE.read_text()}{picture_style()}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _daemons(record: Record) -> str:
    return "Directors: " + "; ".join(f"{name} runs {program}" for name, program in record.daemons.items())


def _verdict(outcome: Outcome) -> str:
    failed = sum(1 for finding in outcome.findings if not finding.ok)
    total = len(outcome.findings)
    if failed:
        return f'<div class="verdict bad">{failed} of {total} expectations did not hold</div>'
    return f'<div class="verdict good">All {total} expectations held</div>'


def _figures(outcome: Outcome) -> Iterator[str]:
    record = outcome.record
    ready = record.at(MarkKind.READY, record.ended_at)
    asked = record.between(ready, record.ended_at + 1)
    lost = sum(1 for one in asked if one.server is None)
    cards: list[tuple[str, str]] = []
    timed = [event for event in outcome.events if event.takeover and event.takeover.prescribed_ns is not None]
    for event in timed[:2]:
        found = event.takeover
        assert found is not None and found.late_ns is not None and found.prescribed_ns is not None
        rule = f"{found.rule} {found.prescribed_ns / 1e9:.3f} s, {_signed_ms(found.late_ns)}"
        text = f"takeover by {found.new}; {rule}"
        cards.append((f"{found.took_ns / 1e9:.3f} s", text))
    if record.targets:
        worst = max(outcome.events, key=lambda event: event.outage_ns, default=None)
        if worst is not None:
            cards.append((_seconds(worst.outage_ns), f"longest outage, after: {worst.mark.label}"))
        cards.append((f"{lost} of {len(asked)}", "requests lost since the service was ready"))
    owners = " and ".join(record.owners()) or "nobody"
    cards.append((owners, f"owner of {record.vip} at the end"))
    figures = "".join(
        f'<div class="figure"><b>{escape(value)}</b><span>{escape(text)}</span></div>'
        for value, text in cards
    )
    yield f'<div class="figures">{figures}</div>'


def _events(outcome: Outcome) -> str:
    record = outcome.record
    servers = record.servers if record.targets else ()
    head = ["", "at", "event", "owner", "takeover", "prescribed", "outage", "lost"]
    head += servers
    rows = []
    for n, event in enumerate(outcome.events, 1):
        cells = [
            (str(n), "n"),
            (f"{(event.mark.at - record.began_at) / SECOND_NS:.2f} s", "n"),
            (_what(event), "what"),
            (_owner(event), "owner"),
            *_takeover(event),
            (_seconds(event.outage_ns) if record.targets else "–", "n"),
            (str(event.lost) if record.targets else "–", "n"),
            *((str(event.served[name]), "n") for name in servers),
        ]
        rows.append("".join(f'<td class="{kind}">{escape(text)}</td>' for text, kind in cells))
    if not rows:
        return "<p>The scenario did nothing to the site.</p>"
    numbers = ("", "at", "takeover", "prescribed", "outage", "lost", *servers)
    table = _table(head, rows, numbers=numbers)
    if not servers:
        return table
    words = f"lost: requests without an answer. {', '.join(servers)}: requests that each of them answered."
    return f'{table}<p class="faint">{escape(words)}</p>'


def _what(event: Event) -> str:
    return f"{event.mark.label}: {event.mark.text}" if event.mark.text else event.mark.label


def _owner(event: Event) -> str:
    before = " and ".join(event.owners_before) or "nobody"
    after = " and ".join(event.owners_after) or "nobody"
    return after if before == after else f"{before} → {after}"


def _takeover(event: Event) -> list[tuple[str, str]]:
    found = event.takeover
    if found is None:
        return [("–", "n"), ("–", "n")]
    if found.prescribed_ns is None or found.late_ns is None:
        return [(f"{found.new} preempts", "n"), ("–", "n")]
    prescribed = f"{found.prescribed_ns / 1e9:.3f} s ({_signed_ms(found.late_ns)})"
    return [(f"{found.took_ns / 1e9:.3f} s", "n"), (prescribed, "n")]


def _findings(outcome: Outcome) -> str:
    rows = []
    for finding in outcome.findings:
        sign = '<span class="good">held</span>' if finding.ok else '<span class="bad">failed</span>'
        seconds = (finding.at - outcome.record.began_at) / SECOND_NS
        line = f"line {finding.line}" if finding.line else ""
        rows.append(
            f'<td class="sign">{sign}</td><td class="n">{seconds:.1f} s</td>'
            f'<td class="n faint">{line}</td><td>{escape(finding.text)}</td>'
        )
    return _table(["", "at", "scenario", "what was found"], rows, numbers=("at", "scenario"))


def _scenario(outcome: Outcome, text: str) -> str:
    """The scenario's lines, those with expectations in the colour of how they came out."""
    verdicts: dict[int, bool] = {}
    for finding in outcome.findings:
        if finding.line:
            verdicts[finding.line] = verdicts.get(finding.line, True) and finding.ok
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        shown = f"{number:3}  {escape(line)}"
        if number in verdicts:
            kind = "held" if verdicts[number] else "failed"
            shown = f'<span class="{kind}">{shown}</span>'
        lines.append(shown)
    return f"<pre>{chr(10).join(lines)}</pre>"


def _site(layout: Layout, setting: Setting) -> str:
    rows = []
    for machine in layout.machines:
        cards = "<br>".join(
            escape(f"{leg.interface} on {leg.segment}: {', '.join(leg.addresses) or 'no address'}")
            for leg in machine.legs
        )
        ports = ", ".join(f"{one.protocol} {one.port}" for one in machine.listens) or "–"
        extra = [f"route {route}" for route in machine.routes]
        extra += [f"real-server --mode {one.mode} {' '.join(one.vips)}" for one in machine.settings]
        cells = [
            escape(machine.name),
            escape(machine.role),
            cards,
            escape(ports),
            escape("; ".join(extra) or "–"),
        ]
        rows.append("".join(f"<td>{cell}</td>" for cell in cells))
    table = _table(["machine", "role", "interfaces", "answers on", "set up with"], rows)
    files = f"<p>Configuration: {escape(', '.join(setting.files))}</p>" if setting.files else ""
    targets = ", ".join(target.label for target in layout.targets) or "nothing"
    notes = f"<h2>Chosen, because the files do not say</h2>{_list(layout.notes)}" if layout.notes else ""
    return f"{files}<p>The client asks {escape(targets)}.</p>{table}{notes}"


def _table(head: Iterable[str], rows: Iterable[str], numbers: Container[str] = ()) -> str:
    """``numbers``: titles of columns that are set to the right."""
    titles = "".join(
        f'<th class="n">{escape(title)}</th>' if title in numbers else f"<th>{escape(title)}</th>"
        for title in head
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _seconds(ns: int) -> str:
    return f"{ns / 1e9:.3f} s" if ns >= SECOND_NS else f"{ns / 1e6:.0f} ms"


def _signed_ms(ns: int) -> str:
    return f"{ns / 1e6:+.1f} ms"
