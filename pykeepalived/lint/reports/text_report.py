"""The readable form: where, what, the source line with a caret, what happens now, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Finding
from pykeepalived.lint.reports.report import SEVERITY_WORDS, Report, counts

_COLORS = {Severity.NOTICE: "36", Severity.WARNING: "33", Severity.ERROR: "31", Severity.FATAL: "1;31"}
_TAB = 4


def render(report: Report) -> str:
    parts = ["\n".join(_one(report, finding)) + "\n" for finding in report.result.findings]
    parts.append(_summary(report))
    return "\n".join(parts)


def _paint(report: Report, style: str, text: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if report.color else text


def _one(report: Report, finding: Finding) -> Iterator[str]:
    word = _paint(report, _COLORS[finding.severity], SEVERITY_WORDS[finding.severity])
    where = str(finding.span) if finding.span else (finding.subject or report.result.files[0])
    yield f"{_paint(report, '1', where)}: {word} {finding.code} {finding.name}: {finding.message}"
    if finding.span:
        yield from _source(report, finding.span, _COLORS[finding.severity])
        if finding.span.via:
            yield f"   from: the definition at {finding.span.via}"
            yield from _source(report, finding.span.via, "36")
    if finding.consequence:
        yield f"    now: {finding.consequence}"
    if finding.hint:
        yield f"   help: {finding.hint}"
    for related in finding.related:
        yield f"    see: {related.span}: {related.message}"
        yield from _source(report, related.span, "36")
    if finding.fix:
        kind = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        yield f"    fix: {finding.fix.title} ({kind})"


def _source(report: Report, span: Span, style: str) -> Iterator[str]:
    line = report.source_line(span)
    if line is None:
        return
    start = min(span.column - 1, len(line))
    end = max(start + 1, min(span.end_column - 1, len(line)))
    before = line[:start].expandtabs(_TAB)
    marked = line[start:end].expandtabs(_TAB) or " "
    number = str(span.line)
    yield f"{number:>6} | {line.expandtabs(_TAB)}"
    yield f"{'':>6} | {' ' * len(before)}{_paint(report, style, '^' * max(1, len(marked)))}"


def _summary(report: Report) -> str:
    found = counts(report.result)
    files = len(report.result.files)
    what = ", ".join(
        f"{number} {SEVERITY_WORDS[severity]}{'s' if number != 1 and severity is not Severity.FATAL else ''}"
        for severity, number in found.items()
    )
    silenced = [
        f"{number} {why}"
        for number, why in (
            (report.result.suppressed, "silenced by comments"),
            (report.result.in_baseline, "known from the baseline"),
        )
        if number
    ]
    tail = f" ({', '.join(silenced)})" if silenced else ""
    return f"{what or 'no findings'} in {files} file{'s' if files != 1 else ''}{tail}\n"
