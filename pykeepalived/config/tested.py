"""What the configuration test (``-t``) says of a configuration, line by line.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pykeepalived.base.diagnostic import Diagnostic
from pykeepalived.config.frame import Finding

SHOWN_THOUGH_HARMLESS = frozenset(
    {
        "file-missing", "file-unreadable", "include-missing", "include-partly-missing", "include-no-match",
        "include-unusable",
    }
)  # fmt: skip
"""Findings that keepalived prints under ``-t`` although its exit status stays 0."""


def tested_text(findings: Iterable[Finding]) -> str:
    """All that is to be said, each line once."""
    lines = [line_of(finding) for finding in findings if shown(finding.diagnostic)]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def shown(diagnostic: Diagnostic) -> bool:
    """Whether ``-t`` speaks of it."""
    return diagnostic.exit_class > 0 or diagnostic.code in SHOWN_THOUGH_HARMLESS


def line_of(finding: Finding) -> str:
    """One line of output."""
    diagnostic = finding.diagnostic
    text = diagnostic.message
    for part in (diagnostic.consequence, diagnostic.hint):
        if part:
            text += f"; {part}"
    if finding.lineless or diagnostic.span is None:
        return f"({diagnostic.subject}) {text}" if diagnostic.subject else text
    span = diagnostic.span
    return f"{span.file}:{span.line}:{span.column}: {text}"
