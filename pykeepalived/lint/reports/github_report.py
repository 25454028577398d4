"""Workflow commands of GitHub Actions: each finding becomes an annotation on its line."""

from __future__ import annotations

from pykeepalived.base.diagnostic import Severity
from pykeepalived.lint.reports.report import Report

_COMMANDS = {
    Severity.NOTICE: "notice",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
    Severity.FATAL: "error",
}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def render(report: Report) -> str:
    lines = []
    for finding in report.result.findings:
        file = finding.file or report.result.files[0]
        place = f"file={_property(file)}"
        if finding.span:
            place += (
                f",line={finding.span.line},col={finding.span.column},endColumn={finding.span.end_column}"
            )
        text = ". ".join(part for part in (finding.message, finding.consequence, finding.hint) if part)
        title = _property(f"{finding.code} {finding.name}")
        lines.append(f"::{_COMMANDS[finding.severity]} {place},title={title}::{_data(text)}\n")
    return "".join(lines)
