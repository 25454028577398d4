"""Findings as a JSON list; keys are stable."""

from __future__ import annotations

import json
from typing import Any

from pykeepalived.base.span import Span
from pykeepalived.lint.reports.report import SEVERITY_WORDS, Report


def span_object(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_column": span.end_column,
        "via": span_object(span.via),
    }


def render(report: Report) -> str:
    findings = [
        {
            "code": finding.code,
            "name": finding.name,
            "severity": SEVERITY_WORDS[finding.severity],
            "message": finding.message,
            "consequence": finding.consequence,
            "hint": finding.hint,
            "subject": finding.subject,
            "location": span_object(finding.span),
            "related": [
                {"location": span_object(related.span), "message": related.message}
                for related in finding.related
            ],
            "fix": finding.fix
            and {
                "title": finding.fix.title,
                "safe": finding.fix.safe,
                "edits": [
                    {"location": span_object(edit.span), "text": edit.text, "whole_line": edit.whole_line}
                    for edit in finding.fix.edits
                ],
            },
        }
        for finding in report.result.findings
    ]
    return json.dumps(findings, indent=1, ensure_ascii=False) + "\n"
