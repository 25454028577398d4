"""SARIF 2.1.0 (OASIS), the form that code scanning services read."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from pykeepalived.base.diagnostic import Severity
from pykeepalived.base.span import Span
from pykeepalived.lint.finding import Finding, Fix
from pykeepalived.lint.registry import find_rule
from pykeepalived.lint.reports.report import Report

_LEVELS = {
    Severity.NOTICE: "note",
    Severity.WARNING: "warning",
    Severity.ERROR: "error",
    Severity.FATAL: "error",
}


def render(report: Report) -> str:
    codes = sorted({finding.code for finding in report.result.findings})
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "pykeepalived",
                        "version": report.version,
                        "rules": [_rule(code, report) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, codes) for finding in report.result.findings],
            }
        ],
    }
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _rule(code: str, report: Report) -> dict[str, Any]:
    rule = find_rule(code)
    if rule is None:
        name = next(finding.name for finding in report.result.findings if finding.code == code)
        return {"id": code, "name": name, "shortDescription": {"text": name}}
    manual = rule.documentation()
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": manual.what},
        "fullDescription": {"text": manual.why or manual.what},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.family()]},
    }


def _result(finding: Finding, codes: list[str]) -> dict[str, Any]:
    text = ". ".join(part for part in (finding.message, finding.consequence, finding.hint) if part)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "partialFingerprints": {"pykeepalived/v1": finding.fingerprint()},
    }
    if finding.span:
        result["locations"] = [_location(finding.span)]
    if finding.related:
        result["relatedLocations"] = [
            {**_location(related.span), "id": number, "message": {"text": related.message}}
            for number, related in enumerate(finding.related, 1)
        ]
    if finding.fix:
        result["fixes"] = [_fix(finding.fix)]
    return result


def _uri(file: str) -> str:
    path = quote(file)
    return f"file://{path}" if path.startswith("/") else path


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": max(1, span.line),
        "startColumn": max(1, span.column),
        "endColumn": max(1, span.end_column),
    }


def _location(span: Span) -> dict[str, Any]:
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(span.file)}, "region": _region(span)},
    }


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        region = _region(edit.span)
        if edit.whole_line:
            region = {
                "startLine": edit.span.line,
                "startColumn": 1,
                "endLine": edit.span.line + 1,
                "endColumn": 1,
            }
        changes.setdefault(edit.span.file, []).append(
            {"deletedRegion": region, "insertedContent": {"text": edit.text}}
        )
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {"artifactLocation": {"uri": _uri(file)}, "replacements": replacements}
            for file, replacements in changes.items()
        ],
    }
