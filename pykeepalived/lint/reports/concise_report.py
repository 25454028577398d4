"""One line a finding."""

from __future__ import annotations

from pykeepalived.lint.reports.report import SEVERITY_WORDS, Report


def render(report: Report) -> str:
    lines = []
    for finding in report.result.findings:
        where = str(finding.span) if finding.span else (finding.subject or report.result.files[0])
        lines.append(f"{where}: {finding.code} {SEVERITY_WORDS[finding.severity]}: {finding.message}\n")
    return "".join(lines)
