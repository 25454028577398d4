"""Output formats: one file each, ``render(report) -> str``."""

from __future__ import annotations

import importlib
from typing import cast

from pykeepalived.lint.reports.report import Render, Report

FORMATS = {
    "text": "source line, caret and hint, for a terminal",
    "concise": "one line a finding: FILE:LINE:COLUMN: CODE message",
    "json": "a list of objects",
    "sarif": "SARIF 2.1.0, for code scanning services",
    "github": "workflow commands that become annotations",
    "junit": "JUnit XML, for CI servers",
}


def render(name: str, report: Report) -> str:
    """``report`` in one of FORMATS; only the module of that format is imported."""
    if name not in FORMATS:
        raise KeyError(name)
    module = importlib.import_module(f"{__name__}.{name}_report")
    return cast(Render, module.render)(report)


__all__ = ["FORMATS", "Report", "render"]
